//! Everything around the actors: adapters to the outside, interfaces and tools.

pub mod acquirers;
pub mod admin;
pub mod api_key;
pub mod bench;
pub mod bus;
pub mod callbacks;
pub mod card;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod ingress;
pub mod issuers;
pub mod mailer;
pub mod merchants;
pub mod messenger;
pub mod onboarding;
pub mod pages;
pub mod platform;
pub mod receiver;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod terminal;
pub mod vault;
pub mod verify;
