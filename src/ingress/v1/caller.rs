//! Who sends a request: the merchant of the API key.

use super::{ASK_TIMEOUT, Api, codes, refusal::Refusal};
use crate::api_key;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use purser_actors::{AskOptions, merchant::API_KEY_SCHEME};
use purser_subjects::{ErrorCode, MerchantId, merchant::CheckApiKey};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// An authenticated merchant.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) merchant: MerchantId,
}

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Refusal;

    /// The outcome is counted for each key before it is told, also for keys that do not exist.
    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Refusal> {
        let key = bearer(&parts.headers).ok_or_else(|| Refusal::new(codes::UNAUTHORIZED))?;
        let owner = owner(api, key).await?;
        let print: [u8; 32] = Sha256::digest(key).into();
        if api.failures.settle(print, owner.is_some(), api.clock.now()).is_err() {
            return Err(Refusal::new(codes::LOCKED_OUT));
        }
        owner.ok_or_else(|| Refusal::new(codes::UNAUTHORIZED))
    }
}

/// What stands behind `Authorization: Bearer` (RFC 6750, 2.1; the scheme in any case).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// Whose key it is may be remembered; whether it is valid is asked every time.
async fn owner(api: &Api, key: &str) -> Result<Option<Caller>, Refusal> {
    if !api_key::is_well_formed(key) {
        return Ok(None);
    }
    let digest = api_key::digest(key);
    let Some(merchant) = api.merchants.by_login(API_KEY_SCHEME, &digest).await? else {
        return Ok(None);
    };
    let options = AskOptions { timeout: ASK_TIMEOUT, ..AskOptions::default() };
    match api.client.ask(merchant.entity_id(), CheckApiKey { digest }, options).await {
        Ok(_) => Ok(Some(Caller { merchant })),
        Err(refused) if refused.code == ErrorCode::Forbidden => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_bearer_token_counts() {
        let found = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(found(&["Bearer key"]).as_deref(), Some("key"));
        assert_eq!(found(&["bearer key"]).as_deref(), Some("key"));
        for bad in [&[][..], &["key"], &["Basic key"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(found(bad), None, "{bad:?}");
        }
    }
}
