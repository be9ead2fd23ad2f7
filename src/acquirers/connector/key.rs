//! The key that Purser and one connector share, for card data on the bus.

use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use purser_subjects::{
    Sealed,
    connector::{ConnectorName, sealing_context},
};
use serde::{Deserialize, Deserializer, de};
use std::{fmt, str::FromStr};
use uuid::Uuid;
use zeroize::Zeroizing;

/// First byte of everything sealed for a connector: AES-256-GCM, then 12 bytes nonce, ciphertext and 16
/// bytes tag.
const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;

/// A key of AES-256. Cannot be printed; wiped from memory when dropped.
///
/// Nonces are random, so one key seals at most 2^32 messages (NIST SP 800-38D, 8.3): at 100 payments a
/// second it lasts for over a year. A connector that knows the old and the new key can change it at any
/// time, since the tag tells which one fits.
#[derive(Clone)]
pub struct ConnectorKey(Zeroizing<[u8; 32]>);

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a connector's key has 64 hex digits")]
pub struct InvalidConnectorKey;

impl ConnectorKey {
    /// Encrypts `plaintext` so that only `connector` opens it, and only for `operation`.
    pub(crate) fn seal(
        &self,
        connector: &ConnectorName,
        operation: Uuid,
        plaintext: &[u8],
    ) -> Sealed {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.0).expect("it has 32 bytes");
        // Room for the tag, so that the buffer does not move and leave the plaintext behind.
        let mut body = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        body.extend_from_slice(plaintext);
        let context = sealing_context(connector, operation);
        let nonce = key
            .seal_in_place_append_tag(Aad::from(context), &mut body)
            .expect("AES-GCM fails only past 64 GiB or without a random source");
        Sealed::from_ciphertext([&[VERSION], &nonce.as_ref()[..], &body].concat())
    }
}

impl FromStr for ConnectorKey {
    type Err = InvalidConnectorKey;

    fn from_str(text: &str) -> Result<Self, InvalidConnectorKey> {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| InvalidConnectorKey)?;
        Ok(Self(key))
    }
}

impl<'de> Deserialize<'de> for ConnectorKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        text.parse().map_err(de::Error::custom)
    }
}

impl fmt::Debug for ConnectorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectorKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::aead::Nonce;

    fn open(key: &str, context: &str, sealed: &Sealed) -> Option<Vec<u8>> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &hex::decode(key).unwrap()).unwrap();
        let (header, body) = sealed.ciphertext().split_at(13);
        assert_eq!(header[0], VERSION);
        let nonce = Nonce::try_assume_unique_for_key(&header[1..]).unwrap();
        let mut body = body.to_vec();
        let plaintext = key.open_in_place(nonce, Aad::from(context), &mut body).ok()?;
        Some(plaintext.to_vec())
    }

    #[test]
    fn what_is_sealed_opens_for_its_connector_and_operation_alone() {
        let (hex, other) = ("5a".repeat(32), "5b".repeat(32));
        let (bank, operation) = ("bank".parse().unwrap(), Uuid::from_u128(7));
        let sealed = hex.parse::<ConnectorKey>().unwrap().seal(&bank, operation, b"4242");
        let context = sealing_context(&bank, operation);
        assert_eq!(open(&hex, &context, &sealed).unwrap(), b"4242");
        assert_eq!(open(&other, &context, &sealed), None);
        assert_eq!(open(&hex, &sealing_context(&bank, Uuid::from_u128(8)), &sealed), None);
        let elsewhere = sealing_context(&"bank2".parse().unwrap(), operation);
        assert_eq!(open(&hex, &elsewhere, &sealed), None);
    }

    #[test]
    fn no_two_sealings_are_the_same() {
        let key: ConnectorKey = "5a".repeat(32).parse().unwrap();
        let seal = || key.seal(&"bank".parse().unwrap(), Uuid::nil(), b"4242");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_key_has_64_hex_digits_and_is_never_shown() {
        let hex = "5A".repeat(32);
        for bad in ["", "5a", &"5g".repeat(32), &hex[..62], &(hex.clone() + "00")] {
            assert_eq!(bad.parse::<ConnectorKey>().err(), Some(InvalidConnectorKey), "{bad}");
        }
        assert_eq!(format!("{:?}", hex.parse::<ConnectorKey>().unwrap()), "ConnectorKey");
    }
}
