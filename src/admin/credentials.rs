//! New names and secrets for merchants.

use purser_subjects::MerchantId;
use rand::{RngExt, distr::Alphanumeric};

/// Alphanumeric characters of a gateway key: 190 bits.
const SECURE_KEY_LENGTH: usize = 32;
/// Letters and digits that make a log-in name unique.
const USERNAME_SUFFIX_LENGTH: usize = 6;
/// Characters of a merchant's name that its log-in name keeps.
const USERNAME_STEM_LENGTH: usize = 20;
/// In a log-in name, without the ones that are easily confused.
const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The partner that all merchants of a deployment belong to.
pub(super) const PARTNER_ID: &str = "1";

/// Eight digits that do not begin with zero: the gateway's `memberId` is a number of at most ten.
pub fn random_merchant_id() -> MerchantId {
    let number: u32 = rand::rng().random_range(10_000_000..100_000_000);
    number.to_string().parse().expect("digits are an id")
}

/// A log-in name that people recognise.
pub(super) fn random_username(name: &str) -> String {
    let mut stem: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .take(USERNAME_STEM_LENGTH)
        .collect();
    if stem.is_empty() {
        stem.push_str("merchant");
    }
    let mut rng = rand::rng();
    let suffix = (0..USERNAME_SUFFIX_LENGTH)
        .map(|_| char::from(READABLE[rng.random_range(0..READABLE.len())]));
    stem.push('-');
    stem.extend(suffix);
    stem
}

/// The key of a merchant's checksums.
pub(super) fn random_secure_key() -> String {
    rand::rng().sample_iter(Alphanumeric).take(SECURE_KEY_LENGTH).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_have_their_shapes() {
        for _ in 0..100 {
            let id = random_merchant_id();
            assert!(id.as_str().len() == 8 && !id.as_str().starts_with('0'), "{id}");
        }
        assert!(random_username("Café du Nord & Söhne").starts_with("cafdunordshne-"));
        assert!(random_username("株式会社").starts_with("merchant-"));
        let key = random_secure_key();
        assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}
