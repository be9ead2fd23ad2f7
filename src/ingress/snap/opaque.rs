//! Auth codes, customer tokens and refresh tokens: the binding's id and a secret of 128 bits, in 64
//! lower-case hexadecimal digits. What is stored is their digest.

use purser_subjects::BindingId;
use rand::{Rng, RngExt};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Hexadecimal digits of the id, and as many of the secret.
const HALF: usize = 32;

/// Such a code or token.
pub struct Opaque(Zeroizing<String>);

impl Opaque {
    /// A new one for `binding`.
    pub fn random(binding: &BindingId) -> Self {
        let secret: [u8; HALF / 2] = rand::rng().random();
        Self(Zeroizing::new(format!("{}{}", binding.as_str(), hex::encode(secret))))
    }

    /// The one in `text`, if one can look like that.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 2 * HALF && text.bytes().all(is_hex))
            .then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The binding that it is about.
    pub fn binding(&self) -> Option<BindingId> {
        BindingId::parse_derived(&self.0[..HALF])
    }

    /// SHA-256 of the whole text, in lower-case hexadecimal digits.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The text, for the one who may know it.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

/// A random access token: 64 lower-case hexadecimal digits.
pub(super) fn access_token() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; HALF]);
    rand::rng().fill_bytes(&mut *bytes);
    Zeroizing::new(hex::encode(*bytes))
}

/// SHA-256 of an access token, if `text` can be one.
pub(super) fn access_token_digest(text: &str) -> Option<String> {
    Opaque::parse(text).map(|token| token.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_binding_and_is_known_by_its_digest() {
        let binding = BindingId::derive(&"10001".parse().unwrap(), "state");
        let code = Opaque::random(&binding);
        let read = Opaque::parse(code.text()).unwrap();
        assert_eq!(read.binding(), Some(binding.clone()));
        assert_eq!(read.digest(), code.digest());
        assert_ne!(Opaque::random(&binding).text(), code.text());
        for text in ["", "4242424242424242", &code.text()[1..], &code.text().to_uppercase()] {
            assert!(Opaque::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn access_tokens_have_one_shape() {
        let token = access_token();
        assert_eq!(token.len(), 64);
        assert!(access_token_digest(&token).is_some());
        assert!(access_token_digest("Bearer x").is_none());
    }
}
