//! Checks signatures as `docs/callbacks.md` describes them: the gateway's checksum in the body, and
//! Standard Webhooks 1.0 in headers.

use aws_lc_rs::{
    hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use purser_subjects::Timestamp;
use serde_json::Value;
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How far the time of a signature may be from the present, in seconds, as the standard recommends.
const TOLERANCE_S: i64 = 300;

/// What signatures are checked with. Without any key, none is.
#[derive(Default)]
pub struct Keys {
    /// The merchant's secure key, for the gateway's checksum.
    pub secure_key: Option<Zeroizing<String>>,
    /// Secrets and public keys of registered endpoints; one that fits is enough, so that both the old and
    /// the new one can be given during a rotation.
    pub endpoint: Vec<EndpointKey>,
}

/// A key of Standard Webhooks.
#[derive(Clone)]
pub enum EndpointKey {
    /// `whsec_` and base64: HMAC-SHA256, scheme `v1`.
    Secret(Zeroizing<Vec<u8>>),
    /// `whpk_` and base64: Ed25519, scheme `v1a`.
    Public(Vec<u8>),
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is whsec_ or whpk_ and base64 of 24 to 64 bytes, or of 32 after whpk_")]
pub struct InvalidKey;

impl FromStr for EndpointKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let decode = |base64: &str| STANDARD.decode(base64).map_err(|_| InvalidKey);
        if let Some(secret) = text.strip_prefix("whsec_") {
            let secret = Zeroizing::new(decode(secret)?);
            return if (24..=64).contains(&secret.len()) {
                Ok(Self::Secret(secret))
            } else {
                Err(InvalidKey)
            };
        }
        let public = decode(text.strip_prefix("whpk_").ok_or(InvalidKey)?)?;
        if public.len() == 32 { Ok(Self::Public(public)) } else { Err(InvalidKey) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("endpoint", &self.endpoint.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for EndpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointKey")
    }
}

/// What is to be said of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// No key for its kind was given.
    NotChecked,
    /// It is right.
    Right,
    /// It is wrong, and why.
    Wrong(&'static str),
}

impl Signature {
    pub(super) fn is_wrong(self) -> bool {
        matches!(self, Self::Wrong(_))
    }
}

impl Keys {
    /// Whether any signature is checked.
    pub(super) fn is_any(&self) -> bool {
        self.secure_key.is_some() || !self.endpoint.is_empty()
    }

    /// Whether a signature of the notification is right.
    pub fn fit(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
        self.check(headers, body, now) == Signature::Right
    }

    pub(super) fn check(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Signature {
        let is_standard = headers.contains_key("webhook-id");
        let found = match &self.secure_key {
            _ if is_standard && self.endpoint.is_empty() => return Signature::NotChecked,
            _ if is_standard => standard(&self.endpoint, headers, body, now),
            None => return Signature::NotChecked,
            Some(key) => gateway(key, body),
        };
        found.map_or_else(Signature::Wrong, |()| Signature::Right)
    }
}

/// `paymentId|merchantTransactionId|amount|transactionStatus|secureKey`, as MD5 in lower-case
/// hexadecimal digits.
fn gateway(secure_key: &str, body: &[u8]) -> Result<(), &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body is no JSON")?;
    let field = |name: &str| body[name].as_str().ok_or("a field of the checksum is missing");
    let mut digest = Md5::new();
    for name in ["paymentId", "merchantTransactionId", "amount", "transactionStatus"] {
        digest.update(field(name)?);
        digest.update("|");
    }
    digest.update(secure_key);
    let expected = hex::encode(digest.finalize());
    let right: bool = expected.as_bytes().ct_eq(field("checksum")?.as_bytes()).into();
    right.then_some(()).ok_or("the checksum does not fit")
}

fn standard(
    keys: &[EndpointKey],
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), &'static str> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("webhook-id").ok_or("webhook-id is missing")?;
    let time = header("webhook-timestamp").ok_or("webhook-timestamp is missing")?;
    let signatures = header("webhook-signature").ok_or("webhook-signature is missing")?;
    let seconds: i64 = time.parse().map_err(|_| "webhook-timestamp is no number")?;
    let age = now.as_millis().div_euclid(1000).saturating_sub(seconds);
    if age.unsigned_abs() > TOLERANCE_S.unsigned_abs() {
        return Err("webhook-timestamp is more than five minutes off");
    }
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let fits = |signature: &str| {
        let Some((scheme, value)) = signature.split_once(',') else { return false };
        let Ok(value) = STANDARD.decode(value) else { return false };
        keys.iter().any(|key| match (key, scheme) {
            (EndpointKey::Secret(secret), "v1") => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::verify(&key, &signed, &value).is_ok()
            }
            (EndpointKey::Public(public), "v1a") => {
                UnparsedPublicKey::new(&ED25519, public).verify(&signed, &value).is_ok()
            }
            _ => false,
        })
    };
    signatures.split(' ').any(fits).then_some(()).ok_or("no signature fits a given key")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", ID.parse().unwrap());
        headers.insert("webhook-timestamp", TIME.into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    }

    fn check(signature: &str, body: &[u8], age_s: i64) -> Signature {
        let keys = Keys { secure_key: None, endpoint: vec![SECRET.parse().unwrap()] };
        keys.check(&headers(signature), body, Timestamp::from_millis((TIME + age_s) * 1000))
    }

    #[test]
    fn the_reference_signature_of_standard_webhooks_is_right() {
        assert_eq!(check(SIGNATURE, BODY, 0), Signature::Right);
        // During a rotation there are several.
        assert_eq!(check(&format!("v1,AAAA {SIGNATURE}"), BODY, 300), Signature::Right);
    }

    #[test]
    fn what_was_changed_or_is_old_is_wrong() {
        assert!(check(SIGNATURE, b"{}", 0).is_wrong());
        assert!(check(SIGNATURE, BODY, 301).is_wrong());
        assert!(check(SIGNATURE, BODY, -301).is_wrong());
        for other in ["", "v1,", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1a,AAAA"] {
            assert!(check(other, BODY, 0).is_wrong(), "{other}");
        }
    }

    #[test]
    fn an_ed25519_signature_is_checked_with_the_public_key() {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let text = format!("whpk_{}", STANDARD.encode(pair.public_key()));
        let keys = Keys { secure_key: None, endpoint: vec![text.parse().unwrap()] };
        let signed = [format!("{ID}.{TIME}.").as_bytes(), BODY].concat();
        let signature = format!("v1a,{}", STANDARD.encode(pair.sign(&signed)));
        let now = Timestamp::from_millis(TIME * 1000);
        assert_eq!(keys.check(&headers(&signature), BODY, now), Signature::Right);
        assert!(keys.check(&headers(&signature), b"{}", now).is_wrong());
    }

    #[test]
    fn the_checksum_of_the_gateway_is_checked_with_the_secure_key() {
        // printf '%s' 'p|o|12.50|Y|key' | md5sum
        let digest = hex::encode(Md5::digest("p|o|12.50|Y|key"));
        let body = |amount: &str| {
            format!(
                r#"{{"paymentId":"p","merchantTransactionId":"o","amount":"{amount}","transactionStatus":"Y","checksum":"{digest}"}}"#
            )
        };
        let keys = Keys { secure_key: Some("key".to_owned().into()), endpoint: Vec::new() };
        let check =
            |body: &str| keys.check(&HeaderMap::new(), body.as_bytes(), Timestamp::from_millis(0));
        assert_eq!(check(&body("12.50")), Signature::Right);
        assert!(check(&body("99.50")).is_wrong());
        assert!(check("{}").is_wrong());
        assert_eq!(
            Keys::default().check(&HeaderMap::new(), b"", Timestamp::from_millis(0)),
            Signature::NotChecked
        );
    }

    #[test]
    fn other_texts_are_no_keys() {
        for bad in ["", "whsec_", "whsec_AAAA", "whpk_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(bad.parse::<EndpointKey>().err(), Some(InvalidKey), "{bad}");
        }
    }
}
