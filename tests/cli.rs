//! The real binary, as an operator uses it.

mod config;
mod folder;
mod keys;
mod merchants;
mod operations;
mod payments;
mod postgres;
pub(crate) mod process;
mod stop;
mod verify;
