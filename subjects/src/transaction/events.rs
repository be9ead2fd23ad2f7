//! What happens to a payment.

use super::{CardSummary, Decline, NotifyTarget, OperationKind};
use crate::{
    BindingId, MerchantId, Money, Timestamp,
    merchant::{Environment, MerchantTerms},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A payment was accepted for authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentBegun {
    /// Whose payment.
    pub merchant: MerchantId,
    /// Whose money it is.
    pub environment: Environment,
    /// The merchant's own name for it.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Whether it is captured with the authorisation.
    pub capture: bool,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// What the interface wants echoed.
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// The binding whose card is charged, if it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
    /// The merchant's terms at this moment; they stay with the payment.
    pub terms: MerchantTerms,
    /// When.
    pub at: Timestamp,
}

/// An operation was handed to the acquirer, or to the account that must fund it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationBegun {
    /// Its id, which the acquirer knows it by.
    pub operation: Uuid,
    /// What it does.
    pub kind: OperationKind,
    /// Minor units of the payment's currency.
    pub amount: i64,
    /// Whether the merchant's available account must set the money aside first.
    #[serde(default)]
    pub from_available: bool,
    /// Minor units that it sets aside: the most that the operation can take from it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub set_aside: i64,
    /// When.
    pub at: Timestamp,
}

fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_no_notice(number: &u32) -> bool {
    *number == 0
}

/// The merchant's available account has set the money of a refund aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationFunded {
    /// Id of the operation.
    pub operation: Uuid,
    /// When.
    pub at: Timestamp,
}

/// The acquirer did not say what became of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationUnknown {
    /// Id of the operation.
    pub operation: Uuid,
    /// When it will be asked again.
    pub next_check: Timestamp,
    /// Whether whoever asked for the operation was told that its outcome is open.
    #[serde(default)]
    pub told: bool,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to the merchant's registered endpoints; 0: there was none.
    #[serde(default, skip_serializing_if = "is_no_notice")]
    pub notice: u32,
}

/// An operation succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationApproved {
    /// Id of the operation.
    pub operation: Uuid,
    /// The acquirer's reference.
    pub acquirer_reference: String,
    /// Minor units by which the fee charged so far changed.
    pub fee_change: i64,
    /// When what is pending becomes the merchant's, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to the merchant's registered endpoints; 0: there was none.
    #[serde(default, skip_serializing_if = "is_no_notice")]
    pub notice: u32,
    /// Whether it had been told before that the outcome is open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
}

/// An operation was declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationDeclined {
    /// Id of the operation.
    pub operation: Uuid,
    /// Why.
    pub decline: Decline,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to the merchant's registered endpoints; 0: there was none.
    #[serde(default, skip_serializing_if = "is_no_notice")]
    pub notice: u32,
    /// Whether it had been told before that the outcome is open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
}

/// Captured money became the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSettled {
    /// Minor units made available.
    pub available: i64,
    /// Minor units withheld.
    pub reserved: i64,
    /// When the withheld part is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to the merchant's registered endpoints; 0: there was none.
    #[serde(default, skip_serializing_if = "is_no_notice")]
    pub notice: u32,
}

/// Withheld money became the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveReleased {
    /// Minor units.
    pub amount: i64,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to the merchant's registered endpoints; 0: there was none.
    #[serde(default, skip_serializing_if = "is_no_notice")]
    pub notice: u32,
}

/// A notification was handed to the callback actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationQueued {
    /// Number of the notification among those of this payment, from 1.
    pub sequence: u32,
}
