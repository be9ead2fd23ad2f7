//! Signatures of SNAP: what is signed, and with what. Nothing here knows of HTTP.
//!
//! | Kind | String to sign | Algorithm |
//! |---|---|---|
//! | of a token request | `clientKey\|timestamp` | SHA256withRSA (PKCS #1 v1.5), RSA of at least 2,048 bits |
//! | of a service call | `METHOD:path:accessToken:hex(sha256(minify(body))):timestamp` | HMAC-SHA512 with the client secret |
//!
//! Signatures are sent as lower-case hex or Base64; both are read wherever one is verified.

use super::minify::{NotJson, minify};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// Longest signature that is looked at, in bytes of text: RSA of 8,192 bits in hex.
const MAX_TEXT: usize = 2048;

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal digits.
    #[default]
    Hex,
    /// Base64 with padding (RFC 4648, 4).
    Base64,
}

impl Encoding {
    /// The text of a signature.
    pub fn encode(self, signature: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(signature),
            Self::Base64 => STANDARD.encode(signature),
        }
    }

    /// The name of the encoding.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

impl FromStr for Encoding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "hex" => Ok(Self::Hex),
            "base64" => Ok(Self::Base64),
            _ => Err(()),
        }
    }
}

/// Which path a client signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathProfile {
    /// The path alone.
    #[default]
    WithoutQuery,
    /// The path with `?` and the query exactly as it is sent, where there is one.
    WithQuery,
}

impl PathProfile {
    /// The name of the profile.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WithoutQuery => "without_query",
            Self::WithQuery => "with_query",
        }
    }

    /// What is signed of a path and its query.
    pub fn path(self, path: &str, query: Option<&str>) -> String {
        match (self, query) {
            (Self::WithQuery, Some(query)) => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }
}

impl FromStr for PathProfile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "without_query" => Ok(Self::WithoutQuery),
            "with_query" => Ok(Self::WithQuery),
            _ => Err(()),
        }
    }
}

/// What a client signs of a service call.
///
/// # Errors
/// [`NotJson`] for a body that is neither empty nor JSON.
pub fn service_string(
    method: &str,
    path: &str,
    token: &str,
    body: &[u8],
    timestamp: &str,
) -> Result<String, NotJson> {
    let digest = hex::encode(Sha256::digest(minify(body)?));
    Ok(format!("{}:{path}:{token}:{digest}:{timestamp}", method.to_uppercase()))
}

/// The bytes of a service call's signature.
pub fn sign_service(secret: &[u8], string_to_sign: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA512, secret);
    hmac::sign(&key, string_to_sign.as_bytes()).as_ref().to_vec()
}

/// Whether `signature`, in either encoding, is the one of a service call. The comparison takes the same
/// time wherever they differ.
pub fn verify_service(secret: &[u8], string_to_sign: &str, signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA512, secret);
    let fits = |bytes: &Vec<u8>| hmac::verify(&key, string_to_sign.as_bytes(), bytes).is_ok();
    decoded(signature).iter().any(fits)
}

/// What a client signs of a token request.
pub fn token_string(client_key: &str, timestamp: &str) -> String {
    format!("{client_key}|{timestamp}")
}

/// Whether `signature`, in either encoding, was made of `text` with the private key of `public`.
pub fn verify_rsa(public: &PublicKey, text: &str, signature: &str) -> bool {
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public.0);
    decoded(signature).iter().any(|bytes| key.verify(text.as_bytes(), bytes).is_ok())
}

/// The bytes that a signature's text may stand for. Hex of a length that is also Base64 could be both.
fn decoded(signature: &str) -> Vec<Vec<u8>> {
    if signature.len() > MAX_TEXT {
        return Vec::new();
    }
    let is_lower = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    let hex = hex::decode(signature).ok().filter(|_| is_lower);
    hex.into_iter().chain(STANDARD.decode(signature).ok()).collect()
}

/// The text is no key of the kind that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2,048 to 8,192 bits in PEM")]
pub struct BadKey;

/// A client's public RSA key (SubjectPublicKeyInfo, DER).
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Reads a key in PEM, `BEGIN PUBLIC KEY`.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let der = from_pem(pem, "PUBLIC KEY").ok_or(BadKey)?;
        aws_lc_rs::rsa::PublicKey::from_der(&der)
            .ok()
            .filter(|key| (2048 / 8..=8192 / 8).contains(&key.modulus_len()))
            .ok_or(BadKey)?;
        Ok(Self(der))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.0.len())
    }
}

/// A private RSA key. Cannot be printed.
pub struct PrivateKey(RsaKeyPair);

impl PrivateKey {
    /// Reads a key in PEM: PKCS #8 (`BEGIN PRIVATE KEY`) or PKCS #1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let pkcs8 = from_pem(pem, "PRIVATE KEY").map(zeroize::Zeroizing::new);
        let pkcs1 = from_pem(pem, "RSA PRIVATE KEY").map(zeroize::Zeroizing::new);
        let pair = match (pkcs8, pkcs1) {
            (Some(der), _) => RsaKeyPair::from_pkcs8(&der),
            (None, Some(der)) => RsaKeyPair::from_der(&der),
            (None, None) => return Err(BadKey),
        };
        pair.map(Self).map_err(|_| BadKey)
    }

    /// The bytes of a signature (SHA256withRSA, PKCS #1 v1.5).
    ///
    /// # Errors
    /// [`BadKey`] when the key cannot sign.
    pub fn sign(&self, text: &str) -> Result<Vec<u8>, BadKey> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| BadKey)?;
        Ok(signature)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// The bytes of the first PEM block with a label (RFC 7468).
pub fn from_pem(pem: &str, label: &str) -> Option<Vec<u8>> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let inner = pem.split_once(&begin)?.1.split_once(&end)?.0;
    let base64: String = inner.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(base64).ok()
}

/// A PEM block (RFC 7468) with lines of 64 characters.
pub fn to_pem(der: &[u8], label: &str) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

#[cfg(test)]
mod tests;
