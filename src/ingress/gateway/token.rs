//! The AuthToken: a JWT (HS256) that names the user for an hour.

use super::{codes, refusal::Refusal};
use crate::vault::Vault;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use moka::sync::Cache;
use purser_subjects::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc, time::Duration};

/// How long a token is valid.
const LIFETIME: Duration = Duration::from_secs(3600);
/// Longest token that is looked at, in bytes; an issued one has fewer than 400.
const MAX_BYTES: usize = 2048;
/// Tokens remembered at most, about 5 MiB of them.
const REMEMBERED: u64 = 10_000;
const KEY_PURPOSE: &str = "gateway-auth-token";
const ISSUER: &str = "PZ";
const ROLE: &str = "merchant";

/// Issues and checks tokens. Nothing about them is stored; every node with the master key checks them.
pub struct AuthTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    /// Those that were found genuine, so that a client's token is looked at once and not with each request.
    genuine: Cache<Box<str>, Genuine>,
}

/// What a genuine token says.
#[derive(Clone)]
struct Genuine {
    username: Arc<str>,
    /// Seconds since the Unix epoch.
    exp: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    role: String,
    iss: String,
    /// Seconds since the Unix epoch, as is `exp`.
    iat: i64,
    exp: i64,
}

impl AuthTokens {
    /// Tokens under a key derived from the master key.
    pub fn new(vault: &Vault) -> Self {
        let key = vault.derive_key(KEY_PURPOSE);
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // The library would use the system's clock.
        validation.validate_exp = false;
        Self {
            encoding: EncodingKey::from_secret(&*key),
            decoding: DecodingKey::from_secret(&*key),
            validation,
            genuine: Cache::builder().max_capacity(REMEMBERED).time_to_live(LIFETIME).build(),
        }
    }

    /// A token for `username` that is valid for an hour from `now`.
    pub fn issue(&self, username: &str, now: Timestamp) -> String {
        let claims = Claims {
            sub: username.to_owned(),
            role: ROLE.to_owned(),
            iss: ISSUER.to_owned(),
            iat: seconds(now),
            exp: seconds(now.plus(LIFETIME)),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("signing text with HMAC cannot fail")
    }

    /// The user that a token was issued to.
    pub(crate) fn username(&self, token: &str, now: Timestamp) -> Result<Arc<str>, Refusal> {
        let genuine = match self.genuine.get(token) {
            Some(genuine) => genuine,
            None => {
                let genuine = self.examine(token)?;
                self.genuine.insert(token.into(), genuine.clone());
                genuine
            }
        };
        if genuine.exp <= seconds(now) {
            return Err(Refusal::new(codes::TOKEN_EXPIRED));
        }
        Ok(genuine.username)
    }

    /// Whether it was issued here, whenever that was.
    fn examine(&self, token: &str) -> Result<Genuine, Refusal> {
        let invalid = || Refusal::new(codes::TOKEN_INVALID);
        if token.len() > MAX_BYTES {
            return Err(invalid());
        }
        let data = decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = data.map_err(|_| invalid())?.claims;
        if claims.role != ROLE {
            return Err(invalid());
        }
        Ok(Genuine { username: claims.sub.into(), exp: claims.exp })
    }
}

impl fmt::Debug for AuthTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthTokens")
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::MasterKey;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn tokens(key: u8) -> AuthTokens {
        AuthTokens::new(&Vault::new(MasterKey::from_hex(&format!("{key:02x}").repeat(32)).unwrap()))
    }

    fn check(token: &str, now: Timestamp) -> Result<String, &'static str> {
        let checked = tokens(1).username(token, now).map_err(|refusal| refusal.code.code);
        checked.map(|username| username.to_string())
    }

    #[test]
    fn a_token_is_valid_for_an_hour_of_the_clock() {
        let token = tokens(1).issue("shop", NOW);
        assert_eq!(check(&token, NOW), Ok("shop".to_owned()));
        let last = NOW.plus(LIFETIME - Duration::from_millis(1));
        assert_eq!(check(&token, last), Ok("shop".to_owned()));
        assert_eq!(check(&token, NOW.plus(LIFETIME)), Err("20004"));
    }

    #[test]
    fn a_token_that_was_seen_before_is_valid_no_longer() {
        let tokens = tokens(1);
        let token = tokens.issue("shop", NOW);
        for _ in 0..2 {
            assert_eq!(&*tokens.username(&token, NOW).ok().unwrap(), "shop");
        }
        let late = tokens.username(&token, NOW.plus(LIFETIME));
        assert_eq!(late.err().unwrap().code.code, "20004");
        let mut forged = token;
        forged.push('x');
        assert_eq!(tokens.username(&forged, NOW).err().unwrap().code.code, "20003");
    }

    #[test]
    fn forged_tokens_are_refused() {
        let token = tokens(1).issue("shop", NOW);
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert!(claims.contains(r#""role":"merchant""#) && claims.contains(r#""iss":"PZ""#));
        let other = URL_SAFE_NO_PAD.encode(claims.replace("shop", "other"));
        for forged in [
            String::new(),
            "x".repeat(3000),
            tokens(2).issue("shop", NOW),
            format!("{}.{}.", none, parts[1]),
            format!("{}.{}.{}", none, parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], other, parts[2]),
            format!("{}.{}", parts[0], parts[1]),
        ] {
            assert_eq!(check(&forged, NOW), Err("20003"), "{forged:.80}");
        }
    }
}
