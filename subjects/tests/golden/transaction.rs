//! Stored messages of payments.

use super::{
    case::{Case, Cases},
    samples::{
        binding, card, details, entity, eur, merchant, merchant_terms, notify, sealed, text, time,
        uuid,
    },
};
use purser_subjects::{
    merchant::Environment,
    transaction::{
        Authorise, Capture, Decline, DeclineReason, Inquire, InquireOperation, NotificationQueued,
        OperationApproved, OperationBegun, OperationDeclined, OperationFunded, OperationKind,
        OperationOutcome, OperationUnknown, OperationView, PaymentBegun, PaymentReply,
        PaymentSettled, PaymentStatus, PaymentView, Refund, ReserveReleased, TransactionCommand,
        TransactionEvent, Void,
    },
};
use std::collections::BTreeMap;

fn decline() -> Decline {
    Decline {
        reason: DeclineReason::InsufficientFunds,
        code: text("51"),
        message: text("not sufficient funds"),
    }
}

fn authorise() -> Authorise {
    Authorise {
        merchant: merchant(),
        reference: text("order-1"),
        amount: eur(1_250),
        capture: true,
        card: card(),
        sealed_card: sealed(0x5a),
        details: details(),
        notify: Some(notify()),
        binding: None,
    }
}

fn view(status: PaymentStatus) -> PaymentView {
    PaymentView {
        payment: entity("61058214b470d599856ca5d29cf6d54f").into(),
        merchant: merchant(),
        reference: text("order-1"),
        amount: eur(1_250),
        status,
        capture: true,
        captured: 1_250,
        refunded: 250,
        decline: None,
        card: card(),
        details: details(),
        notify: Some(notify()),
        binding: None,
        acquirer_reference: Some(text("sandbox-1")),
        created_at: time(0),
        updated_at: time(5),
    }
}

fn declined() -> PaymentView {
    PaymentView {
        status: PaymentStatus::Declined,
        captured: 0,
        refunded: 0,
        decline: Some(decline()),
        details: BTreeMap::new(),
        notify: None,
        acquirer_reference: None,
        ..view(PaymentStatus::Declined)
    }
}

fn reply(payment: PaymentView, kind: OperationKind, outcome: OperationOutcome) -> PaymentReply {
    let (id, amount, begun_at) = (uuid(6), eur(1_250), time(4));
    PaymentReply { payment, operation: OperationView { id, kind, amount, outcome, begun_at } }
}

fn approved(kind: OperationKind, status: PaymentStatus) -> PaymentReply {
    reply(view(status), kind, OperationOutcome::Approved)
}

fn begun() -> PaymentBegun {
    PaymentBegun {
        merchant: merchant(),
        environment: Environment::Sandbox,
        reference: text("order-1"),
        amount: eur(1_250),
        capture: true,
        card: card(),
        details: details(),
        notify: Some(notify()),
        binding: None,
        terms: merchant_terms(),
        at: time(0),
    }
}

fn operation_begun() -> OperationBegun {
    OperationBegun {
        operation: uuid(6),
        kind: OperationKind::Refund,
        amount: 1_250,
        from_available: true,
        set_aside: 1_213,
        at: time(1),
    }
}

fn operation_approved() -> OperationApproved {
    OperationApproved {
        operation: uuid(6),
        acquirer_reference: text("sandbox-1"),
        fee_change: -37,
        settle_at: Some(time(2_880)),
        at: time(2),
        notice: 0,
        late: false,
    }
}

fn unknown() -> OperationUnknown {
    OperationUnknown { operation: uuid(6), next_check: time(3), told: true, at: time(2), notice: 0 }
}

fn operation_declined() -> OperationDeclined {
    OperationDeclined {
        operation: uuid(6),
        decline: decline(),
        at: time(2),
        notice: 0,
        late: false,
    }
}

fn released() -> ReserveReleased {
    ReserveReleased { amount: 113, at: time(259_200), notice: 0 }
}

fn settled() -> PaymentSettled {
    PaymentSettled {
        available: 1_100,
        reserved: 113,
        release_at: Some(time(259_200)),
        at: time(2_880),
        notice: 0,
    }
}

pub(super) fn cases() -> Vec<Case> {
    let amount = Some(eur(250));
    Cases::<TransactionCommand, TransactionEvent>::new()
        .verb(authorise(), approved(OperationKind::Purchase, PaymentStatus::Captured))
        .verb(
            Capture { merchant: merchant(), amount },
            approved(OperationKind::Capture, PaymentStatus::Captured),
        )
        .verb(
            Void { merchant: merchant(), amount },
            approved(OperationKind::Void, PaymentStatus::Voided),
        )
        .verb(
            Refund { merchant: merchant(), amount },
            approved(OperationKind::Refund, PaymentStatus::PartlyRefunded),
        )
        .verb(Inquire { merchant: merchant() }, view(PaymentStatus::Settled))
        .verb(
            InquireOperation { merchant: merchant(), operation: uuid(6) },
            approved(OperationKind::Refund, PaymentStatus::Refunded).operation,
        )
        .command(
            "plain",
            Authorise { capture: false, details: BTreeMap::new(), notify: None, ..authorise() },
        )
        .command("binding", Authorise { binding: Some(binding()), ..authorise() })
        .command("all", Capture { merchant: merchant(), amount: None })
        .command("all", Void { merchant: merchant(), amount: None })
        .command("all", Refund { merchant: merchant(), amount: None })
        .reply::<Authorise>(
            "declined",
            reply(declined(), OperationKind::Authorise, OperationOutcome::Declined(decline())),
        )
        .reply::<Authorise>(
            "pending",
            reply(
                view(PaymentStatus::Authorising),
                OperationKind::Authorise,
                OperationOutcome::Pending,
            ),
        )
        .reply::<Inquire>("declined", declined())
        .reply::<Inquire>(
            "binding",
            PaymentView { binding: Some(binding()), ..view(PaymentStatus::Captured) },
        )
        .event("", begun())
        .event("binding", PaymentBegun { binding: Some(binding()), ..begun() })
        .event("plain", PaymentBegun { details: BTreeMap::new(), notify: None, ..begun() })
        .event("", operation_begun())
        .event("", OperationFunded { operation: uuid(6), at: time(1) })
        .event("", unknown())
        .event("noticed", OperationUnknown { notice: 7, ..unknown() })
        .event("", operation_approved())
        .event("plain", OperationApproved { settle_at: None, ..operation_approved() })
        .event("noticed", OperationApproved { notice: 7, ..operation_approved() })
        .event("late", OperationApproved { late: true, ..operation_approved() })
        .event("", operation_declined())
        .event("noticed", OperationDeclined { notice: 7, ..operation_declined() })
        .event("late", OperationDeclined { late: true, ..operation_declined() })
        .event("", settled())
        .event("plain", PaymentSettled { release_at: None, ..settled() })
        .event("noticed", PaymentSettled { notice: 7, ..settled() })
        .event("", released())
        .event("noticed", ReserveReleased { notice: 7, ..released() })
        .event("", NotificationQueued { sequence: 2 })
        .into_list()
}
