//! The contract of Purser: what travels between its parts, and between it and internal systems.
//!
//! Here live subjects, ids, [`Money`], the [`Envelope`], and every command, reply, event and error
//! code. Nothing here does I/O, knows a clock, or depends on the parts that use it; a message that
//! one version wrote, every later version reads (golden bytes in `tests/`).

#[macro_use]
mod verbs;
mod codec;
mod envelope;
mod error;
mod id;
mod money;
mod sealed;
mod subject;
mod timestamp;

pub mod account;
pub mod callback;
pub mod merchant;
pub mod transaction;

pub use codec::{DecodeError, decode, encode};
pub use envelope::{Answer, Envelope, SCHEMA_VERSION, decode_command};
pub use error::{ErrorCode, Rejection};
pub use id::{
    AccountId, EndpointId, EntityId, EntityKey, EntityKind, InvalidId, MerchantId, TransactionId,
};
pub use money::{Currency, Money, MoneyError};
pub use sealed::Sealed;
pub use subject::{
    Address, Field, GRAMMAR, Subject, SubjectError, SubjectKind, SubjectRule, partition_of,
};
pub use timestamp::Timestamp;
pub use verbs::{Ask, Command, Event};
