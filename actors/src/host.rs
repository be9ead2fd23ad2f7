//! What runs entities: intake from the bus, hosts that own the actors, and supervision.
//!
//! A message passes: bus → `intake` (permit, decode, stored answer, facts) → `Host` of its partition's
//! arbiter (activation, quarantine) → `Shell` (decide, apply) → journal → answer.

mod calls;
mod deliver;
mod elsewhere;
mod in_flight;
mod intake;
mod keeper;
mod leaving;
mod ownership;
mod probe;
mod questions;
mod reader;
mod reads;
mod registry;
mod restarts;
mod services;
mod shell;
mod statistics;
mod tails;
mod work;

pub(crate) use intake::Intake;
pub(crate) use keeper::Host;
pub(crate) use ownership::{Owned, Ownership};
pub use probe::HostProbe;
pub(crate) use registry::{Hosts, is_success};
pub use services::FaultHook;
pub(crate) use services::{Parts, Services};
pub use statistics::VerbStatistics;
pub(crate) use tails::merged;
