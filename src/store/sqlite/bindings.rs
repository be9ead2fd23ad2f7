//! Card bindings.

bindings!(sqlx::Sqlite);
