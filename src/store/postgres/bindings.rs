//! Card bindings.

bindings!(sqlx::Postgres);
