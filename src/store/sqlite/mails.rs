//! The outbox of e-mails.

mails!(sqlx::Sqlite, in("IN (SELECT value FROM json_each(", "))"));
