//! `POST /payments`: DB (authorise and capture) and PA (authorise) of cards.

use super::{
    FORMAT, Gateway, OPERATION_TIMEOUT,
    answer::Reply,
    body::{self, Received},
    caller::Caller,
    card_fields, codes,
    fields::Fields,
    refusal::Refusal,
    render, rules, schema,
};
use crate::card::CardSecret;
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use purser_actors::AskOptions;
use purser_subjects::{
    TransactionId,
    transaction::{Authorise, NotifyTarget},
};
use std::{collections::BTreeMap, sync::Arc};

/// Every payment is authorised at most once.
const KEY: &str = "authorise";
/// Fields that later answers and notifications repeat.
pub(crate) const ECHOED: &[&str] = &[
    "tmpl_amount",
    "tmpl_currency",
    "orderDescriptor",
    "paymentMode",
    "authentication.terminalId",
    "customer.email",
    "customer.givenName",
    "customer.surname",
    "customer.customerId",
];
/// The modes that mean a card.
const CARD_MODES: &[&str] = &["CC", "DC", "CARD"];
/// The brands that a card can have.
const CARD_BRANDS: &[&str] =
    &["VISA", "MC", "AMEX", "DINER", "DISC", "JCB", "MAESTRO", "CUP", "RUPAY"];
/// What [`CardSecret::summary`] says where the number tells no brand.
const NO_BRAND: &str = "CARD";

pub(crate) async fn handle(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    match pay(&gateway, request).await {
        Ok(reply) => reply.into_response(),
        Err(refusal) => refusal.payment_reply().into_response(),
    }
}

async fn pay(gateway: &Gateway, request: Request) -> Result<Reply, Refusal> {
    let Received { headers, fields, correlation } = body::read(request).await?;
    let caller = Caller::of(gateway, &headers, &fields).await?;
    let reference = fields.required("merchantTransactionId")?;
    let amount = fields.required("amount")?;
    caller.check(&fields, &[&[reference, amount]])?;

    schema::check(&fields)?;
    let capture = match fields.required("paymentType")? {
        "DB" => true,
        "PA" => false,
        _ => return Err(Refusal::new(codes::PAYMENT_TYPE)),
    };
    check_offered(&fields)?;
    let currency = rules::currency("currency", fields.required("currency")?)?;
    let amount = rules::money("amount", amount, currency)?;
    let card = card_fields::read(&fields, gateway.clock.now())?;
    let summary = card_fields::summary(&card, &fields);
    check_brand(&fields, &summary.brand)?;
    if fields.repeats("card.number") {
        return Err(Refusal::new(codes::CARD_ELSEWHERE));
    }

    let payment = TransactionId::derive(&caller.merchant, reference);
    let command = Authorise {
        merchant: caller.merchant,
        reference: reference.to_owned(),
        amount,
        capture,
        sealed_card: CardSecret::seal(&card, &gateway.vault, &payment),
        card: summary,
        details: echoed(&fields),
        binding: None,
        notify: fields
            .get("notificationUrl")
            .map(|url| NotifyTarget { url: url.to_owned(), format: FORMAT.to_owned() }),
    };
    let options = AskOptions {
        key: Some(KEY.to_owned()),
        fingerprint: Some(gateway.fingerprint(&fields)),
        correlation,
        timeout: OPERATION_TIMEOUT,
    };
    let reply = gateway.client.ask(payment.entity_id(), command, options).await?;
    Ok(Reply::ok(render::payment(&reply)))
}

/// What is not built is refused rather than ignored: a payment without the token or the 3-D Secure
/// check that was asked for is another payment.
fn check_offered(fields: &Fields) -> Result<(), Refusal> {
    for name in ["recurringType", "virtualPrivateAddress", "paymentProvider"] {
        if fields.get(name).is_some() {
            return Err(Refusal::of(codes::NOT_OFFERED, name));
        }
    }
    check_value(fields, "createRegistration", &["false"], &["true"])?;
    check_value(fields, "attemptThreeD", &["direct"], &["3d", "only3d"])?;
    if let Some(installment) = fields.get("installment") {
        if installment.len() > 2 || !rules::digits(installment) {
            return Err(Refusal::of(codes::INVALID, "installment must have 1 to 2 digits"));
        }
        if !matches!(installment, "0" | "00" | "1" | "01") {
            return Err(Refusal::of(codes::NOT_OFFERED, "installment"));
        }
    }
    if fields.get("paymentMode").is_some_and(|mode| !CARD_MODES.contains(&mode)) {
        return Err(Refusal::of(codes::MODE, "paymentMode must be CC, DC or CARD"));
    }
    if fields.get("paymentBrand").is_some_and(|brand| !CARD_BRANDS.contains(&brand)) {
        return Err(Refusal::of(codes::MODE, "paymentBrand must be a card brand"));
    }
    Ok(())
}

fn check_value(
    fields: &Fields,
    name: &str,
    offered: &[&str],
    not_offered: &[&str],
) -> Result<(), Refusal> {
    let Some(value) = fields.get(name).map(str::to_ascii_lowercase) else { return Ok(()) };
    if offered.contains(&value.as_str()) {
        Ok(())
    } else if not_offered.contains(&value.as_str()) {
        Err(Refusal::of(codes::NOT_OFFERED, name))
    } else {
        Err(Refusal::of(codes::INVALID, name))
    }
}

fn check_brand(fields: &Fields, brand: &str) -> Result<(), Refusal> {
    match fields.get("paymentBrand") {
        Some(given) if brand != NO_BRAND && given != brand => Err(Refusal::new(codes::OTHER_BRAND)),
        _ => Ok(()),
    }
}

fn echoed(fields: &Fields) -> BTreeMap<String, String> {
    let field = |name: &&str| Some(((*name).to_owned(), fields.get(name)?.to_owned()));
    ECHOED.iter().filter_map(field).collect()
}
