//! What is stored together.

use super::{
    AnswerKey, AttemptRow, BindingRow, DeliveryState, EndpointWrite, EventRow, MailWrite,
    NoticeRow, OutboxRow, PostingRow, Requeue, Slot, StoreError,
};
use crate::ports::Delivery;
use bytes::Bytes;
use purser_subjects::{
    AccountId, BindingId, EndpointId, EntityKey, MerchantId, Timestamp,
    account::{AccountStatus, AccountTerms},
};
use uuid::Uuid;

/// One commit of a journal.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The journal.
    pub journal: i32,
    /// Epoch of the writer; must be the journal's.
    pub epoch: i64,
    /// The journal's losses when all of `fences` were last found to hold. While it still has so many, no
    /// slot was lost, and nothing is looked up. `None`: look.
    pub losses: Option<i64>,
    /// The slots that the writer's node believes to have, each with the epoch of its lease; at least
    /// those of all that is written.
    pub fences: Vec<(Slot, i64)>,
    /// Its number: one more than the last.
    pub number: i64,
    /// Booking time of everything in it; never earlier than the last batch's.
    pub booked_at: Timestamp,
    /// Hash of the batch before.
    pub previous_hash: [u8; 32],
    /// Hash over the one before and over events and postings of this one.
    pub hash: [u8; 32],
    /// Number of the last event known to have been published.
    pub published: i64,
    /// Events, numbered on from the last batch.
    pub events: Vec<EventRow>,
    /// Postings, numbered on from the last batch.
    pub postings: Vec<PostingRow>,
    /// Entities that changed, each once.
    pub entities: Vec<EntityWrite>,
    /// Balances that changed, each once, in the order of account ids.
    pub balances: Vec<BalanceChange>,
    /// Accounts that were opened or whose status or limits changed, each once.
    pub accounts: Vec<AccountWrite>,
    /// Answers to commands with idempotency keys.
    pub answers: Vec<AnswerWrite>,
    /// New messages to other entities, numbered on from the last batch.
    pub outbox: Vec<OutboxRow>,
    /// Numbers of messages that were confirmed.
    pub outbox_done: Vec<i64>,
    /// New deliveries.
    pub deliveries: Vec<DeliveryWrite>,
    /// What registered endpoints may want to know. For each that does, and is not removed, a delivery is
    /// stored in the same transaction; one that is stored already is left as it is.
    pub notices: Vec<NoticeRow>,
    /// Endpoints that came to be known or changed, each once.
    pub endpoints: Vec<EndpointWrite>,
    /// Card bindings that got a card or changed, each once. Claims that are given back are free for others
    /// of the same batch.
    pub bindings: Vec<BindingRow>,
    /// Attempts that were made.
    pub attempts: Vec<AttemptRow>,
    /// Deliveries that are made anew: pending again, with a schedule that begins anew.
    pub requeues: Vec<Requeue>,
    /// E-mails to people.
    pub mails: Vec<MailWrite>,
    /// Outcomes of attempts. With that of a delivery's last attempt the next one about the same object
    /// is due.
    pub delivery_updates: Vec<DeliveryUpdate>,
    /// New log-in names.
    pub credentials: Vec<CredentialWrite>,
}

/// A new delivery.
#[derive(Clone, Debug)]
pub struct DeliveryWrite {
    /// The endpoint's slot.
    pub slot: Slot,
    /// The delivery.
    pub delivery: Delivery,
}

/// The new state of an entity.
#[derive(Clone, Debug)]
pub struct EntityWrite {
    /// The entity.
    pub key: EntityKey,
    /// Its slot.
    pub slot: Slot,
    /// Its version before the batch; 0: no row yet. Another stored version refuses the batch.
    pub expected_version: i64,
    /// Its version after the batch.
    pub version: i64,
    /// Its encoded state.
    pub state: Bytes,
    /// When it wants to be woken.
    pub wake_at: Option<Timestamp>,
}

