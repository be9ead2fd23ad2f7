//! What tests of several parts need.

pub(crate) mod platform;
pub(crate) mod postgres;
