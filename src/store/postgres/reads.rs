//! Queries that SQLite understands too.

reads!(sqlx::Postgres);
