//! What a payment answers.

use super::NotifyTarget;
use crate::{BindingId, MerchantId, Money, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use uuid::Uuid;

/// A card as it may be shown and stored (PCI DSS 4.0, 3.4.1: at most the first six and last four).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSummary {
    /// Brand, such as `VISA`.
    pub brand: String,
    /// First six digits.
    pub bin: String,
    /// Last four digits.
    pub last4: String,
    /// Month of expiry, 1 to 12.
    pub expiry_month: u8,
    /// Year of expiry, four digits.
    pub expiry_year: u16,
    /// Card holder as given, may be empty.
    pub holder: String,
}

impl fmt::Debug for CardSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}…{}", self.brand, self.bin, self.last4)
    }
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The acquirer was asked and has not answered yet.
    Authorising,
    /// Authorised, nothing captured.
    Authorised,
    /// Declined.
    Declined,
    /// A void is under way.
    Voiding,
    /// Given back before any capture.
    Voided,
    /// A capture is under way.
    Capturing,
    /// Captured, whole or in part.
    Captured,
    /// All that was captured is the merchant's.
    Settled,
    /// A refund is under way.
    Refunding,
    /// A part of what was captured was given back.
    PartlyRefunded,
    /// All that was captured was given back.
    Refunded,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Authorise only.
    Authorise,
    /// Authorise and capture in one.
    Purchase,
    /// Capture.
    Capture,
    /// Void.
    Void,
    /// Refund.
    Refund,
}

/// Why an operation was declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The issuer gave no reason (ISO 8583 response code 05).
    DoNotHonour,
    /// Not enough money (51).
    InsufficientFunds,
    /// The card has expired (54).
    ExpiredCard,
    /// The card security code is wrong (N7).
    WrongSecurityCode,
    /// The issuer or a network failed (96).
    ProcessingError,
    /// The issuer asks for 3-D Secure (1A).
    ThreeDSecureRequired,
    /// The issuer suspects fraud (59).
    SuspectedFraud,
    /// The acquirer never received the operation (25).
    NeverReceived,
    /// The acquirer could not tell the outcome for so long that it counts as not done (68).
    Unresolved,
    /// The merchant's own balance does not cover a refund.
    MerchantFunds,
    /// The acquirer does not offer the operation (57).
    NotSupported,
}

/// A refusal by the acquirer or the issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// Why.
    pub reason: DeclineReason,
    /// The acquirer's own code.
    pub code: String,
    /// The acquirer's own words.
    pub message: String,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationOutcome {
    /// It took effect.
    Approved,
    /// It had no effect.
    Declined(Decline),
    /// Not known yet; it is being found out.
    Pending,
}

/// One operation on a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationView {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub kind: OperationKind,
    /// How much.
    pub amount: Money,
    /// How it ended.
    pub outcome: OperationOutcome,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    /// Its id.
    pub payment: TransactionId,
    /// Whose payment.
    pub merchant: MerchantId,
    /// The merchant's own name for it.
    pub reference: String,
    /// How much was asked for.
    pub amount: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Whether it was to be captured with the authorisation.
    pub capture: bool,
    /// Minor units captured so far.
    pub captured: i64,
    /// Minor units refunded so far.
    pub refunded: i64,
    /// Why it was declined, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline: Option<Decline>,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// What the interface wants echoed.
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// The binding whose card was charged, if it was one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
    /// The acquirer's reference of the authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquirer_reference: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A payment after an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReply {
    /// The payment.
    pub payment: PaymentView,
    /// The operation that was asked for.
    pub operation: OperationView,
}
