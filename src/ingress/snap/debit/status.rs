//! `POST /debit/status`, and `GET /debit/status` as the first form has it.

use super::{binding_of, history, inquire, original, outcome_of, payment::charge_view};
use crate::ingress::snap::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    codes,
    fields::{Charset, Object, rule},
    query::Query,
    refusal, registration,
    service::{Form, Service},
    timestamp,
};
use purser_actors::ports::AnswerKey;
use purser_subjects::{
    Answer as Stored, ErrorCode, Money, TransactionId,
    binding::ChargeStage,
    transaction::{OperationOutcome, PaymentReply, PaymentStatus, PaymentView},
};

/// Where a payment stands, in the standard's numbers and the product's words.
struct Standing {
    status: &'static str,
    words: &'static str,
    settlement: Option<&'static str>,
}

/// Tells where a payment stands.
pub(crate) async fn status(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let query = Query::of(call.query.as_deref(), &["XExternalId", "merchantId"])?;
    let external_id = query.text("XExternalId", rule(1, 36, Charset::And("-")))?;
    let fields = Object::body(&call.fields);
    let in_query = query.text("merchantId", rule(6, 6, Charset::Alphanumeric))?;
    match (in_query, call.form) {
        (Some(merchant_id), _) => call.client.check_merchant_id(merchant_id)?,
        (None, Form::Standard) => registration::check_merchant_if_any(call, fields)?,
        (None, _) => registration::check_merchant(call, fields)?,
    }
    let service = fields.text("serviceCode", rule(2, 2, Charset::Digits))?;
    let own = Service::Payment.code(call.form);
    match service {
        None if call.form != Form::First => return Err(Answer::missing("serviceCode")),
        Some(code) if code != own && code != Service::Payment.code(Form::Standard) => {
            return Err(Answer::new(codes::NOT_FOUND));
        }
        _ => {}
    }
    let id = original(snap, call, fields, external_id).await?;
    let amount = fields.amount("amount")?;
    let view = match inquire(snap, call, &id).await {
        Ok(view) => view,
        Err(refused) if refused.is(ErrorCode::NotFound) => {
            return not_begun(snap, call, &id, amount).await;
        }
        Err(refused) => return Err(refused.into()),
    };
    if amount.is_some_and(|amount| amount != view.amount) {
        return Err(Answer::new(codes::INCONSISTENT));
    }
    let is_cancelled = was_cancelled(snap, call, &id).await?;
    let standing = standing(&view, is_cancelled);
    let original_code = original_code(&view, call.form);
    let refunds = match view.captured {
        0 => Vec::new(),
        _ => history::list(snap, call, &id).await?,
    };
    let paid = matches!(standing.status, "00" | "04" | "05");
    let more = Fields::new()
        .with("paymentStatus", standing.words)
        .maybe("settlementStatus", standing.settlement)
        .maybe("refundedAmount", (view.refunded > 0).then(|| money(refunded(&view))));
    let answer = Fields::new()
        .with("originalReferenceNo", id.as_str())
        .with("originalPartnerReferenceNo", view.reference.clone())
        .maybe("originalExternalId", view.details.get("externalId").cloned())
        .with("serviceCode", own)
        .with("latestTransactionStatus", standing.status)
        .with("transactionStatusDesc", standing.words)
        .with("originalResponseCode", original_code.0)
        .with("originalResponseMessage", original_code.1)
        .maybe("refundHistory", (!refunds.is_empty()).then_some(refunds))
        .with("transAmount", money(view.amount))
        .maybe("paidTime", paid.then(|| timestamp::write(view.created_at)))
        .with("additionalInfo", more);
    Ok(Answer::ok(answer))
}

