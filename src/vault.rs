//! Sealing of card data and readable secrets under one master key.
//!
//! Everything here works with sub-keys that HKDF-SHA256 derives from the master key, one per use and
//! purpose, so that a value made for one purpose is worthless for another.

mod error;
mod master_key;

pub use error::VaultError;
pub use master_key::{Created, MasterKey};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    hkdf::{self, KeyType},
    hmac,
};
use purser_subjects::Sealed;
use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
};
use zeroize::Zeroizing;

/// First byte of everything sealed by this build: AES-256-GCM, layout below.
const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// Version, key id and nonce precede the ciphertext; the tag follows it.
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;
const CHECK_VALUE_BYTES: usize = 16;
/// Purposes whose roots are kept; there are fewer in all of Purser.
const MOST_ROOTS: usize = 64;
/// Separates the sub-keys of Purser from whatever else a master key may be used for.
const DOMAIN: &[u8] = b"purser.vault.v1";

/// Seals, opens and fingerprints with sub-keys of the master key.
pub struct Vault {
    root: hkdf::Prk,
    /// Roots of the keys of each purpose that was asked for, so that they are derived once.
    roots: RwLock<HashMap<Box<str>, hkdf::Prk>>,
    check_value: [u8; CHECK_VALUE_BYTES],
}

/// What a sub-key is for; part of its derivation.
#[derive(Clone, Copy)]
enum Use {
    Seal = 1,
    Fingerprint = 2,
    Derive = 3,
    Check = 4,
}

/// Length of derived key material, for HKDF.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

impl Vault {
    /// A vault under `key`.
    pub fn new(key: MasterKey) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, DOMAIN).extract(key.bytes());
        let mut vault =
            Self { root, roots: RwLock::default(), check_value: [0; CHECK_VALUE_BYTES] };
        let mut check_value = [0; CHECK_VALUE_BYTES];
        vault.expand(Use::Check, "", &mut check_value);
        vault.check_value = check_value;
        vault
    }

    /// Encrypts `plaintext` so that only this master key opens it, and only for the same `purpose`
    /// and `context` (such as the id of the row that holds it).
    ///
    /// AES-256-GCM with a random 96-bit nonce. The key is derived for purpose and context, so that
    /// the limit of 2^32 random nonces per key (NIST SP 800-38D, 8.3) counts per context.
    pub fn seal(&self, purpose: &str, context: &str, plaintext: &[u8]) -> Sealed {
        let mut sealed = Vec::with_capacity(HEADER_BYTES + plaintext.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(self.key_id());
        let aad = aad(&sealed, purpose, context);
        let mut body = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        body.extend_from_slice(plaintext);
        let nonce = self
            .sealing_key(purpose, context)
            .seal_in_place_append_tag(Aad::from(&aad), &mut body)
            .expect("AES-GCM fails only past 64 GiB or without a random source");
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Sealed::from_ciphertext(sealed)
    }

    /// Decrypts what [`Vault::seal`] made for the same purpose and context.
    ///
    /// # Errors
    /// [`VaultError::UnknownVersion`], [`VaultError::OtherKey`], or [`VaultError::NotAuthentic`] when it
    /// was changed or belongs to another purpose or context.
    pub fn open(
        &self,
        purpose: &str,
        context: &str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = sealed.ciphertext();
        if bytes.first().is_some_and(|version| *version != VERSION) {
            return Err(VaultError::UnknownVersion(bytes[0]));
        }
        let (header, body) =
            bytes.split_at_checked(HEADER_BYTES).ok_or(VaultError::NotAuthentic)?;
        let (identity, nonce) = header.split_at(1 + KEY_ID_BYTES);
        if identity[1..] != *self.key_id() {
            return Err(VaultError::OtherKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("the header ends with a nonce");
        let mut plaintext = Zeroizing::new(body.to_vec());
        let length = self
            .sealing_key(purpose, context)
            .open_in_place(nonce, Aad::from(&aad(identity, purpose, context)), &mut plaintext)
            .map_err(|_| VaultError::NotAuthentic)?
            .len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    /// A keyed digest (HMAC-SHA256): equal for equal data, and useless for guessing the data without
    /// the master key.
    pub fn fingerprint(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let mut key = Zeroizing::new([0; 32]);
        self.expand(Use::Fingerprint, purpose, &mut *key);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), data);
        tag.as_ref().try_into().expect("HMAC-SHA256 has 32 bytes")
    }

    /// A key for `purpose`, always the same under one master key.
    pub fn derive_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        self.expand(Use::Derive, purpose, &mut *key);
        key
    }

    /// A value that identifies the master key and tells nothing about it. The store keeps it, so that
    /// a node with another key refuses to start.
    pub fn check_value(&self) -> Vec<u8> {
        self.check_value.to_vec()
    }

    fn key_id(&self) -> &[u8] {
        &self.check_value[..KEY_ID_BYTES]
    }

    fn sealing_key(&self, purpose: &str, context: &str) -> RandomizedNonceKey {
        let of_context = self.root_of(purpose);
        let mut key = Zeroizing::new([0; 32]);
        fill(&of_context, context.as_bytes(), &mut *key);
        RandomizedNonceKey::new(&AES_256_GCM, &*key).expect("a key of AES-256 has 32 bytes")
    }

    fn root_of(&self, purpose: &str) -> hkdf::Prk {
        let known = self.roots.read().unwrap_or_else(PoisonError::into_inner).get(purpose).cloned();
        known.unwrap_or_else(|| {
            let mut of_purpose = Zeroizing::new([0; 32]);
            self.expand(Use::Seal, purpose, &mut *of_purpose);
            let root = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &*of_purpose);
            let mut roots = self.roots.write().unwrap_or_else(PoisonError::into_inner);
            if roots.len() < MOST_ROOTS {
                roots.insert(purpose.into(), root.clone());
            }
            root
        })
    }

    fn expand(&self, usage: Use, purpose: &str, out: &mut [u8]) {
        let mut info = vec![usage as u8];
        info.extend_from_slice(purpose.as_bytes());
        fill(&self.root, &info, out);
    }
}

fn fill(prk: &hkdf::Prk, info: &[u8], out: &mut [u8]) {
    // A leading byte keeps `info` from being empty, which HKDF forbids here.
    prk.expand(&[b"|", info], Bytes(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("HKDF-SHA256 yields up to 8160 bytes");
}

fn aad(identity: &[u8], purpose: &str, context: &str) -> Vec<u8> {
    [identity, purpose.as_bytes(), b"|", context.as_bytes()].concat()
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

#[cfg(test)]
mod tests;