/// By how much a balance changes.
#[derive(Clone, Debug)]
pub struct BalanceChange {
    /// The account.
    pub account: AccountId,
    /// Terms to create the row with when there is none; without them a missing row refuses the batch.
    pub create: Option<AccountTerms>,
    /// Added to posted: credits less debits, in minor units.
    pub posted: i64,
    /// Added to held.
    pub held: i64,
    /// Somebody else than the account's own actor adds to it.
    pub credited_by_others: bool,
    /// Somebody else than the account's own actor takes from it; only allowed without a floor.
    pub debited_by_others: bool,
    /// Its own actor takes from it or holds; it must stay at or above its floor.
    pub debited_by_owner: bool,
    /// It must be empty afterwards, because it is being closed.
    pub must_be_empty: bool,
}

/// Terms and status of an account, written by its own actor. Applied after the balance changes, so that
/// those are checked against the terms before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountWrite {
    /// The account.
    pub account: AccountId,
    /// Its terms.
    pub terms: AccountTerms,
    /// Its status.
    pub status: AccountStatus,
}

/// An answer, or the promise of one.
#[derive(Clone, Debug)]
pub enum AnswerWrite {
    /// A new row; an existing one with this key refuses the batch.
    Insert {
        /// Its name.
        key: AnswerKey,
        /// Digest of the command.
        digest: [u8; 32],
        /// The answer; absent while its operation runs.
        answer: Option<Bytes>,
    },
    /// The answer of a row inserted before.
    Complete {
        /// Its name.
        key: AnswerKey,
        /// The answer.
        answer: Bytes,
    },
}

impl AnswerWrite {
    /// The name of the answer.
    pub fn key(&self) -> AnswerKey {
        match self {
            Self::Insert { key, .. } | Self::Complete { key, .. } => *key,
        }
    }
}

/// What became of an attempt. Counts only for a delivery that is pending and has made one attempt less:
/// the outcome of an attempt that was overtaken by another changes nothing.
#[derive(Clone, Debug)]
pub struct DeliveryUpdate {
    /// Id of the delivery.
    pub id: Uuid,
    /// Where it stands now.
    pub state: DeliveryState,
    /// Attempts made so far.
    pub attempts: u32,
    /// When the next attempt is due; unused unless pending.
    pub due_at: Timestamp,
    /// HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// A name with which a merchant logs in.
#[derive(Clone, Debug)]
pub struct CredentialWrite {
    /// Which interface it is for.
    pub scheme: String,
    /// The name; taken names refuse the batch.
    pub name: String,
    /// The merchant.
    pub merchant: MerchantId,
}

/// Why a batch was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another writer has the journal, or it is not where this writer believes.
    #[error("the journal has another writer or has moved on")]
    Fenced,
    /// Parts of the batch may not be stored; the rest may be tried again without them.
    #[error("refused: {0:?}")]
    Refused(Vec<Refusal>),
    /// The outcome is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A part of a batch that may not be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another node has the slot, or had it meanwhile.
    LostSlot(Slot),
    /// The entity's stored version is another one.
    StaleEntity(EntityKey),
    /// A command with this idempotency key has been stored before, or the row to complete is missing.
    AnswerTaken(AnswerKey),
    /// The log-in name is taken.
    CredentialTaken {
        /// Which interface.
        scheme: String,
        /// The name.
        name: String,
    },
    /// The claim that this binding takes is held by another one.
    ClaimTaken(BindingId),
    /// The merchant has as many registered endpoints as it may have.
    TooManyEndpoints(EndpointId),
    /// There is no such account.
    UnknownAccount(AccountId),
    /// The account is closed, or it is frozen and somebody else posts to it.
    AccountNotOpen(AccountId, AccountStatus),
    /// The account would be above its ceiling, by so many minor units.
    AboveCeiling(AccountId, i64),
    /// The account is being closed and is not empty.
    NotEmpty(AccountId),
    /// The account would be below its floor.
    BelowFloor(AccountId),
    /// Somebody else than the account's own actor debits a guarded account.
    GuardedDebit(AccountId),
    /// The balance would leave ±2^61 minor units, or be in another currency.
    OutOfRange(AccountId),
}
