//! The integration tests, one binary.

mod cli;
mod core;
mod store;
mod support;
