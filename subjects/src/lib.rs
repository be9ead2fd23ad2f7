//! The contract of Purser: what travels between its parts, and between it and internal systems.
//!
//! Here live subjects, ids, [`Money`], the [`Envelope`], and every command, reply, event and error
//! code. Nothing here does I/O, knows a clock, or depends on the parts that use it; a message that
//! one version wrote, every later version reads (golden bytes in `tests/`). `README.md` says the same
//! for programs in other languages.
//!
//! A command is a payload in an envelope, sent to the subject of its receiver and verb; what comes back
//! is an answer:
//!
//! ```
//! use purser_subjects::account::{Transfer, Transferred};
//! use purser_subjects::{Address, Answer, Ask, Envelope, Money, Subject, decode, encode};
//!
//! let alice: purser_subjects::AccountId = "alice".parse()?;
//! let transfer = Transfer {
//!     to: "bob".parse()?,
//!     amount: Money::parse_decimal("12.50", "EUR".parse()?)?,
//!     effective: None,
//!     memo: None,
//! };
//! let subject = Subject::Ask(Address::new(alice.key(), Transfer::VERB, 64));
//! assert_eq!(subject.to_string(), "purser.ask.account.39.alice.transfer");
//!
//! let mut message = Envelope::new("billing", transfer);
//! message.key = Some("invoice-2024-7".into()); // a retry takes effect no second time
//! let bytes = encode(&message);
//! assert_eq!(decode::<Envelope<Transfer>>(&bytes)?, message);
//!
//! // The receiver answers after its commit.
//! let answer = Answer::Ok(Transferred { transfer: message.id }).to_bytes();
//! let reply = Answer::<Transferred>::from_bytes(&answer)?.into_result()?;
//! assert_eq!(reply.transfer, message.id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[macro_use]
mod verbs;
mod codec;
mod envelope;
mod error;
mod id;
mod money;
mod prefix;
mod sealed;
mod subject;
mod timestamp;

pub mod account;
pub mod binding;
pub mod callback;
pub mod connector;
pub mod headers;
pub mod merchant;
pub mod transaction;

pub use codec::{DecodeError, decode, encode};
pub use envelope::{Answer, Envelope, SCHEMA_VERSION, decode_command};
pub use error::{ErrorCode, Rejection};
pub use id::{
    AccountId, BindingId, EndpointId, EntityId, EntityKey, EntityKind, InvalidId, MerchantId,
    TransactionId,
};
pub use money::{Currency, Money, MoneyError};
pub use prefix::{PrefixError, SubjectPrefix};
pub use sealed::Sealed;
pub use subject::{
    Address, Field, GRAMMAR, Subject, SubjectError, SubjectKind, SubjectRule, partition_of,
};
pub use timestamp::Timestamp;
pub use verbs::{Ask, Command, Event};
