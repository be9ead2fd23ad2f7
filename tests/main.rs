//! The integration tests, one binary.

#[macro_use]
mod support;

mod cli;
mod core;
mod gateway;
mod leaks;
mod store;
