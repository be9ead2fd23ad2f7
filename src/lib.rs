//! Everything around the actors: adapters to the outside, interfaces and tools.

pub mod acquirers;
pub mod admin;
pub mod bus;
pub mod card;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod ingress;
pub mod merchants;
pub mod messenger;
pub mod onboarding;
pub mod platform;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod terminal;
pub mod vault;
pub mod verify;
