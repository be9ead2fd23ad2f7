//! What runs entities: intake from the bus, hosts that own the actors, and supervision.
//!
//! A message passes: bus → `intake` (permit, decode, stored answer, facts) → `Host` of its partition's
//! arbiter (activation, quarantine) → `Shell` (decide, apply) → journal → answer.

mod calls;
mod deliver;
mod in_flight;
mod intake;
mod keeper;
mod questions;
mod reader;
mod reads;
mod registry;
mod restarts;
mod services;
mod shell;
mod work;

pub(crate) use intake::Intake;
pub(crate) use keeper::Host;
pub(crate) use registry::{Hosts, is_success};
pub use services::FaultHook;
pub(crate) use services::{Parts, Services};
