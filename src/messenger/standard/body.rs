//! The JSON that registered endpoints get. Fields may be added; none changes.

mod binding;

use crate::messenger::RenderError;
use binding::Binding;
use purser_actors::ports::Delivery;
use purser_subjects::{
    Money, Timestamp,
    callback::{BindingNotice, DisableReason, EndpointNotice, NoticeType, PaymentNotice},
    decode,
    transaction::{
        CardSummary, Decline, DeclineReason, OperationKind, OperationOutcome, OperationView,
        PaymentStatus, PaymentView,
    },
};
use serde::Serialize;
use std::error::Error;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The body of a notification.
pub(super) fn of(delivery: &Delivery) -> Result<Vec<u8>, RenderError> {
    let unreadable = || RenderError::new("the notification cannot be read");
    let event = delivery.event.ok_or_else(unreadable)?;
    let data = data(event, &delivery.payload).map_err(|error| unreadable().caused_by(error))?;
    let notification = Notification {
        event,
        timestamp: text(delivery.created_at),
        object: delivery.object.id.as_str(),
        sequence: delivery.sequence,
        data,
    };
    serde_json::to_vec(&notification).map_err(|error| unreadable().caused_by(error))
}

fn data(event: NoticeType, payload: &[u8]) -> Result<Data, Box<dyn Error + Send + Sync>> {
    Ok(match event {
        NoticeType::EndpointDisabled | NoticeType::EndpointTest => {
            let notice: EndpointNotice = decode(payload)?;
            Data::Endpoint(Endpoint {
                endpoint: notice.endpoint.to_string(),
                url: notice.url,
                reason: notice.reason,
                at: text(notice.at),
            })
        }
        NoticeType::BindingBound
        | NoticeType::BindingFailed
        | NoticeType::BindingUnbound
        | NoticeType::BindingBlocked
        | NoticeType::BindingExpired => {
            let notice: BindingNotice = decode(payload)?;
            Data::Binding { binding: Box::new(Binding::of(notice.binding)) }
        }
        NoticeType::PaymentAuthorised
        | NoticeType::PaymentSucceeded
        | NoticeType::PaymentFailed
        | NoticeType::PaymentPending
        | NoticeType::PaymentCaptured
        | NoticeType::CaptureFailed
        | NoticeType::PaymentVoided
        | NoticeType::VoidFailed
        | NoticeType::PaymentRefunded
        | NoticeType::RefundFailed
        | NoticeType::PaymentSettled
        | NoticeType::ReserveReleased => {
            let notice: PaymentNotice = decode(payload)?;
            let operation = notice.operation.map(Operation::of);
            Data::Payment { payment: Box::new(Payment::of(notice.payment)), operation }
        }
    })
}

#[derive(Serialize)]
struct Notification<'d> {
    #[serde(rename = "type")]
    event: NoticeType,
    timestamp: String,
    /// Id of what it is about; sequence numbers count for each.
    object: &'d str,
    sequence: u32,
    data: Data,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Payment { payment: Box<Payment>, operation: Option<Operation> },
    Endpoint(Endpoint),
    Binding { binding: Box<Binding> },
}

#[derive(Serialize)]
struct Payment {
    id: String,
    reference: String,
    status: PaymentStatus,
    amount: String,
    currency: String,
    capture: bool,
    captured: String,
    refunded: String,
    decline: Option<Declined>,
    card: Card,
    acquirer_reference: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct Card {
    brand: String,
    bin: String,
    last4: String,
    expiry_month: u8,
    expiry_year: u16,
}

#[derive(Serialize)]
struct Declined {
    reason: DeclineReason,
    code: String,
    message: String,
}

#[derive(Serialize)]
struct Operation {
    id: String,
    kind: OperationKind,
    amount: String,
    currency: String,
    outcome: &'static str,
    decline: Option<Declined>,
    begun_at: String,
}

#[derive(Serialize)]
struct Endpoint {
    endpoint: String,
    url: String,
    reason: Option<DisableReason>,
    at: String,
}

impl Payment {
    fn of(view: PaymentView) -> Self {
        let currency = view.amount.currency;
        Self {
            id: view.payment.to_string(),
            reference: view.reference,
            status: view.status,
            amount: decimal(view.amount),
            currency: currency.to_string(),
            capture: view.capture,
            captured: decimal(Money::new(view.captured, currency)),
            refunded: decimal(Money::new(view.refunded, currency)),
            decline: view.decline.map(Declined::of),
            card: Card::of(view.card),
            acquirer_reference: view.acquirer_reference,
            created_at: text(view.created_at),
            updated_at: text(view.updated_at),
        }
    }
}

impl Card {
    fn of(card: CardSummary) -> Self {
        Self {
            brand: card.brand,
            bin: card.bin,
            last4: card.last4,
            expiry_month: card.expiry_month,
            expiry_year: card.expiry_year,
        }
    }
}

impl Declined {
    fn of(decline: Decline) -> Self {
        Self { reason: decline.reason, code: decline.code, message: decline.message }
    }
}

impl Operation {
    fn of(view: OperationView) -> Self {
        let (outcome, decline) = match view.outcome {
            OperationOutcome::Approved => ("approved", None),
            OperationOutcome::Declined(decline) => ("declined", Some(Declined::of(decline))),
            OperationOutcome::Pending => ("pending", None),
        };
        Self {
            id: view.id.to_string(),
            kind: view.kind,
            amount: decimal(view.amount),
            currency: view.amount.currency.to_string(),
            outcome,
            decline,
            begun_at: text(view.begun_at),
        }
    }
}

/// With as many decimals as the currency has.
fn decimal(amount: Money) -> String {
    amount.to_decimal(amount.currency.exponent().into())
}

/// RFC 3339 in UTC.
fn text(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}
