//! The append on SQLite: many rows in one statement, as durable as the product's commits.

use super::{
    Append,
    rows::{Cell, Group},
};
use async_trait::async_trait;
use sqlx::{
    Arguments, AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, query_with,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::path::Path;

/// Rows of one statement, largest first, so that there are few different ones to prepare.
const CHUNKS: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];
/// Prepared statements that are kept: more than there are.
const STATEMENTS: usize = 128;

pub(super) struct Appender(SqliteConnection);

impl Appender {
    /// Opens an existing file with the product's settings.
    pub(super) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-131072")
            .pragma("wal_autocheckpoint", "32768")
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        Ok(Self(options.connect().await?))
    }
}

#[async_trait]
impl Append for Appender {
    async fn append(&mut self, group: &Group) -> Result<(), sqlx::Error> {
        let mut tx = self.0.begin_with("BEGIN IMMEDIATE").await?;
        for rows in &group.added {
            let head = format!("INSERT OR FAIL INTO {} ({}) VALUES ", rows.table, rows.columns);
            write(&mut tx, &head, rows.width, "", rows.cells.clone()).await?;
        }
        let states = group.states.iter().flat_map(|((kind, id), (version, state))| {
            let (id, state) = (Cell::Text(id.clone()), Cell::Bytes(state.clone()));
            [Cell::Small(*kind), id, Cell::Big(*version), state, Cell::Int(1)]
        });
        let head = "INSERT OR FAIL INTO entities (kind, id, version, state, slot) VALUES ";
        let tail = " ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, \
                    state = excluded.state, slot = excluded.slot";
        write(&mut tx, head, 5, tail, states.collect()).await?;
        let balances = group.balances.iter().flat_map(|(account, change)| {
            let account = Cell::Text(account.clone());
            let fixed = [Cell::Text("EUR".to_owned()), Cell::Small(1), Cell::Small(0)];
            [account].into_iter().chain(fixed).chain([Cell::Big(*change), Cell::Big(0)])
        });
        let head =
            "INSERT OR FAIL INTO balances (account, currency, side, status, posted, held) VALUES ";
        let tail =
            " ON CONFLICT (account) DO UPDATE SET posted = balances.posted + excluded.posted";
        write(&mut tx, head, 6, tail, balances.collect()).await?;
        tx.commit().await
    }
}

async fn write(
    db: &mut SqliteConnection,
    head: &str,
    width: usize,
    tail: &str,
    cells: Vec<Cell>,
) -> Result<(), sqlx::Error> {
    let mut left = cells.len() / width;
    let mut cells = cells.into_iter();
    while let Some(rows) = CHUNKS.into_iter().find(|size| *size <= left) {
        left -= rows;
        let row = format!("({})", vec!["?"; width].join(","));
        let statement = format!("{head}{}{tail}", vec![row; rows].join(","));
        let mut arguments = SqliteArguments::default();
        for cell in cells.by_ref().take(rows * width) {
            bind(&mut arguments, cell).map_err(sqlx::Error::Encode)?;
        }
        query_with(AssertSqlSafe(statement), arguments).execute(&mut *db).await?;
    }
    Ok(())
}

fn bind(to: &mut SqliteArguments, cell: Cell) -> Result<(), sqlx::error::BoxDynError> {
    match cell {
        Cell::Small(number) => to.add(number),
        Cell::Int(number) => to.add(number),
        Cell::Big(number) => to.add(number),
        Cell::Text(text) => to.add(text),
        Cell::Bytes(bytes) => to.add(bytes),
        Cell::Id(id) => to.add(id),
    }
}
