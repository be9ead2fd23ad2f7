//! What an account answers.

use super::{AccountTerms, StatementCursor};
use crate::{AccountId, EntityId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whether an account takes part in business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// Debits and credits are possible.
    #[default]
    Open,
    /// Only holds placed before can be settled or voided.
    Frozen,
    /// For good.
    Closed,
}

impl AccountStatus {
    /// Every status, in the order of their stored numbers from 0.
    pub const ALL: [Self; 3] = [Self::Open, Self::Frozen, Self::Closed];

    /// The status's number in stored rows.
    pub const fn number(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::Frozen => 1,
            Self::Closed => 2,
        }
    }

    /// The status with a stored number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

/// An account and its balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The account.
    pub account: AccountId,
    /// Its terms.
    pub terms: AccountTerms,
    /// Its status.
    pub status: AccountStatus,
    /// Minor units posted, positive on the normal side.
    pub posted: i64,
    /// Minor units held.
    pub held: i64,
    /// Minor units that could be debited: posted minus held minus floor; absent without a floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
}

/// A transfer was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    /// Id of the posting group.
    pub transfer: Uuid,
}

/// A hold after the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// Name of the hold.
    pub hold: EntityId,
    /// Minor units that it still has; zero when it is gone.
    pub remaining: i64,
    /// Id of the posting group, when something was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Uuid>,
}

/// The account takes the credit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditAccepted {
    /// Minor units that could be credited at present, this credit included; absent without a ceiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headroom: Option<i64>,
}

/// A balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceView {
    /// The account.
    pub account: AccountId,
    /// Its terms now.
    pub terms: AccountTerms,
    /// Its status now.
    pub status: AccountStatus,
    /// Minor units posted, positive on the normal side.
    pub posted: i64,
    /// Minor units held now; absent for a past time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<i64>,
    /// Minor units that could be debited now; absent for a past time and without a floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
}

/// A page of an account's postings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The account.
    pub account: AccountId,
    /// Its terms now.
    pub terms: AccountTerms,
    /// Balance before the first line of this page, positive on the normal side.
    pub opening: i64,
    /// The lines, oldest first.
    pub lines: Vec<StatementLine>,
    /// Balance after the last line of this page.
    pub closing: i64,
    /// Where the next page continues; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<StatementCursor>,
}

/// One posting of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Number of the posting in the journal.
    pub posting: i64,
    /// Id of the posting group.
    pub group: Uuid,
    /// Minor units: a debit is positive, a credit negative.
    pub amount: i64,
    /// Balance after it, positive on the normal side.
    pub balance: i64,
    /// When it was written.
    pub booked_at: Timestamp,
    /// When it counts from.
    pub effective_at: Timestamp,
    /// What it was for.
    pub memo: String,
}
