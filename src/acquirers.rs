//! The outside parties that move card money: implementations of the `Acquirer` port.

pub mod connector;
mod router;
pub mod sandbox;

pub use router::AcquirerRouter;
