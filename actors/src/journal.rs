//! Group commit: while one batch is being committed the next one collects.
//!
//! An idle journal commits a unit at once; under load a batch grows with what arrived meanwhile. One
//! batch is one transaction of the store. Nobody is answered before the commit that holds the work is on the
//! disk; where the store can, the next batch is stored meanwhile.

mod assemble;
mod blame;
mod incarnation;
mod left_out;
mod settling;
mod unit;
mod writer;

pub(crate) use incarnation::{HostNotice, Incarnation, Stake};
pub(crate) use unit::{Completion, NewEvent, Unit, Work};
pub(crate) use writer::{Committed, Journal};

#[cfg(test)]
mod tests;
