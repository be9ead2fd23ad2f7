//! Stored messages to and from connectors.

use super::{
    case::{Case, part},
    samples::{card, eur, merchant, sealed, text, time, uuid},
};
use purser_subjects::{
    TransactionId,
    connector::{
        ConnectorAnswer, ConnectorApproval, ConnectorAuthorise, ConnectorFollowUp,
        ConnectorNothing, ConnectorOperation, ConnectorPayout, ConnectorStatus,
    },
    transaction::{Decline, DeclineReason},
};

fn payment() -> TransactionId {
    "61058214b470d599856ca5d29cf6d54f".parse().unwrap()
}

pub(super) fn cases() -> Vec<Case> {
    let follow_up = ConnectorFollowUp {
        operation: uuid(21),
        merchant: merchant(),
        payment: payment(),
        amount: eur(1_250),
        original: Some(text("A-77")),
        card: card(),
    };
    let status = ConnectorStatus {
        operation: uuid(20),
        kind: ConnectorOperation::Authorise,
        merchant: merchant(),
        payment: Some(payment()),
        amount: eur(1_250),
        card: Some(card()),
        sent_at: time(0),
    };
    let (kind, operation) = (ConnectorOperation::Payout, uuid(22));
    let of_payout =
        ConnectorStatus { operation, kind, payment: None, card: None, ..status.clone() };
    let decline = Decline {
        reason: DeclineReason::InsufficientFunds,
        code: text("51"),
        message: text("Insufficient funds"),
    };
    vec![
        part(
            "connector-authorise",
            "",
            ConnectorAuthorise {
                operation: uuid(20),
                merchant: merchant(),
                payment: payment(),
                amount: eur(1_250),
                capture: true,
                card: card(),
                sealed_card: sealed(1),
            },
        ),
        part("connector-follow-up", "", follow_up.clone()),
        part("connector-follow-up", "least", ConnectorFollowUp { original: None, ..follow_up }),
        part(
            "connector-payout",
            "",
            ConnectorPayout {
                operation,
                merchant: merchant(),
                amount: eur(100),
                text: text("October"),
                sealed_beneficiary: sealed(2),
            },
        ),
        part("connector-status", "", status),
        part("connector-status", "payout", of_payout),
        part(
            "connector-answer",
            "approved",
            ConnectorAnswer::Approved(ConnectorApproval { reference: text("A-77") }),
        ),
        part("connector-answer", "declined", ConnectorAnswer::Declined(decline)),
        part(
            "connector-answer",
            "never-received",
            ConnectorAnswer::NeverReceived(ConnectorNothing {}),
        ),
        part("connector-answer", "unknown", ConnectorAnswer::Unknown(ConnectorNothing {})),
    ]
}
