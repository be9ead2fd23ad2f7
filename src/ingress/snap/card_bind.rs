//! Services 01 to 03: cards whose data the merchant has, their limits, and what a customer has bound.

use super::{
    Snap,
    answer::{Answer, Fields},
    auth_code::{self, Wish},
    caller::Call,
    card_data, codes, debit,
    fields::{self, Charset, Object, rule},
    opaque::Opaque,
    otp::{self, Waiting},
    refusal, registration,
    seamless::Seamless,
    target, timestamp,
};
use crate::card::CardSecret;
use purser_actors::ports::BindingQuery;
use purser_subjects::{
    BindingId, MerchantId,
    binding::{
        BindingView, ChargeLimits, EnterCard, LimitCharges, SessionStage, TokenStatus, VerifyOtp,
    },
};

/// What a session is called that began with card data; not a state that a client can send, which has
/// exactly 32 characters.
const STATE_PREFIX: &str = "card-bind:";
/// Purpose of the codes of such sessions. They are derived, since nobody else may know them and they
/// are needed again.
const CODE_PURPOSE: &str = "snap-card-bind";
/// Bindings of a customer that are told.
const MAX_LISTED: u32 = 100;
/// Currency of limits.
const CURRENCY: &str = "IDR";

/// The session of a card bind.
pub(crate) fn session(merchant: &MerchantId, partner_reference: &str) -> BindingId {
    BindingId::derive(merchant, &format!("{STATE_PREFIX}{partner_reference}"))
}

/// Whether a session began with card data.
pub(crate) fn is_session(view: &BindingView) -> bool {
    view.state.starts_with(STATE_PREFIX)
}

fn code(snap: &Snap, binding: &BindingId) -> Result<Opaque, Answer> {
    let secret = snap.vault.fingerprint(CODE_PURPOSE, binding.as_str().as_bytes());
    let text = format!("{}{}", binding.as_str(), hex::encode(&secret[..16]));
    Opaque::parse(&text).ok_or_else(|| Answer::new(codes::INTERNAL))
}

/// `POST /registration-card-bind`.
pub(crate) async fn bind(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.required("partnerReferenceNo", target::reference_rule(call.form))?;
    registration::check_merchant_if_any(call, fields)?;
    let customer = fields.required("custIdMerchant", rule(1, 18, Charset::Visible))?;
    let phone = fields.text("phoneNo", rule(9, 16, Charset::Digits))?;
    let holder = fields.text("accountName", rule(1, 128, Charset::Text))?;
    if fields.flag("isBindAndPay")? == Some(true) || fields.flag("sendOtpFlag")? == Some(false) {
        let field =
            if fields.flag("sendOtpFlag")? == Some(false) { "sendOtpFlag" } else { "isBindAndPay" };
        return Err(Answer::of(codes::NOT_ALLOWED, field));
    }
    call.client.check_issuer()?;
    let data = fields.required("cardData", rule(1, 4096, Charset::Visible))?;
    let card = card_data::read(data, call.client.secret(), snap.clock.now())?;
    let merchant = &call.client.merchant;
    let id = session(merchant, reference);
    let code = code(snap, &id)?;
    call.take_external_id(snap, &format!("card-bind:{id}")).await?;
    let wish = Wish {
        state: format!("{STATE_PREFIX}{reference}"),
        seamless: Seamless {
            mobile_number: phone.or(card.phone.as_deref()).map(str::to_owned),
            bank_code: None,
            user_id: Some(customer.to_owned()),
        },
        details: [("partnerReferenceNo".to_owned(), reference.to_owned())].into(),
        ..Wish::default()
    };
    let issue = auth_code::session(snap, call, wish, &code);
    call.ask(snap, id.entity_id(), Some("issue".to_owned()), issue).await.map_err(|refused| {
        match refused.0.code {
            purser_subjects::ErrorCode::AlreadyExists
            | purser_subjects::ErrorCode::IdempotencyConflict => Answer::new(codes::DUPLICATE),
            _ => refused.into(),
        }
    })?;
    let enter = enter(snap, &code, &card.card, &id, holder.unwrap_or_default());
    let key = Some("card".to_owned());
    let view = call.ask(snap, id.entity_id(), key, enter).await.map_err(Answer::from)?;
    if !matches!(view.stage, SessionStage::OtpSent | SessionStage::CardEntered) {
        return Err(Answer::new(refusal::failed(view.failure.as_ref())));
    }
    let answer = Fields::new()
        .with("referenceNo", id.as_str())
        .with("partnerReferenceNo", reference)
        .with("bankCardToken", id.as_str())
        .with("additionalInfo", registration::about(&view));
    if !debit::is_first_told(snap, call, &format!("card-bind:{id}")).await? {
        return Err(Answer::new(codes::DUPLICATE).with(answer));
    }
    // The token comes to life with the one-time code.
    Ok(Answer::new(codes::IN_PROGRESS).with(answer))
}

fn enter(snap: &Snap, code: &Opaque, card: &CardSecret, id: &BindingId, holder: &str) -> EnterCard {
    EnterCard {
        code: code.digest(),
        card: card.summary(holder),
        sealed_card: card.seal_for_binding(&snap.vault, id),
        stored_card: card.seal_for_binding(&snap.vault, id),
        fingerprint: card.fingerprint(&snap.vault),
    }
}

