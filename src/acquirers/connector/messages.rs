//! From the port's requests to the contract's messages.

use super::{key::ConnectorKey, plaintext};
use crate::{card::CardSecret, vault::Vault};
use purser_actors::ports::{AcquirerRequest, Payout, StatusQuery};
use purser_subjects::{
    connector::{
        ConnectorAuthorise, ConnectorFollowUp, ConnectorName, ConnectorOperation, ConnectorPayout,
        ConnectorStatus,
    },
    transaction::{Decline, DeclineReason, OperationKind},
};

/// Nobody was there to take the request (ISO 8583 field 39, 91: issuer or switch inoperative).
pub(super) const ABSENT: (&str, &str) =
    ("91", "The acquirer's connector does not run; nothing was sent");
/// The card was not sealed for this payment, or under another master key.
pub(super) const UNREADABLE_CARD: (&str, &str) = ("96", "The card data did not arrive");

/// A decline that comes from this side of the connector.
pub(super) fn decline((code, message): (&str, &str)) -> Decline {
    let (code, message) = (code.to_owned(), message.to_owned());
    Decline { reason: DeclineReason::ProcessingError, code, message }
}

pub(super) fn operation(kind: OperationKind) -> ConnectorOperation {
    match kind {
        OperationKind::Authorise | OperationKind::Purchase => ConnectorOperation::Authorise,
        OperationKind::Capture => ConnectorOperation::Capture,
        OperationKind::Void => ConnectorOperation::Void,
        OperationKind::Refund => ConnectorOperation::Refund,
    }
}

/// The card leaves the vault only to be sealed again, for the connector; `None` when it does not open.
pub(super) fn authorise(
    request: AcquirerRequest,
    vault: &Vault,
    key: &ConnectorKey,
    connector: &ConnectorName,
) -> Option<ConnectorAuthorise> {
    let sealed = request.card.sealed.as_ref()?;
    let card = CardSecret::open(vault, &request.payment, sealed).ok()?;
    let shown = &request.card.summary;
    if (card.bin(), card.last4()) != (&*shown.bin, &*shown.last4) {
        return None;
    }
    Some(ConnectorAuthorise {
        operation: request.operation,
        merchant: request.merchant,
        payment: request.payment,
        amount: request.amount,
        capture: request.kind == OperationKind::Purchase,
        card: request.card.summary,
        sealed_card: key.seal(connector, request.operation, &plaintext::card(&card)),
    })
}

pub(super) fn follow_up(request: AcquirerRequest) -> ConnectorFollowUp {
    ConnectorFollowUp {
        operation: request.operation,
        merchant: request.merchant,
        payment: request.payment,
        amount: request.amount,
        original: request.original_reference,
        card: request.card.summary,
    }
}

pub(super) fn status(query: StatusQuery) -> ConnectorStatus {
    ConnectorStatus {
        operation: query.operation,
        kind: operation(query.kind),
        merchant: query.merchant,
        payment: Some(query.payment),
        amount: query.amount,
        card: Some(query.card),
        sent_at: query.sent_at,
    }
}

pub(super) fn payout(
    payout: Payout,
    key: &ConnectorKey,
    connector: &ConnectorName,
) -> ConnectorPayout {
    let beneficiary = plaintext::beneficiary(&payout.beneficiary);
    ConnectorPayout {
        operation: payout.operation,
        merchant: payout.merchant,
        amount: payout.amount,
        text: payout.text,
        sealed_beneficiary: key.seal(connector, payout.operation, &beneficiary),
    }
}

pub(super) fn payout_status(payout: Payout) -> ConnectorStatus {
    ConnectorStatus {
        operation: payout.operation,
        kind: ConnectorOperation::Payout,
        merchant: payout.merchant,
        payment: None,
        amount: payout.amount,
        card: None,
        sent_at: payout.sent_at,
    }
}
