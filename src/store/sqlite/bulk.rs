//! Many rows in one statement: every statement costs a hop to the connection's thread.

use super::super::failure::Failure;
use sqlx::{
    AssertSqlSafe, Sqlite, SqliteConnection,
    error::BoxDynError,
    query::Query,
    query_with,
    sqlite::{SqliteArguments, SqliteRow},
};

/// Rows that a statement has room for. Up to 256 rows take one statement, some of whose rows may be empty, and
/// there are few enough sizes that prepared statements are used again; see [`CACHED_STATEMENTS`].
const SIZES: [usize; 14] = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/// Prepared statements that a connection keeps: more than there are kinds of bulk and sizes of each.
pub(super) const CACHED_STATEMENTS: usize = 512;

/// A statement around a list of rows. It does nothing for a row that is NULL throughout.
pub(super) struct Bulk {
    /// What stands before the first row.
    pub(super) before: &'static str,
    /// One row of parameters. They are anonymous, since SQLite looks numbered ones up one by one.
    pub(super) row: &'static str,
    /// What stands after the last row.
    pub(super) after: &'static str,
}

impl Bulk {
    fn statement(&self, rows: usize) -> String {
        let size = self.before.len() + rows * (self.row.len() + 1) + self.after.len();
        let mut text = String::with_capacity(size);
        text.push_str(self.before);
        for row in 0..rows {
            if row > 0 {
                text.push(',');
            }
            text.push_str(self.row);
        }
        text.push_str(self.after);
        text
    }

    fn query<T>(
        &self,
        rows: &[T],
        bind: &impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<Query<'static, Sqlite, SqliteArguments>, Failure> {
        let mut arguments = SqliteArguments::default();
        for row in rows {
            bind(row, &mut arguments).map_err(sqlx::Error::Encode)?;
        }
        let size = size_for(rows.len());
        // What is not bound is NULL.
        Ok(query_with(AssertSqlSafe(self.statement(size)), arguments))
    }

    /// Runs the statement over `rows`; gives the number of rows that it changed.
    pub(super) async fn execute<T: Sync>(
        &self,
        db: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError> + Send + Sync,
    ) -> Result<u64, Failure> {
        let mut changed = 0;
        for chunk in chunks(rows) {
            changed += self.query(chunk, &bind)?.execute(&mut *db).await?.rows_affected();
        }
        Ok(changed)
    }

    /// Runs the statement over `rows`; adds the rows that it returns to `found`.
    pub(super) async fn fetch<T: Sync>(
        &self,
        db: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError> + Send + Sync,
    ) -> Result<Vec<SqliteRow>, Failure> {
        let mut found = Vec::with_capacity(rows.len());
        for chunk in chunks(rows) {
            found.append(&mut self.query(chunk, &bind)?.fetch_all(&mut *db).await?);
        }
        Ok(found)
    }
}

/// The rows in as few statements as there can be.
fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    rows.chunks(SIZES[SIZES.len() - 1])
}

/// The least room that so many rows fit in.
fn size_for(rows: usize) -> usize {
    SIZES.into_iter().find(|size| *size >= rows).unwrap_or(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_few_statements_of_few_sizes() {
        let rows: Vec<_> = (0..1000).collect();
        for count in [0, 1, 3, 4, 31, 255, 256, 300, 511, 1000] {
            let sizes: Vec<_> = chunks(&rows[..count]).map(<[i32]>::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert_eq!(sizes.len(), count.div_ceil(256));
            for rows in sizes {
                let size = size_for(rows);
                assert!(SIZES.contains(&size) && (rows..=2 * rows).contains(&size), "{rows}");
            }
        }
    }

    #[test]
    fn statements_have_one_group_per_row() {
        let bulk = Bulk { before: "INSERT INTO t VALUES ", row: "(?,?)", after: " RETURNING 1" };
        assert_eq!(bulk.statement(2), "INSERT INTO t VALUES (?,?),(?,?) RETURNING 1");
    }
}
