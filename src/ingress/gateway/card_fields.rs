//! The card of a payment request.

use super::{codes, fields::Fields, refusal::Refusal, rules::digits};
use crate::card::{CardError, CardSecret, is_over, luhn_valid};
use purser_subjects::{Timestamp, transaction::CardSummary};

/// Reads and checks the card fields.
///
/// # Errors
/// The refusal of the first field that is missing or not valid, or [`codes::CARD_EXPIRED`].
pub(crate) fn read(fields: &Fields, now: Timestamp) -> Result<CardSecret, Refusal> {
    let number = fields.required("card.number")?;
    let month = fields.required("card.expiryMonth")?;
    let year = fields.required("card.expiryYear")?;
    let code = fields.required("card.cvv")?;
    if !(12..=19).contains(&number.len()) || !digits(number) || !luhn_valid(number) {
        return Err(Refusal::of(codes::CARD_NUMBER, "card.number"));
    }
    if !matches!(code.len(), 3 | 4) || !digits(code) {
        return Err(Refusal::of(codes::CARD_CODE, "card.cvv"));
    }
    let month = number_of(month, 2, "card.expiryMonth must be MM")?;
    let month = u8::try_from(month).unwrap_or(0);
    let year = number_of(year, 4, "card.expiryYear must be YYYY")?;
    let card = CardSecret::new(number, month, year, Some(code)).map_err(|error| match error {
        CardError::Expiry => Refusal::of(codes::INVALID, "card.expiryMonth or card.expiryYear"),
        CardError::SecurityCode => Refusal::of(codes::CARD_CODE, "card.cvv"),
        _ => Refusal::of(codes::CARD_NUMBER, "card.number"),
    })?;
    if is_over(month, year, now) {
        return Err(Refusal::of(codes::CARD_EXPIRED, "card.expiryMonth and card.expiryYear"));
    }
    Ok(card)
}

/// What may be kept of the card; the holder is the customer, since no field names another.
pub(crate) fn summary(card: &CardSecret, fields: &Fields) -> CardSummary {
    let names = [fields.get("customer.givenName"), fields.get("customer.surname")];
    let holder: Vec<&str> = names.into_iter().flatten().collect();
    card.summary(&holder.join(" "))
}

fn number_of(text: &str, length: usize, rule: &str) -> Result<u16, Refusal> {
    let number = text.parse().ok().filter(|_| text.len() == length && digits(text));
    number.ok_or_else(|| Refusal::of(codes::INVALID, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-02-28T23:59:59.999Z.
    const NOW: Timestamp = Timestamp::from_millis(1_772_323_199_999);

    fn code(changes: &[(&str, &str)]) -> &'static str {
        let mut fields = Fields::default();
        for (name, value) in [
            ("card.number", "4111111111111111"),
            ("card.expiryMonth", "12"),
            ("card.expiryYear", "2030"),
            ("card.cvv", "123"),
        ] {
            let changed = changes.iter().find(|(other, _)| *other == name);
            fields.add(name.into(), changed.map_or(value, |(_, value)| value).into()).unwrap();
        }
        read(&fields, NOW).map_or_else(|refusal| refusal.code.code, |_| "ok")
    }

    #[test]
    fn card_fields_follow_their_rules() {
        for (changes, expected) in [
            (&[][..], "ok"),
            (&[("card.number", "")], "20106"),
            (&[("card.cvv", "")], "20106"),
            (&[("card.number", "4111111111111112")], "20114"),
            (&[("card.number", "4111 1111 1111 1111")], "20114"),
            (&[("card.number", "41111111111")], "20114"),
            (&[("card.number", "41111111111111111111")], "20114"),
            (&[("card.cvv", "12")], "20116"),
            (&[("card.cvv", "12345")], "20116"),
            (&[("card.cvv", "12a")], "20116"),
            (&[("card.cvv", "0123")], "ok"),
            (&[("card.expiryMonth", "13")], "20107"),
            (&[("card.expiryMonth", "00")], "20107"),
            (&[("card.expiryMonth", "1")], "20107"),
            (&[("card.expiryMonth", "+1")], "20107"),
            (&[("card.expiryYear", "30")], "20107"),
            (&[("card.expiryYear", "9999")], "20107"),
            (&[("card.expiryMonth", "02"), ("card.expiryYear", "2026")], "ok"),
            (&[("card.expiryMonth", "01"), ("card.expiryYear", "2026")], "20115"),
            (&[("card.expiryYear", "2025")], "20115"),
        ] {
            assert_eq!(code(changes), expected, "{changes:?}");
        }
    }
}
