//! The integration tests, one binary.
#![allow(clippy::disallowed_methods, reason = "tests measure and wait in real time")]

mod cli;
mod core;
mod kill;
mod store;
mod support;
