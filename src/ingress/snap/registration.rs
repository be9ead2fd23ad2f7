//! Services 06 to 09: bindings of a customer's account, from beginning to end.

use super::{
    Snap,
    answer::{Answer, Fields},
    auth_code::{self, MERCHANT_ID, Wish},
    caller::Call,
    codes,
    fields::{self, Charset, Object, Rule, rule},
    opaque::Opaque,
    otp::{self, Waiting},
    seamless::Seamless,
    service::Form,
    target, timestamp,
};
use purser_subjects::{
    BindingId,
    binding::{BindingView, ClaimBinding, SessionStage, UnbindCard},
};

/// `merchantId` of the standard.
const MERCHANT_ID_STANDARD: Rule = rule(1, 64, Charset::Alphanumeric);
/// Currency of the limits that are told.
const CURRENCY: &str = "IDR";

/// Checks the merchantId of a body, which must be there.
pub(crate) fn check_merchant(call: &Call, fields: Object<'_>) -> Result<(), Answer> {
    let rule = if call.form == Form::Standard { MERCHANT_ID_STANDARD } else { MERCHANT_ID };
    call.client.check_merchant_id(fields.required("merchantId", rule)?)
}

/// The same where it may be left out.
pub(crate) fn check_merchant_if_any(call: &Call, fields: Object<'_>) -> Result<(), Answer> {
    match fields.text("merchantId", MERCHANT_ID_STANDARD)? {
        Some(_) => check_merchant(call, fields),
        None => Ok(()),
    }
}

/// `POST /registration-account-creation`: a session, begun with a body.
pub(crate) async fn creation(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let partner_reference = fields.text("partnerReferenceNo", target::REFERENCE)?;
    check_merchant_if_any(call, fields)?;
    let redirect_url = web_address(fields, "redirectUrl")?;
    let scopes = fields.text("scopes", rule(1, 256, Charset::Visible))?;
    if scopes.is_some_and(|scopes| scopes != auth_code::SCOPE) {
        return Err(Answer::invalid("scopes", auth_code::SCOPE));
    }
    let state = fields.required("state", auth_code::STATE)?.to_owned();
    let language =
        auth_code::language(fields.text("lang", rule(2, 8, Charset::Alphanumeric))?, "lang")?;
    let mut seamless = match fields.text("seamlessData", rule(1, 1024, Charset::Text))? {
        None => Seamless::default(),
        Some(text) => {
            let sign = fields.required("seamlessSign", rule(1, 2048, Charset::Visible))?;
            Seamless::standard(text, sign, &call.client, snap.clock.now())?
        }
    };
    if let Some(phone) = fields.text("phoneNo", rule(9, 16, Charset::Digits))? {
        seamless.mobile_number = Some(phone.to_owned());
    }
    if let Some(customer) = fields.text("customerId", rule(1, 45, Charset::Visible))? {
        seamless.user_id = Some(customer.to_owned());
    }
    let wish = Wish {
        state: state.clone(),
        language,
        redirect_url,
        seamless,
        details: partner_reference
            .map(|reference| ("partnerReferenceNo".to_owned(), reference.to_owned()))
            .into_iter()
            .collect(),
        ..Wish::default()
    };
    let partner_reference = partner_reference.map(str::to_owned);
    let code = auth_code::begin(snap, call, wish).await?;
    let binding =
        code.binding().unwrap_or_else(|| BindingId::derive(&call.client.merchant, &state));
    let answer = Fields::new()
        .with("referenceNo", binding.as_str())
        .maybe("partnerReferenceNo", partner_reference)
        .with("authCode", code.text())
        .with("state", state)
        .with("additionalInfo", Fields::new().with("webviewUrl", webview(snap, call, &code)));
    Ok(Answer::ok(answer))
}

/// `POST /registration-account-binding`: takes what was bound in the session of an auth code. In the third
/// form, without an auth code, it begins the session.
pub(crate) async fn binding(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.text("partnerReferenceNo", target::reference_rule(call.form))?;
    if reference.is_none() && call.form != Form::Standard {
        return Err(Answer::missing("partnerReferenceNo"));
    }
    check_merchant(call, fields)?;
    let code = fields.text("authCode", rule(1, 256, Charset::Visible))?;
    match (code, reference) {
        (None, Some(reference)) if call.form == Form::Third => {
            begin_third(snap, call, fields, reference).await
        }
        (None, _) => Err(Answer::missing("authCode")),
        (Some(code), _) => take(snap, call, reference, code).await,
    }
}

