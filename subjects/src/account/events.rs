//! What happens to an account. Postings are not repeated here; they are the ledger's own rows.

use super::{AccountStatus, AccountTerms};
use crate::{AccountId, EntityId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The account was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its terms.
    pub terms: AccountTerms,
    /// When.
    pub at: Timestamp,
}

/// Money left by a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferBooked {
    /// Id of the posting group.
    pub transfer: Uuid,
    /// Account that was credited.
    pub to: AccountId,
    /// Minor units of the account's currency.
    pub amount: i64,
}

/// Money was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPlaced {
    /// Name of the hold.
    pub hold: EntityId,
    /// Minor units.
    pub amount: i64,
}

/// Held money was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldSettled {
    /// Name of the hold.
    pub hold: EntityId,
    /// Id of the posting group.
    pub transfer: Uuid,
    /// Minor units that were posted.
    pub amount: i64,
    /// Minor units that were given back with it.
    pub released: i64,
}

/// Held money was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldVoided {
    /// Name of the hold.
    pub hold: EntityId,
    /// Minor units that were given back.
    pub amount: i64,
}

/// The account was frozen, unfrozen or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// The new status.
    pub status: AccountStatus,
}

/// Floor or ceiling changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsSet {
    /// New floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// New ceiling; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<i64>,
}
