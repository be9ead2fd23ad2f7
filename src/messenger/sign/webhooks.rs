//! Standard Webhooks 1.0: what is signed is `id.timestamp.body`, with the timestamp in seconds.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a secret's text begins with.
pub const SECRET_PREFIX: &str = "whsec_";
/// What a public key's text begins with.
pub const PUBLIC_KEY_PREFIX: &str = "whpk_";
/// Bytes of a new secret; 24 to 64 are allowed.
pub const SECRET_BYTES: usize = 32;
/// Bytes of an Ed25519 seed.
pub const SEED_BYTES: usize = 32;

/// The key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an Ed25519 seed has 32 bytes")]
pub struct BadKey;

/// A secret as receivers get it.
pub fn secret_text(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(secret)))
}

/// The public key of a seed as receivers get it.
///
/// # Errors
/// [`BadKey`].
pub fn public_key_text(seed: &[u8]) -> Result<String, BadKey> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadKey)?;
    Ok(format!("{PUBLIC_KEY_PREFIX}{}", STANDARD.encode(pair.public_key())))
}

/// The signature `v1`: HMAC-SHA256 with the secret's bytes.
pub fn v1(secret: &[u8], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(head(id, timestamp_s).as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The signature `v1a`: Ed25519.
///
/// # Errors
/// [`BadKey`].
pub fn v1a(seed: &[u8], id: &str, timestamp_s: i64, body: &[u8]) -> Result<String, BadKey> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadKey)?;
    let signed = [head(id, timestamp_s).as_bytes(), body].concat();
    Ok(format!("v1a,{}", STANDARD.encode(pair.sign(&signed))))
}

fn head(id: &str, timestamp_s: i64) -> String {
    format!("{id}.{timestamp_s}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    /// The example of the specification's reference implementations.
    #[test]
    fn the_symmetric_signature_is_that_of_the_specification() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = v1(&secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(&*secret_text(&secret), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn the_asymmetric_signature_verifies_with_the_public_key() {
        let seed = [7; SEED_BYTES];
        let signature = v1a(&seed, "id", 12, b"body").unwrap();
        let signature = STANDARD.decode(signature.strip_prefix("v1a,").unwrap()).unwrap();
        let public = public_key_text(&seed).unwrap();
        let public = STANDARD.decode(public.strip_prefix(PUBLIC_KEY_PREFIX).unwrap()).unwrap();
        let key = UnparsedPublicKey::new(&ED25519, public);
        assert!(key.verify(b"id.12.body", &signature).is_ok());
        assert!(key.verify(b"id.13.body", &signature).is_err());
        assert_eq!(v1a(b"short", "id", 12, b"body"), Err(BadKey));
    }
}
