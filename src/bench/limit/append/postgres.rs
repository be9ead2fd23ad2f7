//! The append on PostgreSQL: one statement for each table, with its columns as arrays.
//!
//! Not by `COPY`: its end goes out apart from its rows, and over TCP the driver then waits 40 ms for the
//! delayed acknowledgement of those (it leaves Nagle's algorithm on), five times in each commit.

use super::{
    Append,
    rows::{Cell, Group, Rows},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Arguments, AssertSqlSafe, ConnectOptions, Connection, PgConnection, Postgres,
    postgres::{PgArguments, PgConnectOptions},
    query, query_with,
};

const STATES: &str = "INSERT INTO entities (kind, id, version, state, slot) \
     SELECT kind, id, version, state, 1 \
     FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::bytea[]) AS c (kind, id, version, state) \
     ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, state = excluded.state, \
     slot = excluded.slot";

const BALANCES: &str = "INSERT INTO balances (account, currency, side, status, posted, held) \
     SELECT account, 'EUR', 1, 0, posted, 0 \
     FROM unnest($1::text[], $2::bigint[]) AS c (account, posted) \
     ON CONFLICT (account) DO UPDATE SET posted = balances.posted + excluded.posted";

pub(super) struct Appender(PgConnection);

impl Appender {
    pub(super) async fn open(url: &SecretString) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.expose_secret().parse()?;
        Ok(Self(options.disable_statement_logging().connect().await?))
    }
}

#[async_trait]
impl Append for Appender {
    async fn append(&mut self, group: &Group) -> Result<(), sqlx::Error> {
        let mut tx = self.0.begin().await?;
        for rows in &group.added {
            let (types, columns) = bind(rows).map_err(sqlx::Error::Encode)?;
            let arrays: Vec<_> =
                types.iter().zip(1..).map(|(name, place)| format!("${place}::{name}[]")).collect();
            let statement = format!(
                "INSERT INTO {} ({}) SELECT * FROM unnest({})",
                rows.table,
                rows.columns,
                arrays.join(", ")
            );
            query_with::<Postgres, _>(AssertSqlSafe(statement), columns).execute(&mut *tx).await?;
        }
        let states = &group.states;
        query(STATES)
            .bind(states.keys().map(|(kind, _)| *kind).collect::<Vec<_>>())
            .bind(states.keys().map(|(_, id)| &id[..]).collect::<Vec<_>>())
            .bind(states.values().map(|(version, _)| *version).collect::<Vec<_>>())
            .bind(states.values().map(|(_, state)| &state[..]).collect::<Vec<_>>())
            .execute(&mut *tx)
            .await?;
        query(BALANCES)
            .bind(group.balances.keys().map(|account| &account[..]).collect::<Vec<_>>())
            .bind(group.balances.values().copied().collect::<Vec<_>>())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

/// Types of the columns, and their values.
fn bind(rows: &Rows) -> Result<(Vec<&'static str>, PgArguments), sqlx::error::BoxDynError> {
    let mut columns = PgArguments::default();
    let mut types = Vec::with_capacity(rows.width);
    for place in 0..rows.width {
        let cells = rows.cells.iter().skip(place).step_by(rows.width);
        // All cells of a column are of one type.
        macro_rules! array {
            ($kind:path, $name:literal) => {{
                let values = cells.filter_map(|cell| match cell {
                    $kind(value) => Some(value.clone()),
                    _ => None,
                });
                columns.add(values.collect::<Vec<_>>())?;
                $name
            }};
        }
        types.push(match &rows.cells[place] {
            Cell::Small(_) => array!(Cell::Small, "smallint"),
            Cell::Int(_) => array!(Cell::Int, "integer"),
            Cell::Big(_) => array!(Cell::Big, "bigint"),
            Cell::Text(_) => array!(Cell::Text, "text"),
            Cell::Bytes(_) => array!(Cell::Bytes, "bytea"),
            Cell::Id(_) => array!(Cell::Id, "uuid"),
        });
    }
    Ok((types, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_an_array_of_its_type() {
        let row = |number, text: &str| [Cell::Small(number), Cell::Text(text.to_owned())];
        let cells = [row(7, "ab"), row(8, "c")].concat();
        let rows = Rows { table: "t", columns: "a, b", width: 2, cells };
        let (types, columns) = bind(&rows).unwrap();
        assert_eq!((types, columns.len()), (vec!["smallint", "text"], 2));
    }
}
