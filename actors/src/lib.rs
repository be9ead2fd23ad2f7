//! The entities of Purser and what runs them.

mod client;
pub mod ledger;
pub mod ports;

pub use client::{AskOptions, Client};
