//! Payments: from authorisation through capture, settlement and refund.
//!
//! Everything that involves the acquirer is two-phase: the intent is committed, then the acquirer is
//! called, then the outcome is committed. What a crash leaves in between is found out by asking again.

mod actor;
mod begin;
mod checks;
mod finish;
mod late;
mod money;
mod notices;
mod requests;
mod state;
mod wake;

pub use actor::Transaction;
pub use state::{Operation, Payment, Stage, TransactionState};

#[cfg(test)]
mod tests;
