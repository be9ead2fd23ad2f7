//! The integration tests, one binary.

mod core;
mod store;
mod support;
