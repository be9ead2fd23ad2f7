//! Everything around the actors: adapters to the outside, interfaces and tools.

pub mod card;
pub mod vault;
