//! What is inside sealed bytes for a connector: MessagePack maps, documented in `subjects/README.md`.

use crate::card::CardSecret;
use purser_actors::ports::Beneficiary;
use serde::Serialize;
use zeroize::Zeroizing;

/// Longer than the longest encoded card, so that the buffer never moves and leaves a copy behind.
const CARD_BYTES: usize = 256;

#[derive(Serialize)]
struct Card<'a> {
    number: &'a str,
    expiry_month: u8,
    expiry_year: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

#[derive(Serialize)]
struct Account<'a> {
    name: &'a str,
    account: &'a str,
}

#[derive(Serialize)]
struct OneTimeCode<'a> {
    code: &'a str,
}

pub(crate) fn card(card: &CardSecret) -> Zeroizing<Vec<u8>> {
    let plain = Card {
        number: card.number(),
        expiry_month: card.expiry_month(),
        expiry_year: card.expiry_year(),
        code: card.security_code(),
    };
    encoded(&plain, CARD_BYTES)
}

pub(super) fn beneficiary(beneficiary: &Beneficiary) -> Zeroizing<Vec<u8>> {
    let Beneficiary { name, account } = beneficiary;
    encoded(&Account { name, account }, name.len() + account.len() + 64)
}

pub(crate) fn one_time_code(code: &str) -> Zeroizing<Vec<u8>> {
    encoded(&OneTimeCode { code }, code.len() + 64)
}

fn encoded(value: &impl Serialize, capacity: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    rmp_serde::encode::write_named(&mut *bytes, value).expect("texts and numbers always encode");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_of_the_longest_card_does_not_move() {
        let longest = CardSecret::new(&"4".repeat(19), 12, 2099, Some("1234")).unwrap();
        let bytes = card(&longest);
        assert!(bytes.len() < CARD_BYTES && bytes.capacity() == CARD_BYTES);
    }

    #[test]
    fn a_card_without_a_code_leaves_it_out() {
        let card = card(&CardSecret::new("424242424242", 1, 2030, None).unwrap());
        let text = String::from_utf8_lossy(&card);
        assert!(text.contains("expiry_year") && !text.contains("code"), "{text}");
    }
}
