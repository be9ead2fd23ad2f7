//! Ledger accounts: what is posted and held, and who may take from it.

mod actor;
mod checks;
mod decide;
mod holds;
mod state;
mod transfers;

pub use actor::Account;
pub use state::AccountState;

#[cfg(test)]
mod tests;
