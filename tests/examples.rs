//! The programs of `examples/python`, as they are, against a real broker.

mod client;
mod connector;
mod issuer;
