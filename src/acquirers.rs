//! The outside parties that move card money: implementations of the `Acquirer` port.

pub mod sandbox;
