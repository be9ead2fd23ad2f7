//! Services 73 and 74: tokens of the merchant's server, and of its customers.

use super::{
    Snap,
    answer::{Answer, Fields},
    body::{self, Received},
    caller::{self, Client},
    codes,
    fields::{Charset, Object, rule},
    opaque::{self, Opaque},
    refusal::Refused,
    service::Form,
    timestamp,
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, EntityId, ErrorCode, Rejection, Timestamp,
    binding::{CustomerToken, ExchangeCode, RefreshToken},
    merchant::IssueAccessToken,
};
use std::time::Duration;
use uuid::Uuid;

/// What stands before a token in `Authorization`.
const TOKEN_TYPE: &str = "Bearer";

/// `POST /access-token/b2b`.
pub(crate) async fn b2b(snap: &Snap, form: Form, received: &Received) -> Result<Answer, Answer> {
    let client = caller::token_client(snap, received).await?;
    let fields = body::object(&received.body)?;
    let fields = Object::body(&fields);
    let grant = fields.required("grantType", rule(1, 64, Charset::And("_")))?;
    if !grant.eq_ignore_ascii_case("client_credentials") {
        return Err(Answer::invalid("grantType", "client_credentials"));
    }
    check_merchant(&client, fields)?;
    let token = opaque::access_token();
    let digest = opaque::access_token_digest(&token).ok_or_else(|| Answer::new(codes::INTERNAL))?;
    let valid_secs = snap.config.access_token_secs;
    let issue = IssueAccessToken { digest, client: client.client_key.clone(), valid_secs };
    let key = Some(Uuid::now_v7().to_string());
    ask(snap, received, client.merchant.entity_id(), key, issue).await.map_err(Answer::from)?;
    let answer = Fields::new()
        .with("accessToken", token.as_str())
        .with("tokenType", TOKEN_TYPE)
        .with("expiresIn", valid_secs.to_string())
        .maybe("responseTime", time_of_answer(snap, form));
    Ok(Answer::ok(answer))
}

/// `POST /access-token/b2b2c`.
pub(crate) async fn b2b2c(snap: &Snap, form: Form, received: &Received) -> Result<Answer, Answer> {
    let client = caller::token_client(snap, received).await?;
    let fields = body::object(&received.body)?;
    let fields = Object::body(&fields);
    let grant = fields.required("grantType", rule(1, 64, Charset::And("_")))?;
    check_merchant(&client, fields)?;
    let (token, refresh, granted) = match grant.to_ascii_lowercase().as_str() {
        "authorization_code" => exchange(snap, received, &client, fields).await?,
        "refresh_token" => replace(snap, received, &client, fields).await?,
        _ => return Err(Answer::invalid("grantType", "AUTHORIZATION_CODE or REFRESH_TOKEN")),
    };
    let customer = Fields::new().maybe("publicUserId", granted.customer.clone());
    let answer = Fields::new()
        .with("accessToken", token.text())
        .with("tokenType", TOKEN_TYPE)
        .with("expiresIn", snap.config.customer_token_secs.to_string())
        .with("accessTokenExpiryTime", timestamp::write(granted.expires_at))
        .with("refreshToken", refresh.text())
        .with("refreshTokenExpiryTime", timestamp::write(granted.refresh_expires_at))
        .maybe("responseTime", time_of_answer(snap, form))
        .with("additionalInfo", customer);
    Ok(Answer::ok(answer))
}

async fn exchange(
    snap: &Snap,
    received: &Received,
    client: &Client,
    fields: Object<'_>,
) -> Result<(Opaque, Opaque, CustomerToken), Answer> {
    let code = fields.required("authCode", rule(1, 256, Charset::Visible))?;
    let unknown = || Answer::new(codes::CUSTOMER_TOKEN_NOT_FOUND);
    let code = Opaque::parse(code).ok_or_else(unknown)?;
    let binding = code.binding().ok_or_else(unknown)?;
    let (token, refresh) = (Opaque::random(&binding), Opaque::random(&binding));
    let exchange = ExchangeCode {
        merchant: client.merchant.clone(),
        code: code.digest(),
        token: token.digest(),
        valid_secs: snap.config.customer_token_secs,
        refresh: refresh.digest(),
        refresh_valid_secs: snap.config.refresh_token_secs,
    };
    let granted = ask(snap, received, binding.entity_id(), key(), exchange).await;
    Ok((token, refresh, granted.map_err(customer_refused)?))
}

async fn replace(
    snap: &Snap,
    received: &Received,
    client: &Client,
    fields: Object<'_>,
) -> Result<(Opaque, Opaque, CustomerToken), Answer> {
    let old = fields.required("refreshToken", rule(1, 256, Charset::Visible))?;
    let unknown = || Answer::new(codes::CUSTOMER_TOKEN_NOT_FOUND);
    let old = Opaque::parse(old).ok_or_else(unknown)?;
    let binding = old.binding().ok_or_else(unknown)?;
    let (token, refresh) = (Opaque::random(&binding), Opaque::random(&binding));
    let replace = RefreshToken {
        merchant: client.merchant.clone(),
        refresh: old.digest(),
        token: token.digest(),
        valid_secs: snap.config.customer_token_secs,
        next_refresh: refresh.digest(),
        refresh_valid_secs: snap.config.refresh_token_secs,
    };
    let granted = ask(snap, received, binding.entity_id(), key(), replace).await;
    Ok((token, refresh, granted.map_err(customer_refused)?))
}

/// What was never issued and what is another's look the same.
fn customer_refused(refused: Refused) -> Answer {
    match refused.0.code {
        ErrorCode::NotFound | ErrorCode::Forbidden | ErrorCode::TokenExpired => {
            Answer::new(codes::INVALID_CUSTOMER_TOKEN)
        }
        _ => refused.into(),
    }
}

/// Every token request is one of its own.
fn key() -> Option<String> {
    Some(Uuid::now_v7().to_string())
}

async fn ask<A: Ask>(
    snap: &Snap,
    received: &Received,
    id: &EntityId,
    key: Option<String>,
    command: A,
) -> Result<A::Reply, Refused> {
    let options = AskOptions {
        key,
        fingerprint: None,
        correlation: received.correlation,
        timeout: snap.timeout.min(Duration::from_secs(30)),
    };
    snap.client.ask(id, command, options).await.map_err(|refused: Rejection| Refused(refused))
}

fn check_merchant(client: &Client, fields: Object<'_>) -> Result<(), Answer> {
    let Some(more) = fields.object("additionalInfo")? else { return Ok(()) };
    let more = Object::at(more, "additionalInfo");
    match more.text("merchantId", rule(1, 64, Charset::Visible))? {
        Some(merchant_id) => client.check_merchant_id(merchant_id),
        None => Ok(()),
    }
}

/// The first form tells when it answered.
fn time_of_answer(snap: &Snap, form: Form) -> Option<String> {
    let now: Timestamp = snap.clock.now();
    (form == Form::First).then(|| timestamp::write(now))
}
