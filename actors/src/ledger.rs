//! Double entry: balance rules, fees, settlement dates, and the hash chain.

mod chain;
mod fees;
mod guard;
mod settlement;

pub use chain::batch_hash;
pub use fees::{check_fees, fee, least_fee_back};
pub use guard::{MAX_AMOUNT, MAX_POSTED, refusals};
pub use settlement::{check_settlement, release_at, reserve, settle_at};
