//! The real binary, as an operator uses it.

mod api_keys;
mod config;
mod folder;
mod keys;
mod merchants;
mod nats;
mod nodes;
mod operations;
mod payments;
mod postgres;
pub(crate) mod process;
mod services;
mod stop;
mod verify;
