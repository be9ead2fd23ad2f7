//! What an account can be asked.

use super::Side;
use crate::{AccountId, Currency, EntityId, Money, Timestamp};
use serde::{Deserialize, Serialize};

/// Opens an account. Ids of the form `<merchant>-<currency>-<role>` are the chart's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAccount {
    /// Currency of the account.
    pub currency: Currency,
    /// Normal side; customers' money stands on the credit side.
    pub side: Side,
    /// Least that may be available, in minor units; absent: unguarded, may go down without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// Most that may be posted, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<i64>,
}

/// Moves money out of the addressed account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Account that is credited.
    pub to: AccountId,
    /// How much; more than zero, in the currency of both accounts.
    pub amount: Money,
    /// When it counts from, if not from its booking. At most the booking time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Timestamp>,
    /// Text for the statement, at most 140 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// Several transfers with the same effect as one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferBatch {
    /// At most 1,000 transfers.
    pub transfers: Vec<Transfer>,
}

/// Sets money aside under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHold {
    /// Name of the hold within the account.
    pub hold: EntityId,
    /// How much; more than zero.
    pub amount: Money,
}

/// Posts a hold, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleHold {
    /// Name of the hold.
    pub hold: EntityId,
    /// How much leaves this account; more than zero, at most what the hold still has.
    pub amount: Money,
    /// The other side of the posting. Together with the debit of this account they sum to zero.
    pub legs: Vec<Leg>,
    /// Whether what the hold has left is given back; otherwise it stays held.
    pub release_rest: bool,
    /// Text for the statement, at most 140 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// One line of a posting group. The amount is in the currency of the group's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Account that the line is for.
    pub account: AccountId,
    /// Minor units: a debit is positive, a credit negative.
    pub amount: i64,
}

/// Gives what a hold still has back to the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidHold {
    /// Name of the hold.
    pub hold: EntityId,
}

/// Stops debits, new holds and credits. Holds placed before can still be settled or voided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {}

/// Ends a freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfreeze {}

/// Closes the account, which must have neither balance nor holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {}

/// Changes both limits. A guarded account stays guarded, an unguarded one unguarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetLimits {
    /// New floor of a guarded account; at most what it has, holds subtracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// New ceiling; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<i64>,
}

/// Asks whether the account would take a credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditCheck {
    /// The credit; more than zero.
    pub amount: Money,
}

/// By which date postings count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeBasis {
    /// When the posting was written.
    #[default]
    Booking,
    /// When it counts from.
    Effective,
}

/// Asks for the balance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBalance {
    /// At the end of which millisecond; absent: now, with holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// By which date postings count; matters only with `at`.
    #[serde(default)]
    pub by: TimeBasis,
}

/// Asks for the postings from `from` up to and including `to`, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStatement {
    /// First millisecond.
    pub from: Timestamp,
    /// Last millisecond; must have passed.
    pub to: Timestamp,
    /// By which date postings count.
    #[serde(default)]
    pub by: TimeBasis,
    /// Continue after this cursor of an earlier answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<StatementCursor>,
    /// At most so many lines, 1 to 1,000.
    pub limit: u32,
}

/// Where a page of a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementCursor {
    /// Booking or effective time of the last line, as the statement counts.
    pub at: Timestamp,
    /// Number of the last line's posting.
    pub posting: i64,
}
