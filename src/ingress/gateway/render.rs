//! Answers as functions of what the core says, and of nothing else: a repeated request is answered
//! with the same bytes.

use super::{
    answer::Object,
    codes::{self, Code},
    refusal::clean,
    status,
};
use purser_subjects::{
    Money, Timestamp,
    transaction::{
        CardSummary, OperationKind, OperationOutcome, OperationView, PaymentReply, PaymentView,
    },
};
use time::OffsetDateTime;

/// What `paymentMode` says where the request did not name one.
const DEFAULT_MODE: &str = "CC";

/// The answer to a payment request.
pub(crate) fn payment(reply: &PaymentReply) -> Object {
    let short = match reply.operation.outcome {
        OperationOutcome::Approved => "Y",
        OperationOutcome::Declined(_) => "N",
        OperationOutcome::Pending => "P",
    };
    head(&reply.payment, short)
        .text("remark", remark(&reply.operation))
        .object("result", operation_result(&reply.operation))
        .object("card", card(&reply.payment.card))
        .text("timestamp", timestamp(reply.payment.updated_at))
}

/// The answer to a capture, reversal or refund.
pub(crate) fn operation(reply: &PaymentReply) -> Object {
    Object::new()
        .text("paymentId", reply.payment.payment.as_str())
        .object("result", operation_result(&reply.operation))
        .text("timestamp", timestamp(reply.payment.updated_at))
}

/// The answer to an inquiry. `captureamount` and `refundamount` are named as in the vendor's lists.
pub(crate) fn inquiry(view: &PaymentView) -> Object {
    let (long, short) = status::of_payment(view.status);
    let total = |minor| decimal(Money::new(minor, view.amount.currency));
    let bank = view.decline.as_ref().and_then(|decline| status::bank_code(decline.reason));
    let remark = view.decline.as_ref().map(|decline| clean(&decline.message));
    let email = detail(view, "customer.email");
    let mut object = head(view, short)
        .text("status", long)
        .text("captureamount", total(view.captured))
        .text("refundamount", total(view.refunded))
        .text("remark", remark.unwrap_or_default())
        .object("result", with_bank(result(codes::FOUND), bank))
        .object("card", card(&view.card))
        .maybe("firstName", detail(view, "customer.givenName"))
        .maybe("lastName", detail(view, "customer.surname"));
    if let Some(email) = email {
        object = object.object("customer", Object::new().text("email", email));
    }
    object
        .maybe("bankReferenceId", view.acquirer_reference.as_deref())
        .maybe("terminalId", detail(view, "authentication.terminalId"))
        .maybe("orderDescription", detail(view, "orderDescriptor"))
        .text("timestamp", timestamp(view.updated_at))
}

/// What all answers about a payment begin with.
fn head(view: &PaymentView, short: &'static str) -> Object {
    Object::new()
        .text("paymentId", view.payment.as_str())
        .text("paymentType", if view.capture { "DB" } else { "PA" })
        .text("paymentBrand", view.card.brand.as_str())
        .text("paymentMode", mode(view))
        .text("amount", decimal(view.amount))
        .text("currency", view.amount.currency.code())
        .maybe("tmpl_amount", detail(view, "tmpl_amount"))
        .maybe("tmpl_currency", detail(view, "tmpl_currency"))
        .maybe("descriptor", detail(view, "orderDescriptor"))
        .text("merchantTransactionId", view.reference.as_str())
        .text("transactionStatus", short)
}

/// A field of the payment request that is repeated.
pub(crate) fn detail<'a>(view: &'a PaymentView, name: &str) -> Option<&'a str> {
    view.details.get(name).map(String::as_str)
}

pub(crate) fn mode(view: &PaymentView) -> &str {
    detail(view, "paymentMode").unwrap_or(DEFAULT_MODE)
}

fn card(card: &CardSummary) -> Object {
    Object::new()
        .text("bin", card.bin.as_str())
        .text("last4Digits", card.last4.as_str())
        .text("holder", card.holder.as_str())
        .text("expiryMonth", format!("{:02}", card.expiry_month))
        .text("expiryYear", format!("{:04}", card.expiry_year))
}

/// `{code, description}`.
pub(crate) fn result(code: &Code) -> Object {
    Object::new().text("code", code.code).text("description", code.description)
}

fn with_bank(result: Object, bank: Option<(&str, &str)>) -> Object {
    result
        .maybe("bankCode", bank.map(|(code, _)| code))
        .maybe("bankDescription", bank.map(|(_, description)| description))
}

/// How an operation ended, as a result.
pub(crate) fn operation_result(operation: &OperationView) -> Object {
    match &operation.outcome {
        OperationOutcome::Approved => result(approved(operation.kind)),
        OperationOutcome::Pending => result(codes::PENDING),
        OperationOutcome::Declined(decline) => match status::bank_code(decline.reason) {
            Some(bank) => with_bank(result(codes::DECLINED), Some(bank)),
            None => result(codes::FUNDS),
        },
    }
}

fn approved(kind: OperationKind) -> &'static Code {
    match kind {
        OperationKind::Authorise | OperationKind::Purchase => codes::SUCCEEDED,
        OperationKind::Capture => codes::CAPTURED,
        OperationKind::Void => codes::CANCELLED,
        OperationKind::Refund => codes::REFUNDED,
    }
}

/// How an operation ended, in words; those of the acquirer where it declined.
pub(crate) fn remark(operation: &OperationView) -> String {
    match &operation.outcome {
        OperationOutcome::Approved => approved(operation.kind).description.to_owned(),
        OperationOutcome::Pending => codes::PENDING.description.to_owned(),
        OperationOutcome::Declined(decline) => clean(&decline.message),
    }
}

/// An amount with two decimals, as all amounts of this dialect have. Amounts of currencies with more
/// decimals end in zeros here, since requests cannot name finer ones; if one does not, it is kept.
pub(crate) fn decimal(money: Money) -> String {
    let mut text = money.to_decimal(2);
    let point = text.find('.').unwrap_or(text.len());
    while text.len() > point + 3 && text.ends_with('0') {
        text.pop();
    }
    text
}

/// `YYYY-MM-DD HH:MM:SS` in UTC.
pub(crate) fn timestamp(at: Timestamp) -> String {
    let seconds = at.as_millis().div_euclid(1000);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
pub(crate) mod tests;
