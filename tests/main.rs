//! The integration tests, one binary.
#![allow(clippy::disallowed_methods, reason = "tests measure and wait in real time")]

#[macro_use]
mod support;

mod cli;
mod core;
mod gateway;
mod kill;
mod leaks;
mod store;
