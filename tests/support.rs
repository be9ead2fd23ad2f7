//! What tests of several parts need.

pub(crate) mod acquirer;
pub(crate) mod clock;
pub(crate) mod platform;
pub(crate) mod postgres;
pub(crate) mod receiver;
pub(crate) mod shop;
