//! Several statements in one way to the connection's thread and back, which costs as much as some rows.

use super::{super::failure::Failure, bulk::Bulk};
use futures_util::TryStreamExt as _;
use sqlx::{
    Arguments as _, AssertSqlSafe, Either, Executor as _, SqliteConnection,
    error::BoxDynError,
    query_with,
    sqlite::{SqliteArguments, SqliteRow},
};

/// Rows of a bulk up to which statements go together. Beyond it the way costs little beside the rows, and texts
/// would be long.
const TOGETHER: usize = 128;

/// Statements that do not depend on each other's results. They run in their order, each after the one
/// before it.
pub(super) struct Script {
    /// Room for rows that every bulk has for each of its [`Bulk::each`]; `None`: each statement goes by itself.
    /// One size for all, so that texts come again and their prepared statements are used again.
    scale: Option<usize>,
    queries: Vec<Query>,
    bulks: usize,
}

#[derive(Default)]
struct Query {
    text: String,
    arguments: SqliteArguments,
    /// Of each of its statements, for which addition it is.
    of: Vec<usize>,
}

/// What came of one addition.
#[derive(Default)]
pub(super) struct Done {
    pub(super) changed: u64,
    pub(super) rows: Vec<SqliteRow>,
}

impl Script {
    /// A script of bulks with so many rows each.
    pub(super) fn of(sizes: &[(&Bulk, usize)]) -> Self {
        let most = sizes.iter().map(|(bulk, rows)| rows.div_ceil(bulk.each)).max().unwrap_or(0);
        let scale = (most <= TOGETHER).then(|| Bulk::room_for(most));
        Self { scale, queries: Vec::new(), bulks: 0 }
    }

    /// Adds one statement, whose parameters are all anonymous.
    pub(super) fn add_one(
        &mut self,
        text: &str,
        bind: impl FnOnce(&mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<(), Failure> {
        let query = self.next();
        query.text.push_str(text);
        bind(&mut query.arguments).map_err(sqlx::Error::Encode)?;
        self.bulks += 1;
        Ok(())
    }

    /// Adds the statement over `rows`; nothing runs where there are none.
    pub(super) fn add<T>(
        &mut self,
        bulk: &Bulk,
        rows: &[T],
        bind: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<(), Failure> {
        let scale = self.scale;
        for chunk in Bulk::chunks(rows, scale.map(|scale| scale * bulk.each)) {
            let query = self.next();
            let room = scale.map_or_else(|| Bulk::room_for(chunk.len()), |scale| scale * bulk.each);
            bulk.write(room, &mut query.text);
            query.arguments.reserve(room * bulk.columns(), 0);
            let before = query.arguments.len();
            for row in chunk {
                bind(row, &mut query.arguments).map_err(sqlx::Error::Encode)?;
            }
            // The parameters of the next statement are counted on from here.
            for _ in query.arguments.len() - before..room * bulk.columns() {
                query.arguments.add(None::<i64>).map_err(sqlx::Error::Encode)?;
            }
        }
        self.bulks += 1;
        Ok(())
    }

    /// Where the next statement is written.
    fn next(&mut self) -> &mut Query {
        let goes_on = self.scale.is_some() && !self.queries.is_empty();
        if !goes_on {
            self.queries.push(Query::default());
        }
        let place = self.queries.len() - 1;
        let query = &mut self.queries[place];
        if goes_on {
            query.text.push(';');
        }
        query.of.push(self.bulks);
        query
    }

    /// Runs all of it; gives what came of each addition, in their order.
    pub(super) async fn run(self, db: &mut SqliteConnection) -> Result<Vec<Done>, Failure> {
        let mut done = Vec::new();
        done.resize_with(self.bulks, Done::default);
        for Query { text, arguments, of } in self.queries {
            let mut results = db.fetch_many(query_with(AssertSqlSafe(text), arguments));
            let mut statements = of.into_iter();
            let mut at = statements.next();
            while let Some(result) = results.try_next().await? {
                let Some(done) = at.and_then(|at| done.get_mut(at)) else { break };
                match result {
                    Either::Right(row) => done.rows.push(row),
                    Either::Left(result) => {
                        done.changed += result.rows_affected();
                        at = statements.next();
                    }
                }
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Connection as _, Row as _};

    const INSERT: Bulk = Bulk {
        before: "INSERT INTO t (a, b) SELECT * FROM (VALUES ",
        row: "(?,?)",
        after: ") WHERE column1 IS NOT NULL RETURNING a",
        each: 2,
    };
    const DELETE: Bulk =
        Bulk { before: "DELETE FROM t WHERE a IN (", row: "?", after: ")", each: 1 };

    async fn database() -> SqliteConnection {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").await.unwrap();
        db
    }

    async fn count(db: &mut SqliteConnection) -> i64 {
        db.fetch_one("SELECT COUNT(*) FROM t").await.unwrap().get(0)
    }

    /// Inserts rows, deletes some of them, changes one.
    fn script(rows: &[i64], gone: &[i64]) -> Script {
        let mut script = Script::of(&[(&INSERT, rows.len()), (&DELETE, gone.len())]);
        script
            .add(&INSERT, rows, |row, to| {
                to.add(row)?;
                to.add(row.to_string())
            })
            .unwrap();
        script.add(&DELETE, gone, |row, to| to.add(row)).unwrap();
        script
            .add_one("UPDATE t SET b = ? WHERE a = ?", |to| {
                to.add("changed")?;
                to.add(1)
            })
            .unwrap();
        script
    }

    #[tokio::test]
    async fn each_statement_has_its_own_parameters_and_its_own_results() {
        for size in [2, 3, 100, 257, 1_000] {
            let mut db = database().await;
            let rows: Vec<_> = (1..=size).collect();
            let script = script(&rows, &[2, 5_000]);
            assert_eq!(script.queries.len() == 1, size <= 256, "{size}");
            let done = script.run(&mut db).await.unwrap();
            let changed: Vec<_> = done.iter().map(|done| done.changed).collect();
            assert_eq!(changed, [size as u64, 1, 1]);
            let returned: Vec<i64> = done[0].rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(returned, rows);
            assert_eq!(count(&mut db).await, size - 1);
            let text: String = db.fetch_one("SELECT b FROM t WHERE a = 1").await.unwrap().get(0);
            assert_eq!(text, "changed");
        }
    }

    #[tokio::test]
    async fn what_has_no_rows_does_not_run() {
        let mut db = database().await;
        let done = script(&[], &[]).run(&mut db).await.unwrap();
        assert!(done.iter().all(|done| done.changed == 0 && done.rows.is_empty()));
        assert_eq!(done.len(), 3);
    }

    #[tokio::test]
    async fn what_fails_ends_the_script() {
        let mut db = database().await;
        db.execute("INSERT INTO t VALUES (7, 'there')").await.unwrap();
        assert!(script(&[7], &[7]).run(&mut db).await.is_err());
        assert_eq!(count(&mut db).await, 1, "the statement after it did not run");
    }
}
