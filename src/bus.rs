//! How messages travel: implementations of the `Bus` port. What they mean is not known here.

pub mod memory;
pub mod nats;

mod burial;
