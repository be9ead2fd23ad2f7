//! SNAP over HTTP, with the real core behind it: tokens, bindings, payments, and every refusal.

mod auth_code;
mod bindings;
pub(crate) mod cards;
pub(crate) mod client;
mod codes;
pub(crate) mod customer;
mod faults;
mod forms;
mod headers;
mod late;
mod message;
mod one_time_codes;
mod parameters;
mod payments;
pub(crate) mod refunds;
mod signatures;
mod tokens;
mod verbs;
mod waiting;
