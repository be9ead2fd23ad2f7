//! What is read back from the store.

use super::Slot;
use bytes::Bytes;
use purser_subjects::{
    AccountId, EntityKey, Timestamp,
    account::{AccountStatus, AccountTerms, StatementCursor, TimeBasis},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An entity as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredEntity {
    /// Number of its events; 0 when nothing is stored.
    pub version: i64,
    /// Its encoded state.
    pub state: Option<Bytes>,
    /// Its balance, for accounts that have one.
    pub balance: Option<BalanceRow>,
}

/// A ledger account's balance as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// The account.
    pub account: AccountId,
    /// Its terms.
    pub terms: AccountTerms,
    /// Its status.
    pub status: AccountStatus,
    /// Credits less debits, in minor units; limits exist only on accounts whose normal side is credit.
    pub posted: i64,
    /// Minor units held.
    pub held: i64,
}

/// An event of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its number; see [`super::journal_of`].
    pub number: i64,
    /// Batch that it was committed in.
    pub batch: i64,
    /// The entity it happened to.
    pub entity: EntityKey,
    /// Number among the entity's events, from 1.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its encoded payload.
    pub payload: Bytes,
    /// Correlation of the command or signal that caused it.
    pub correlation: Uuid,
    /// Id of the command or signal that caused it.
    pub causation: Uuid,
}

/// A posting of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRow {
    /// Its number; see [`super::journal_of`].
    pub number: i64,
    /// Batch that it was committed in.
    pub batch: i64,
    /// The group it belongs to; a group sums to zero per currency.
    pub group: Uuid,
    /// The account.
    pub account: AccountId,
    /// Minor units: a debit is positive, a credit negative.
    pub amount: i64,
    /// Currency code.
    pub currency: purser_subjects::Currency,
    /// When it was written.
    pub booked_at: Timestamp,
    /// When it counts from.
    pub effective_at: Timestamp,
    /// What it was for.
    pub memo: String,
}

/// Which postings a statement shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementQuery {
    /// The account.
    pub account: AccountId,
    /// First millisecond.
    pub from: Timestamp,
    /// Last millisecond.
    pub to: Timestamp,
    /// By which date; lines are ordered by it and then by number, across all journals. A line that
    /// another node books at the same time may come to stand before lines that were read already.
    pub by: TimeBasis,
    /// Only what comes after this.
    pub after: Option<StatementCursor>,
    /// At most so many.
    pub limit: u32,
}

/// Names the answer to one command: a hash of receiver and idempotency key in the form of a UUID
/// version 8, which is also the id of the operation that the command begins. So one key means one
/// operation, at the acquirer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerKey(pub [u8; 16]);

impl AnswerKey {
    /// The name of the answer that `entity` gives to commands with `key`.
    pub fn of(entity: &EntityKey, key: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(entity.kind.token())
            .chain_update([0])
            .chain_update(entity.id.as_str())
            .chain_update([0])
            .chain_update(key)
            .finalize();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(short).into_uuid().into_bytes())
    }

    /// The operation that such a command begins.
    pub fn operation(self) -> Uuid {
        Uuid::from_bytes(self.0)
    }

    /// The name of the answer that `operation` gives, if it was begun by a command with a key.
    pub fn of_operation(operation: Uuid) -> Option<Self> {
        (operation.get_version_num() == 8).then(|| Self(operation.into_bytes()))
    }
}

/// What is known of a command with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Digest of the command.
    pub digest: [u8; 32],
    /// The answer, as it was sent; absent while its operation runs.
    pub answer: Option<Bytes>,
}

/// A message to another entity that is not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number, in the order of its journal's commits.
    pub number: i64,
    /// The sender's slot: whoever has it sends the message.
    pub slot: Slot,
    /// Who it is for.
    pub to: EntityKey,
    /// The verb.
    pub verb: String,
    /// The encoded envelope.
    pub envelope: Bytes,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// An attempt is due or will be.
    Pending,
    /// The receiver has it.
    Delivered,
    /// Given up.
    GivenUp,
}

impl DeliveryState {
    /// The state's number in stored rows.
    pub const fn number(self) -> i16 {
        match self {
            Self::Pending => 0,
            Self::Delivered => 1,
            Self::GivenUp => 2,
        }
    }

    /// The state with a stored number.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::GivenUp].into_iter().find(|s| s.number() == number)
    }
}
