//! Everything around the actors: adapters to the outside, interfaces and tools.

pub mod acquirers;
pub mod bus;
pub mod card;
pub mod clock;
pub mod messenger;
pub mod store;
pub mod vault;
