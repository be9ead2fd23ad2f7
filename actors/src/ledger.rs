//! Double entry: posting groups, balance rules, fees, settlement dates, and the hash chain.

mod chain;
mod guard;

pub use chain::batch_hash;
pub use guard::{MAX_AMOUNT, MAX_POSTED, refusals};
