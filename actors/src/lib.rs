//! The entities of Purser and what runs them.
//!
//! An entity is pure rules over its own state (`merchant`, `account`, `transaction`,
//! `binding`, `callback`); the
//! `host` runs one actor per entity, the `journal` commits what they decide, and the `ports` name what
//! is needed from outside.

pub mod account;
pub mod binding;
pub mod callback;
mod client;
pub mod entity;
mod host;
mod journal;
pub mod ledger;
mod limits;
pub mod merchant;
mod node;
pub mod ports;
pub mod transaction;
mod verify;

pub use client::{AskOptions, Client};
pub use host::{HostProbe, VerbStatistics};
pub use limits::Limits;
pub use node::{ActorThreads, FaultHook, Node, NodeConfig, Ports, StartError};
pub use verify::{Difference, Progress, VerifyError, VerifyReport, verify};
