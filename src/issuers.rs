//! The outside parties that issue cards: implementations of the `CardIssuer` port.

pub mod connector;
mod router;
pub mod sandbox;

pub use router::IssuerRouter;
