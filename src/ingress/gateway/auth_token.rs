//! `POST /authToken`: a token for username and secure key.

use super::{
    Gateway, SCHEME,
    answer::{Object, Reply},
    body::{self, Received},
    codes,
    fields::Fields,
    refusal::Refusal,
    render, schema,
};
use axum::extract::{Request, State};
use purser_subjects::MerchantId;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Both sides of a comparison are hashed under this purpose, so that their lengths do not show.
const COMPARE: &str = "gateway-login";
/// Looked up when nobody has the username, so that the answer takes the same way.
const NOBODY: &str = "nobody";

pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
) -> Result<Reply, Refusal> {
    let Received { fields, .. } = body::read(request).await?;
    schema::check(&fields)?;
    let username = fields.required("merchant.username")?;
    let merchant = log_in(&gateway, &fields, username).await?;

    let now = gateway.clock.now();
    let user = gateway.vault.fingerprint(COMPARE, username.as_bytes());
    if gateway.logins.settle(user, merchant.is_some(), now).is_err() {
        return Err(Refusal::new(codes::TOO_MANY_LOGINS));
    }
    let merchant = merchant.ok_or_else(|| Refusal::new(codes::LOGIN_FAILED))?;
    let body = Object::new()
        .text("partnerId", fields.required("authentication.partnerId")?)
        .text("memberId", merchant.as_str())
        .object("result", render::result(codes::TOKEN_ISSUED))
        .text("timestamp", render::timestamp(now))
        .text("LoginName", username)
        .text("AuthToken", gateway.tokens.issue(username, now));
    Ok(Reply::ok(body))
}

/// The merchant whose partnerId, username and key these are. The same work is done whether the
/// username exists or not.
async fn log_in(
    gateway: &Gateway,
    fields: &Fields,
    username: &str,
) -> Result<Option<MerchantId>, Refusal> {
    let partner = fields.required("authentication.partnerId")?;
    let key = fields.required("authentication.sKey")?;
    let merchant = gateway.merchants.by_login(SCHEME, username).await?;
    let nobody = || NOBODY.parse().expect("a valid id");
    let profile = gateway.merchants.by_id(&merchant.clone().unwrap_or_else(nobody)).await?;
    let credential = profile.as_ref().and_then(|profile| {
        let mut credentials = profile.credentials.iter();
        credentials.find(|credential| credential.scheme == SCHEME && credential.name == username)
    });

    let hash = |text: &[u8]| gateway.vault.fingerprint(COMPARE, text);
    let expected_key = match credential {
        Some(credential) => hash(&gateway.merchants.secret(credential)?),
        None => [0; 32],
    };
    let expected_partner = credential.and_then(|credential| credential.attributes.get("partnerId"));
    let expected_partner = expected_partner.map_or([0; 32], |partner| hash(partner.as_bytes()));
    let right = hash(key.as_bytes()).ct_eq(&expected_key)
        & hash(partner.as_bytes()).ct_eq(&expected_partner);
    Ok(merchant.filter(|_| right.into()))
}
