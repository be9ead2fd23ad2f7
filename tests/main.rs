//! The integration tests, one binary.
#![allow(clippy::disallowed_methods, reason = "tests measure and wait in real time")]

#[macro_use]
mod support;

mod bench;
mod bus;
mod callbacks;
mod chaos;
mod cli;
mod core;
mod examples;
mod gateway;
mod kill;
mod leaks;
mod nodes;
mod pages;
mod shops;
#[allow(clippy::print_stdout, reason = "seeds that failed, and how they went")]
mod sim;
mod snap;
mod store;
mod v1;
