//! Slots for rows that have none.

backfill!(sqlx::Postgres, skip(" FOR UPDATE SKIP LOCKED"));
