//! Slots for rows that have none.

backfill!(sqlx::Sqlite, skip(""));
