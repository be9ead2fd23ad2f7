//! The card gateway over HTTP, with the real core behind it.

mod cards;
pub(crate) mod client;
mod concurrency;
mod currencies;
pub(crate) mod hostile;
mod long_bodies;
mod notifications;
mod overload;
mod payments;
mod refusals;
mod replay;
mod twins;
pub(crate) mod wire;
