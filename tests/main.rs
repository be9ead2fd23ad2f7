//! The integration tests, one binary.

mod cli;
mod core;
mod kill;
mod store;
mod support;
