//! Merchants: who they are and what was agreed with them.

mod access_tokens;
mod actor;
mod api_keys;
mod decide;
mod state;

pub use actor::Merchant;
pub use api_keys::API_KEY_SCHEME;
pub use state::MerchantState;

#[cfg(test)]
mod tests;
