//! Reading everything back in one snapshot.

use super::reads;

audits!(sqlx::Postgres, in("= ANY(", ")"));
