//! What a connector is asked. Each request is the payload of an envelope whose `key` is the operation's
//! id and whose `deadline` says until when Purser waits for the answer.

use super::ConnectorOperation;
use crate::{MerchantId, Money, Sealed, Timestamp, TransactionId, transaction::CardSummary};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Authorises a card payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorAuthorise {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Whose payment.
    pub merchant: MerchantId,
    /// The payment, the same for all operations on it.
    pub payment: TransactionId,
    /// How much.
    pub amount: Money,
    /// Whether it is captured with the authorisation.
    pub capture: bool,
    /// The card as it may be shown and stored.
    pub card: CardSummary,
    /// Number, expiry and code of the card, sealed for this connector and operation.
    pub sealed_card: Sealed,
}

/// Captures, voids or refunds what was authorised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorFollowUp {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Whose payment.
    pub merchant: MerchantId,
    /// The payment, the same for all operations on it.
    pub payment: TransactionId,
    /// How much.
    pub amount: Money,
    /// The reference that the connector gave to the authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// The card as it may be shown and stored.
    pub card: CardSummary,
}

/// Pays money out to a bank account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorPayout {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Whose money.
    pub merchant: MerchantId,
    /// How much.
    pub amount: Money,
    /// Text that the beneficiary reads on the statement; at most 140 characters.
    pub text: String,
    /// Name and account of the beneficiary, sealed for this connector and operation.
    pub sealed_beneficiary: Sealed,
}

/// Asks what became of an operation that was, or may have been, sent before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorStatus {
    /// Id of the operation asked about.
    pub operation: Uuid,
    /// What it was to do.
    pub kind: ConnectorOperation,
    /// Whose.
    pub merchant: MerchantId,
    /// Its payment; a payout has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<TransactionId>,
    /// How much.
    pub amount: Money,
    /// The card as it may be shown and stored; a payout has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardSummary>,
    /// When the operation was sent.
    pub sent_at: Timestamp,
}
