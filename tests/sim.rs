//! Seeded simulation: nodes with all their real code, on one thread, in virtual time, among faults.
//!
//! A seed decides everything: what clients ask, what goes wrong, and in which order things happen. After
//! a run everything is healed, and once nobody has anything left to do all that Purser promises is checked
//! (`check`). See `tests/README.md` for how to repeat a seed.

mod acquirer;
mod bus;
mod check;
mod client;
mod clock;
mod cluster;
mod command;
mod commits;
mod dice;
mod history;
mod issuer;
mod life;
mod link;
mod messenger;
mod planted;
mod readers;
mod run;
mod sabotage;
mod script;
mod seeds;
mod store;
mod trace;
mod weather;
mod world;
