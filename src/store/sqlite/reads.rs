//! Queries that PostgreSQL understands too.

reads!(sqlx::Sqlite);