async fn begin_third(
    snap: &Snap,
    call: &Call,
    fields: Object<'_>,
    reference: &str,
) -> Result<Answer, Answer> {
    let lang = fields.required("lang", rule(2, 8, Charset::Alphanumeric))?;
    let language = auth_code::language(Some(lang), "lang")?;
    let phone = fields.text("phone", rule(9, 13, Charset::Digits))?;
    if phone.is_some_and(|phone| !phone.starts_with("62")) {
        return Err(Answer::invalid("phone", "9 to 13 digits that begin with 62"));
    }
    let data = fields.object("additionalData")?.ok_or_else(|| Answer::missing("additionalData"))?;
    let data = Object::at(data, "additionalData");
    let user = data.text("userId", rule(1, 20, Charset::And("/-_")))?;
    let bank = data.text("bankCode", rule(3, 3, Charset::Digits))?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let wish = Wish {
        state: reference.to_owned(),
        language,
        redirect_url: web_address(data, "redirectUrl")?,
        failure_redirect_url: web_address(data, "failureRedirectUrl")?,
        seamless: Seamless {
            mobile_number: owned(phone),
            bank_code: owned(bank),
            user_id: owned(user),
        },
        ..Wish::default()
    };
    let code = auth_code::begin(snap, call, wish).await?;
    let binding = BindingId::derive(&call.client.merchant, reference);
    let answer = Fields::new()
        .with("referenceNo", binding.as_str())
        .with("partnerReferenceNo", reference)
        .with("nextAction", "WEBVIEW")
        .with("redirectUrl", webview(snap, call, &code))
        .with("additionalInfo", Fields::new().with("authCode", code.text()));
    Ok(Answer::ok(answer))
}

async fn take(
    snap: &Snap,
    call: &Call,
    reference: Option<&str>,
    code: &str,
) -> Result<Answer, Answer> {
    let unknown = || Answer::new(codes::CUSTOMER_TOKEN_NOT_FOUND);
    let code = Opaque::parse(code).ok_or_else(unknown)?;
    let binding = code.binding().ok_or_else(unknown)?;
    // Asked before there is a token, the core's refusal would be remembered as the answer.
    let view = target::view(snap, call, &binding).await;
    let view = view.map_err(|refused| refused.about(codes::INVALID_CUSTOMER_TOKEN))?;
    match view.stage {
        SessionStage::Bound => {}
        SessionStage::Expired => return Err(Answer::new(codes::EXPIRED)),
        _ => return Err(Answer::new(codes::STATE)),
    }
    call.take_external_id(snap, &format!("binding:{binding}")).await?;
    let claim = ClaimBinding { merchant: call.client.merchant.clone(), code: code.digest() };
    // The same request again, under another X-EXTERNAL-ID, gets the token again.
    let key = Some(format!("bind:{}", code.digest()));
    let view = call
        .ask(snap, binding.entity_id(), key, claim)
        .await
        .map_err(|refused| refused.about(codes::INVALID_CUSTOMER_TOKEN))?;
    let answer = Fields::new()
        .with("referenceNo", view.binding.as_str())
        .maybe("partnerReferenceNo", reference)
        .with("accountToken", view.binding.as_str())
        .with("bankCardToken", view.binding.as_str())
        .maybe("userInfo", view.customer.as_deref().map(user_info))
        .with("additionalInfo", about(&view));
    Ok(Answer::ok(answer))
}

fn user_info(customer: &str) -> Fields {
    Fields::new().with("publicUserId", customer)
}

/// What is told of a binding besides its token.
pub(crate) fn about(view: &BindingView) -> Fields {
    let card = view.card.as_ref();
    let token = view.token.as_ref();
    let status = token.map_or("NOT FOUND", |token| target::status(token.status));
    Fields::new()
        .with("tokenStatus", status)
        .with("sessionStatus", stage(view.stage))
        .maybe("failureReason", view.failure.as_ref().map(|failure| failure.message.clone()))
        .maybe("bankCode", view.bank_code.clone())
        .maybe("publicUserId", view.customer.clone())
        .maybe("cardBrand", card.map(|card| card.brand.clone()))
        .maybe("maskedCard", card.map(|card| format!("{}******{}", card.bin, card.last4)))
        .maybe("boundTime", token.map(|token| timestamp::write(token.bound_at)))
        .maybe("tokenExpiryTime", token.and_then(|token| token.expires_at).map(timestamp::write))
}

fn stage(stage: SessionStage) -> &'static str {
    match stage {
        SessionStage::Issued => "ISSUED",
        SessionStage::Opened => "OPENED",
        SessionStage::CardEntered => "CARD_ENTERED",
        SessionStage::OtpSent => "OTP_SENT",
        SessionStage::Verifying => "VERIFYING",
        SessionStage::Bound => "BOUND",
        SessionStage::Failed => "FAILED",
        SessionStage::Expired => "EXPIRED",
        SessionStage::Cancelled => "CANCELLED",
    }
}

