//! Merchants: who they are and what was agreed with them.

mod actor;
mod decide;
mod state;

pub use actor::Merchant;
pub use state::MerchantState;

#[cfg(test)]
mod tests;
