//! Everything around the actors: adapters to the outside, interfaces and tools.

pub mod acquirers;
pub mod bus;
pub mod card;
pub mod clock;
pub mod ingress;
pub mod merchants;
pub mod messenger;
pub mod store;
pub mod vault;