/// `POST /registration-account-inquiry`: a binding as it stands, by its token, or by the reference of the
/// session that it began with.
pub(crate) async fn inquiry(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.text("partnerReferenceNo", target::reference_rule(call.form))?;
    check_merchant_if_any(call, fields)?;
    let id = match (target::token_text(fields)?, reference) {
        (Some(token), _) => target::binding(token)?,
        (None, Some(reference)) => BindingId::derive(&call.client.merchant, reference),
        (None, None) => return Err(Answer::missing("partnerReferenceNo")),
    };
    let view = target::view(snap, call, &id).await.map_err(|refused| refused.about(codes::CARD))?;
    target::check_customer(snap, call, fields, &view).await?;
    let card = view.card.as_ref();
    let limits = view.token.as_ref().map(|token| &token.limits);
    let limit = limits.and_then(|limits| limits.per_day.or(limits.per_payment));
    let token = view.token.as_ref().map(|_| view.binding.as_str());
    let answer = Fields::new()
        .with("referenceNo", view.binding.as_str())
        .maybe("partnerReferenceNo", reference)
        .with("accountCurrency", CURRENCY)
        .maybe("accountName", card.map(|card| card.holder.clone()))
        .maybe("accountNo", card.map(|card| format!("*********{}", card.last4)))
        .maybe("accountToken", token)
        .maybe("accountTransactionLimit", limit.map(|limit| limit.to_decimal(2)))
        .maybe(
            "startDatePeriod",
            view.token.as_ref().map(|token| timestamp::write(token.bound_at)[..10].to_owned()),
        )
        .maybe(
            "endDatePeriod",
            view.token
                .as_ref()
                .and_then(|token| token.expires_at)
                .map(|at| timestamp::write(at)[..10].to_owned()),
        )
        .with("additionalInfo", about(&view));
    Ok(Answer::ok(answer))
}

/// `POST /registration-account-unbinding` and `POST /registration-card-unbind`.
pub(crate) async fn unbinding(
    snap: &Snap,
    call: &Call,
    token_field: &str,
) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.text("partnerReferenceNo", target::reference_rule(call.form))?;
    match token_field {
        "token" => check_merchant_if_any(call, fields)?,
        _ => check_merchant(call, fields)?,
    }
    let id = target::required_binding(fields, token_field)?;
    let proof = otp::proof(snap, fields, &id)?;
    let view = target::view(snap, call, &id).await.map_err(|refused| refused.about(codes::CARD))?;
    target::check_customer(snap, call, fields, &view).await?;
    call.take_external_id(snap, &format!("unbinding:{id}")).await?;
    let unbind = UnbindCard { merchant: call.client.merchant.clone(), proof };
    let key = Some(call.own_key("unbind"));
    let reply = call.ask(snap, id.entity_id(), key, unbind).await;
    let reply = reply.map_err(|refused| refused.about(codes::CARD))?;
    let answer = Fields::new()
        .with("referenceNo", id.as_str())
        .maybe("partnerReferenceNo", reference)
        .maybe("merchantId", fields.text("merchantId", MERCHANT_ID_STANDARD)?);
    match otp::waiting(&reply)? {
        Waiting::Nothing => {
            let answer = answer
                .with("unlinkResult", "success")
                .maybe("customerId", reply.binding.customer.clone())
                .with("unsubscribeDate", timestamp::write(snap.clock.now()))
                .with("additionalInfo", about(&reply.binding));
            Ok(Answer::ok(answer))
        }
        Waiting::ForOtp(challenge) => {
            let token = otp::note(snap, call, challenge).await?;
            let more = about(&reply.binding).with("unlinkOtpToken", token.clone());
            let answer = answer
                .with("unlinkResult", "PENDING_USER_VERIFICATION")
                .with("chargeToken", token)
                .with("additionalInfo", more);
            Ok(otp::asked(call.form).with(answer))
        }
    }
}

/// Where the customer goes with an auth code.
pub(crate) fn webview(snap: &Snap, call: &Call, code: &Opaque) -> String {
    format!("{}/dd-card-binding?authCode={}", snap.public_url(call), code.text())
}

fn web_address(fields: Object<'_>, name: &str) -> Result<Option<String>, Answer> {
    let Some(url) = fields.text(name, rule(1, 2048, Charset::Visible))? else { return Ok(None) };
    fields::url(&fields.name(name), url, 2048)?;
    Ok(Some(url.to_owned()))
}
