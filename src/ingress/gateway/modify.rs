//! `POST /payments/{id}`: CP (capture), RV (reverse), RF (refund) and IN (inquiry).

use super::{
    Gateway, INQUIRY_TIMEOUT, OPERATION_TIMEOUT,
    answer::Reply,
    body::{self, Received},
    caller::Caller,
    codes,
    fields::Fields,
    refusal::Refusal,
    render, rules, schema,
};
use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::HeaderMap,
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, ErrorCode, MerchantId, Money, Rejection, TransactionId,
    transaction::{Capture, Inquire, PaymentReply, PaymentView, Refund, Void},
};
use std::sync::Arc;
use uuid::Uuid;

/// Lets a client repeat an operation safely; the product has no field for it.
const KEY_HEADER: &str = "idempotency-key";
/// Longest idempotency key.
const MAX_KEY_BYTES: usize = 128;

pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Reply, Refusal> {
    let Received { headers, fields, correlation } = body::read(request).await?;
    let caller = Caller::of(&gateway, &headers, &fields).await?;
    let Path(id) = id.map_err(|_| Refusal::new(codes::NO_PAYMENT))?;
    let operation = fields.required("paymentType")?;
    match operation {
        "CP" | "RF" => caller.check(&fields, &[&[&id, fields.required("amount")?]])?,
        "RV" | "IN" => caller.check(&fields, &[&[&id]])?,
        _ => return Err(Refusal::new(codes::PAYMENT_TYPE)),
    }
    schema::check(&fields)?;
    if fields.get("paymentId").is_some_and(|other| other != id) {
        return Err(Refusal::of(codes::INVALID, "paymentId must be the one of the path"));
    }
    if fields.get("idType").is_some_and(|kind| kind != "PID") {
        return Err(Refusal::of(codes::INVALID, "idType must be PID at this path"));
    }
    let payment =
        TransactionId::parse_derived(&id).ok_or_else(|| Refusal::new(codes::NO_PAYMENT))?;
    if operation == "IN" {
        let view = inquire(&gateway, caller.merchant, &payment, correlation).await?;
        return Ok(Reply::ok(render::inquiry(&view)));
    }
    let key = idempotency_key(&headers)?;
    let merchant = caller.merchant;
    let change = Change { gateway: &gateway, merchant, payment: &payment, key, correlation };
    let reply = change.make(operation, &fields).await.map_err(|refusal| refusal.on(&id))?;
    Ok(Reply::ok(render::operation(&reply)))
}

/// The payment as it stands.
pub(crate) async fn inquire(
    gateway: &Gateway,
    merchant: MerchantId,
    payment: &TransactionId,
    correlation: Option<Uuid>,
) -> Result<PaymentView, Refusal> {
    let options = AskOptions { correlation, timeout: INQUIRY_TIMEOUT, ..AskOptions::default() };
    Ok(gateway.client.ask(payment.entity_id(), Inquire { merchant }, options).await?)
}

struct Change<'a> {
    gateway: &'a Gateway,
    merchant: MerchantId,
    payment: &'a TransactionId,
    key: Option<String>,
    correlation: Option<Uuid>,
}

impl Change<'_> {
    async fn make(&self, operation: &str, fields: &Fields) -> Result<PaymentReply, Refusal> {
        let (merchant, amount) = (self.merchant.clone(), self.amount(fields).await?);
        match operation {
            "CP" => self.ask(Capture { merchant, amount }, fields).await,
            "RF" => self.ask(Refund { merchant, amount }, fields).await,
            _ => self.ask(Void { merchant, amount }, fields).await,
        }
    }

    /// The amount that was sent, in the currency of the payment, since requests need not name it.
    async fn amount(&self, fields: &Fields) -> Result<Option<Money>, Refusal> {
        let amount = fields.get("amount");
        let currency = fields.get("currency");
        if amount.or(currency).is_none() {
            return Ok(None);
        }
        let merchant = self.merchant.clone();
        let view = inquire(self.gateway, merchant, self.payment, self.correlation).await?;
        if currency.is_some_and(|code| code != view.amount.currency.code()) {
            return Err(Refusal::new(codes::OTHER_CURRENCY));
        }
        amount.map(|amount| rules::money("amount", amount, view.amount.currency)).transpose()
    }

    async fn ask<A>(&self, command: A, fields: &Fields) -> Result<PaymentReply, Refusal>
    where
        A: Ask<Reply = PaymentReply>,
    {
        let options = AskOptions {
            fingerprint: self.key.as_ref().map(|_| self.gateway.fingerprint(fields)),
            key: self.key.clone(),
            correlation: self.correlation,
            timeout: OPERATION_TIMEOUT,
        };
        let asked = self.gateway.client.ask(self.payment.entity_id(), command, options).await;
        asked.map_err(|rejection: Rejection| match rejection.code {
            ErrorCode::IdempotencyConflict => Refusal::new(codes::KEY_REUSED),
            _ => Refusal::from(rejection),
        })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(KEY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let valid = |key: &&[u8]| {
        (1..=MAX_KEY_BYTES).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic)
    };
    let key = Some(value.as_bytes()).filter(valid).filter(|_| values.next().is_none());
    let key = key.and_then(|key| std::str::from_utf8(key).ok());
    let key = key.ok_or_else(|| {
        Refusal::of(codes::INVALID, "Idempotency-Key must have 1 to 128 visible ASCII characters")
    })?;
    // Keys of clients must not meet the key under which the payment was authorised.
    Ok(Some(format!("gateway:{key}")))
}
