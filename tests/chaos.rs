//! Three real nodes on one PostgreSQL and one NATS, under payments over HTTP and transfers over NATS at
//! once, while nodes are killed, stopped, frozen, cut off and started again. Afterwards: what was answered
//! is stored and was told, nothing happened twice, the books balance, events came in order.
//!
//! ```text
//! PURSER_CHAOS_SECS=300 PURSER_CHAOS_SEED=1 cargo test --test purser chaos:: -- --nocapture
//! ```

mod cluster;
mod duplicates;
mod events;
mod fault;
mod idle;
mod member;
mod nodes;
mod outages;
mod proxy;
mod rounds;
mod transfers;
mod usage;
