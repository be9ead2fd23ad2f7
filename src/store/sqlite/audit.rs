//! Reading everything back in one snapshot.

use super::reads;

audits!(sqlx::Sqlite, in("IN (SELECT value FROM json_each(", "))"));
