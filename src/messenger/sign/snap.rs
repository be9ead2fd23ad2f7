//! SNAP notifications (ASPI, transaction notification): SHA256withRSA over
//! `POST:path:lower-case hex of SHA-256 of the body:timestamp`, in base64.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of at least 2,048 bits in PKCS #8")]
pub struct BadKey;

/// The text that is signed. `body` is minified JSON; `timestamp` is ISO 8601 with an offset, as it is
/// sent in `X-TIMESTAMP`.
pub fn string_to_sign(path: &str, body: &[u8], timestamp: &str) -> String {
    format!("POST:{path}:{}:{timestamp}", hex::encode(Sha256::digest(body)))
}

/// The signature of `text` with a private key in PKCS #8 (DER).
///
/// # Errors
/// [`BadKey`].
pub fn signature(private_key: &[u8], text: &str) -> Result<String, BadKey> {
    let pair = RsaKeyPair::from_pkcs8(private_key).map_err(|_| BadKey)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| BadKey)?;
    Ok(STANDARD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rsa::{KeyPair, KeySize},
        signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
    };

    #[test]
    fn the_signed_text_has_four_parts() {
        assert_eq!(
            string_to_sign("/v1.0/transfer/notify", b"", "2026-01-05T10:00:00+07:00"),
            "POST:/v1.0/transfer/notify:\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:\
             2026-01-05T10:00:00+07:00"
        );
    }

    #[test]
    fn signatures_verify_with_the_public_key() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let signed = signature(der.as_ref(), "POST:/n:00:t").unwrap();
        let signed = STANDARD.decode(signed).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
        assert!(key.verify(b"POST:/n:00:t", &signed).is_ok());
        assert!(key.verify(b"POST:/n:00:u", &signed).is_err());
        assert_eq!(signature(b"no key", "text"), Err(BadKey));
    }
}
