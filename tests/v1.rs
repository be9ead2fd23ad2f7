//! Purser's own interface over HTTP, with the real core behind it.

pub(crate) mod client;
mod deliveries;
mod endpoints;
mod idempotency;
mod isolation;
mod keys;
mod libraries;
mod openapi;
mod quota;
mod receiver_kit;
mod refusals;
mod verbs;
