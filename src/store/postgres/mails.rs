//! The outbox of e-mails.

mails!(sqlx::Postgres, in("= ANY(", ")"));
