//! `kill -9` of the real binary under load, on both engines: what was answered stays, nothing happens
//! twice, the books balance, and every notification arrives.
//!
//! The short form, which the test command runs, kills each engine's server five times. The long form
//! kills as often as it is told, and a seed repeats the load and the moments of an earlier run:
//!
//! ```text
//! PURSER_KILL_ROUNDS=30 PURSER_KILL_SEED=1 cargo test --test purser kill::rounds -- --nocapture --test-threads=1
//! ```

mod campaign;
mod connections;
mod rounds;
pub(crate) mod site;
mod start;
mod stop;

/// Repeats the load and the moments of an earlier run.
const SEED: &str = "PURSER_KILL_SEED";
