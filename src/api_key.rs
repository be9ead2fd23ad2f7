//! API keys of merchants: how they look, and the digest by which they are known. The key itself is
//! shown once and kept nowhere.

use purser_subjects::merchant::Environment;
use rand::{RngExt, distr::Alphanumeric};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Alphanumeric characters after the prefix: 43 of 62 kinds are 256 bits.
const RANDOM_LENGTH: usize = 43;
/// Characters at the end by which the owner recognises a key; what is left is 232 bits.
const HINT_LENGTH: usize = 4;
/// Of the names of keys, without characters that are easily confused.
const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a key's name.
const NAME_LENGTH: usize = 10;

/// What a key begins with, so that people and secret scanners know what they found.
pub const fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "pk_sandbox_",
        Environment::Live => "pk_live_",
    }
}

/// A new key.
pub fn random(environment: Environment) -> Zeroizing<String> {
    let mut key = String::with_capacity(prefix(environment).len() + RANDOM_LENGTH);
    key.push_str(prefix(environment));
    key.extend(rand::rng().sample_iter(Alphanumeric).take(RANDOM_LENGTH).map(char::from));
    Zeroizing::new(key)
}

/// A new name for a key, to speak of it without telling it.
pub fn random_name() -> String {
    let mut rng = rand::rng();
    (0..NAME_LENGTH).map(|_| char::from(READABLE[rng.random_range(0..READABLE.len())])).collect()
}

/// SHA-256 of the key's text in lower-case hexadecimal digits. A fast hash will do: the keys are random
/// and as long as the digest, so there is nothing to guess.
pub fn digest(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

/// The end of the key.
pub fn hint(key: &str) -> &str {
    key.get(key.len().saturating_sub(HINT_LENGTH)..).unwrap_or_default()
}

/// Whether the text has the shape of a key. Nothing else is looked up.
pub fn is_well_formed(key: &str) -> bool {
    [Environment::Sandbox, Environment::Live].into_iter().any(|environment| {
        key.strip_prefix(prefix(environment)).is_some_and(|random| {
            random.len() == RANDOM_LENGTH && random.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_random_and_tell_their_environment() {
        let key = random(Environment::Live);
        assert!(key.starts_with("pk_live_") && is_well_formed(&key), "{}", *key);
        assert!(random(Environment::Sandbox).starts_with("pk_sandbox_"));
        assert_ne!(key, random(Environment::Live));
        assert_eq!(hint(&key).len(), 4);
        assert!(key.ends_with(hint(&key)));
        assert_eq!(random_name().len(), NAME_LENGTH);
    }

    #[test]
    fn a_digest_is_that_of_the_text() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest("abc"), expected);
    }

    #[test]
    fn other_texts_are_no_keys() {
        let random = "a".repeat(RANDOM_LENGTH);
        assert!(is_well_formed(&format!("pk_live_{random}")));
        for bad in
            ["", "pk_live_", &random, &format!("pk_test_{random}"), &format!("pk_live_{random}a")]
        {
            assert!(!is_well_formed(bad), "{bad}");
        }
        assert!(!is_well_formed(&format!("pk_live_-{}", &random[1..])));
    }
}
