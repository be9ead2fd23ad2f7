//! Signatures of notifications, as the receivers' own documents ask for them. Pure.

pub mod checkout;
pub mod snap;
pub mod webhooks;