/// A payment of which the binding alone knows: it waits for a one-time code, or never got one.
async fn not_begun(
    snap: &Snap,
    call: &Call,
    id: &TransactionId,
    amount: Option<Money>,
) -> Result<Answer, Answer> {
    let unknown = || Answer::new(codes::NOT_FOUND);
    let binding = binding_of(snap, call, id).await?.ok_or_else(unknown)?;
    let charge = charge_view(snap, call, &binding, id).await;
    let charge = charge.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    if amount.is_some_and(|amount| amount != charge.amount) {
        return Err(Answer::new(codes::INCONSISTENT));
    }
    let (status, words) = match charge.stage {
        ChargeStage::AwaitingOtp => ("01", "PENDING_USER_VERIFICATION"),
        ChargeStage::Accepted => ("03", "INITIATED"),
        ChargeStage::Released | ChargeStage::Failed => ("06", "FAILED"),
        ChargeStage::Cancelled => ("05", "CANCELED"),
    };
    let answer = Fields::new()
        .with("originalReferenceNo", id.as_str())
        .with("serviceCode", Service::Payment.code(call.form))
        .with("latestTransactionStatus", status)
        .with("transactionStatusDesc", words)
        .with("transAmount", money(charge.amount))
        .with("additionalInfo", Fields::new().with("paymentStatus", words));
    Ok(Answer::ok(answer))
}

/// Whether what was given back was given back by a cancellation.
async fn was_cancelled(snap: &Snap, call: &Call, id: &TransactionId) -> Result<bool, Answer> {
    let key = AnswerKey::of(&id.key(), super::cancel::KEY);
    let answers = snap.store.answers(&[key]).await.map_err(refusal::store)?;
    let mut replies = answers.into_iter().flatten().filter_map(|stored| stored.answer);
    // A cancellation that was refused is a stored answer too.
    let reply = replies.next().map(|answer| Stored::<PaymentReply>::from_bytes(&answer));
    let Some(Ok(Stored::Ok(reply))) = reply else { return Ok(false) };
    Ok(outcome_of(snap, call, id, &reply.operation).await? == OperationOutcome::Approved)
}

fn standing(view: &PaymentView, is_cancelled: bool) -> Standing {
    let (status, words, settlement) = match view.status {
        PaymentStatus::Authorising => ("03", "INITIATED", None),
        PaymentStatus::Declined => ("06", "FAILED", None),
        PaymentStatus::Voiding | PaymentStatus::Voided => ("05", "CANCELED", None),
        PaymentStatus::Refunded if is_cancelled => ("05", "CANCELED", Some("REFUNDED")),
        PaymentStatus::Refunded => ("04", "REFUNDED", Some("REFUNDED")),
        PaymentStatus::PartlyRefunded => ("00", "SUCCESS", Some("PARTIALLY REFUNDED")),
        PaymentStatus::Settled => ("00", "SUCCESS", Some("SETTLED")),
        PaymentStatus::Refunding if view.refunded > 0 => {
            ("00", "SUCCESS", Some("PARTIALLY REFUNDED"))
        }
        PaymentStatus::Authorised
        | PaymentStatus::Capturing
        | PaymentStatus::Captured
        | PaymentStatus::Refunding => ("00", "SUCCESS", None),
    };
    Standing { status, words, settlement }
}

/// The response code that the payment had, or would have.
fn original_code(view: &PaymentView, form: Form) -> (String, String) {
    let case = match (&view.decline, view.status) {
        (Some(decline), _) => refusal::declined(decline),
        (None, PaymentStatus::Authorising) => codes::IN_PROGRESS,
        _ if form == Form::First => codes::ACCEPTED,
        _ => codes::SUCCESSFUL,
    };
    let service = Service::Payment.code(form);
    (format!("{}{service}{}", case.status.as_u16(), case.case), case.message.to_owned())
}

fn refunded(view: &PaymentView) -> Money {
    Money::new(view.refunded, view.amount.currency)
}

/// An amount as it is told.
pub(super) fn money(money: Money) -> Fields {
    Fields::new()
        .with("value", money.to_decimal(2))
        .with("currency", money.currency.code().to_owned())
}