/// The one-time code of a session that began with card data.
pub(crate) async fn verify(
    snap: &Snap,
    call: &Call,
    id: &BindingId,
    otp: &str,
) -> Result<Answer, Answer> {
    let code = code(snap, id)?;
    let otp = crate::card::seal_otp(&snap.vault, id, otp);
    let verify = VerifyOtp { code: code.digest(), otp };
    let key = Some(call.own_key("verify-otp"));
    let view = call.ask(snap, id.entity_id(), key, verify).await;
    let view = view.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    match view.stage {
        SessionStage::Bound => {}
        SessionStage::Verifying => return Ok(Answer::new(codes::IN_PROGRESS)),
        _ => return Err(Answer::new(refusal::failed(view.failure.as_ref()))),
    }
    let token = view.token.as_ref();
    let answer = Fields::new()
        .with("originalReferenceNo", id.as_str())
        .maybe("originalPartnerReferenceNo", view.details.get("partnerReferenceNo").cloned())
        .with("bankCardToken", id.as_str())
        .maybe(
            "cardPan",
            view.card.as_ref().map(|card| format!("{}******{}", card.bin, card.last4)),
        )
        .maybe("customerId", view.customer.clone())
        .maybe("phoneNo", view.phone.clone())
        .maybe("subscribeDatetime", token.map(|token| timestamp::write(token.bound_at)))
        .maybe("tokenExpiryTime", token.and_then(|token| token.expires_at).map(timestamp::write))
        .with("additionalInfo", registration::about(&view));
    Ok(Answer::ok(answer))
}

/// `POST /registration/card-bind-limit`.
pub(crate) async fn limit(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.text("partnerReferenceNo", target::reference_rule(call.form))?;
    registration::check_merchant_if_any(call, fields)?;
    let id = target::required_binding(fields, "bankCardToken")?;
    let currency = CURRENCY.parse().map_err(|_| Answer::new(codes::INTERNAL))?;
    let amount = |object: Object<'_>, name: &str| {
        let text = object.text(name, rule(1, 20, Charset::And(".")))?;
        let read = |text| fields::decimal(&object.name(name), text, currency);
        text.map(read).transpose()
    };
    let per_day = amount(fields, "limit")?;
    let more = fields.object("additionalInfo")?;
    let per_payment = match more {
        Some(more) => amount(Object::at(more, "additionalInfo"), "transactionLimit")?,
        None => None,
    };
    if per_day.is_none() && per_payment.is_none() {
        return Err(Answer::missing("limit"));
    }
    if let (Some(day), Some(payment)) = (per_day, per_payment)
        && payment.minor > day.minor
    {
        return Err(Answer::new(codes::LIMIT_INVALID));
    }
    let proof = otp::proof(snap, fields, &id)?;
    call.check_customer(snap, &id).await?;
    call.take_external_id(snap, &format!("limit:{id}")).await?;
    let limits = ChargeLimits { per_payment, per_day };
    let command = LimitCharges { merchant: call.client.merchant.clone(), limits, proof };
    let key = Some(call.own_key("limit"));
    let reply = call.ask(snap, id.entity_id(), key, command).await;
    let reply = reply.map_err(|refused| refused.about(codes::CARD))?;
    let answer =
        Fields::new().with("referenceNo", id.as_str()).maybe("partnerReferenceNo", reference);
    match otp::waiting(&reply)? {
        Waiting::Nothing => Ok(Answer::ok(answer)),
        Waiting::ForOtp(challenge) => {
            let token = otp::note(snap, call, challenge).await?;
            Ok(otp::asked(call.form).with(answer.with("chargeToken", token)))
        }
    }
}

/// `GET /registration-card-inquiry/custIdMerchant/{value}`.
pub(crate) async fn inquiry(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let name = "custIdMerchant";
    let customer = call.path.rsplit('/').next().unwrap_or_default();
    let query = format!("v={}", customer.replace('+', "%2B").replace('&', "%26"));
    let decoded = form_urlencoded::parse(query.as_bytes()).next();
    let customer = decoded.map(|(_, value)| value.into_owned()).unwrap_or_default();
    if customer.is_empty() {
        return Err(Answer::missing(name));
    }
    rule(1, 64, Charset::Visible).check(name, &customer)?;
    let query = BindingQuery {
        merchant: call.client.merchant.clone(),
        customer: Some(customer),
        after: None,
        limit: MAX_LISTED,
    };
    let rows = snap.store.bindings(&query).await.map_err(refusal::store)?;
    let mut accounts = Vec::new();
    // Sessions that have not come to a bound card have no status.
    for row in rows.into_iter().filter(|row| row.status.is_some()) {
        let view = match target::view(snap, call, &row.binding).await {
            Ok(view) => view,
            Err(refused) if refused.is(purser_subjects::ErrorCode::NotFound) => continue,
            Err(refused) => return Err(refused.into()),
        };
        accounts.extend(account(&view));
    }
    if accounts.is_empty() {
        return Err(Answer::new(codes::CARD));
    }
    Ok(Answer::ok(Fields::new().with("accountList", accounts)))
}

/// A card of the list; sessions that came to nothing are not listed.
fn account(view: &BindingView) -> Option<serde_json::Value> {
    let (card, token) = (view.card.as_ref()?, view.token.as_ref()?);
    let status = match token.status {
        TokenStatus::Active => "ACTV",
        TokenStatus::Blocked => "BLCK",
        TokenStatus::Disabled => "DSBL",
        TokenStatus::Expired => "EXPD",
    };
    let limit = token.limits.per_day.or(token.limits.per_payment);
    let data = Fields::new()
        .with("accountId", &view.binding.as_str()[..16])
        .with("bankCardToken", view.binding.as_str())
        .with("createdDate", timestamp::write(token.bound_at))
        .with("credentialNo", format!("{}******{}", card.bin, card.last4))
        .with("credentialType", "UE")
        .maybe("maxLimit", limit.map(|limit| limit.to_decimal(2)))
        .with("status", status);
    let data = serde_json::Value::from(data);
    let about = serde_json::Value::from(registration::about(view));
    Some(serde_json::json!({ "accountData": data, "additionalInfo": about }))
}
