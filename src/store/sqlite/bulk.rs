//! Many rows in one statement: every statement costs a hop to the connection's thread.

use super::super::failure::Failure;
use sqlx::{
    AssertSqlSafe, SqliteConnection,
    error::BoxDynError,
    query_with,
    sqlite::{SqliteArguments, SqliteRow},
};

/// Rows that a statement has room for. Up to 256 rows take one statement, some of whose rows may be empty, and
/// there are few enough sizes that prepared statements are used again; see [`CACHED_STATEMENTS`].
const SIZES: [usize; 14] = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/// Texts whose prepared statements a connection keeps: more than there are kinds of bulk and of script, and
/// sizes of each.
pub(super) const CACHED_STATEMENTS: usize = 512;

/// A statement around a list of rows. It does nothing for a row that is NULL throughout.
pub(super) struct Bulk {
    /// What stands before the first row.
    pub(super) before: &'static str,
    /// One row of parameters. They are anonymous, since SQLite looks numbered ones up one by one.
    pub(super) row: &'static str,
    /// What stands after the last row.
    pub(super) after: &'static str,
    /// Rows of it that one decision brings at most, as a rule; see [`Script`](super::script::Script).
    pub(super) each: usize,
}

impl Bulk {
    /// The least room that so many rows fit in.
    pub(super) fn room_for(rows: usize) -> usize {
        SIZES.into_iter().find(|size| *size >= rows).unwrap_or(rows)
    }

    /// The rows in as few statements as there can be, of at most `most` rows each, or as many as usual.
    pub(super) fn chunks<T>(rows: &[T], most: Option<usize>) -> impl Iterator<Item = &[T]> {
        rows.chunks(most.unwrap_or(SIZES[SIZES.len() - 1]))
    }

    /// Parameters of a row.
    pub(super) fn columns(&self) -> usize {
        self.row.matches('?').count()
    }

    /// Writes the statement with room for so many rows.
    pub(super) fn write(&self, rows: usize, to: &mut String) {
        to.reserve(self.before.len() + rows * (self.row.len() + 1) + self.after.len());
        to.push_str(self.before);
        for row in 0..rows {
            if row > 0 {
                to.push(',');
            }
            to.push_str(self.row);
        }
        to.push_str(self.after);
    }

    /// Runs the statement over `rows`; adds the rows that it returns to `found`.
    pub(super) async fn fetch<T: Sync>(
        &self,
        db: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError> + Send + Sync,
    ) -> Result<Vec<SqliteRow>, Failure> {
        let mut found = Vec::with_capacity(rows.len());
        for chunk in Self::chunks(rows, None) {
            let mut arguments = SqliteArguments::default();
            for row in chunk {
                bind(row, &mut arguments).map_err(sqlx::Error::Encode)?;
            }
            let mut text = String::new();
            self.write(Self::room_for(chunk.len()), &mut text);
            // What is not bound is NULL.
            let query = query_with(AssertSqlSafe(text), arguments);
            found.append(&mut query.fetch_all(&mut *db).await?);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_few_statements_of_few_sizes() {
        let rows: Vec<_> = (0..1000).collect();
        for count in [0, 1, 3, 4, 31, 255, 256, 300, 511, 1000] {
            let sizes: Vec<_> = Bulk::chunks(&rows[..count], None).map(<[i32]>::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert_eq!(sizes.len(), count.div_ceil(256));
            for rows in sizes {
                let size = Bulk::room_for(rows);
                assert!(SIZES.contains(&size) && (rows..=2 * rows).contains(&size), "{rows}");
            }
        }
    }

    #[test]
    fn statements_have_one_group_per_row() {
        let (before, row) = ("INSERT INTO t VALUES ", "(?,?)");
        let bulk = Bulk { before, row, after: " RETURNING 1", each: 1 };
        let mut text = String::new();
        bulk.write(2, &mut text);
        assert_eq!(text, "INSERT INTO t VALUES (?,?),(?,?) RETURNING 1");
        assert_eq!(bulk.columns(), 2);
    }
}
