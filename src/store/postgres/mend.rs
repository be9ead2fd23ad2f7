//! What a start leaves that was killed in a migration without a transaction. The server goes on with the statement
//! by itself, but nobody notes that it was done, and the next start would stumble over its index.

use crate::store::failure::Failure;
use sqlx::{AssertSqlSafe, PgConnection, migrate::Migrator, query, query_scalar};
use std::collections::HashSet;

/// Makes the index of the migration that is to be run next as it was before: they are run in order, so no other can
/// have been broken off. To be called by the one who runs them.
pub(super) async fn before(db: &mut PgConnection, migrator: &Migrator) -> Result<(), Failure> {
    let known = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    if !query_scalar::<_, bool>(known).fetch_one(&mut *db).await? {
        return Ok(());
    }
    let applied = query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations");
    let applied: HashSet<i64> = applied.fetch_all(&mut *db).await?.into_iter().collect();
    let pending = migrator.iter().filter(|one| !applied.contains(&one.version));
    let next = pending.min_by_key(|one| one.version).filter(|one| one.no_tx);
    if let Some(statement) = next.and_then(|one| undo(one.sql.as_str())) {
        query(AssertSqlSafe(statement)).execute(db).await?;
    }
    Ok(())
}

/// What undoes the one statement of a migration, if it was done.
fn undo(migration: &str) -> Option<String> {
    let lines = migration.lines().filter(|line| !line.starts_with("--"));
    let statement = lines.collect::<Vec<_>>().join(" ");
    if let Some(made) = statement.strip_prefix("CREATE INDEX CONCURRENTLY ") {
        let name = made.split_whitespace().next()?;
        return Some(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"));
    }
    // Its place is taken by an empty one, which costs a look at the table.
    let dropped = statement.strip_prefix("DROP INDEX CONCURRENTLY deliveries_due")?;
    (dropped == ";").then(|| {
        "CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE FALSE".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_without_a_transaction_can_be_run_again() {
        let migrator = sqlx::migrate!("migrations/postgres");
        for one in migrator.iter().filter(|one| one.no_tx) {
            let sql = one.sql.as_str();
            assert!(undo(sql).is_some() || sql.contains(" IF EXISTS "), "{sql}");
        }
        let made = undo("-- no-transaction\n-- Why.\nCREATE INDEX CONCURRENTLY a_of_b ON a (b);\n");
        assert_eq!(made.as_deref(), Some("DROP INDEX CONCURRENTLY IF EXISTS a_of_b"));
        assert_eq!(undo("CREATE TABLE a (b bigint);"), None);
    }
}
