//! Rules of single values. Nothing here knows a request.

use super::{codes, refusal::Refusal};
use purser_subjects::{Currency, Money, MoneyError};
use time::{Date, Month};
use url::Url;

/// What is echoed must fit the core's details.
pub(crate) const MAX_ECHO_BYTES: usize = 255;
const MAX_URL_BYTES: usize = 100;
const MAX_EMAIL_BYTES: usize = 100;

/// Whether these are ASCII digits alone.
pub(crate) fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// An amount as it is written: `[0-9]{1,8}\.[0-9]{2}`, more than zero.
pub(crate) fn amount(name: &str, text: &str) -> Result<(), Refusal> {
    let shaped = text.split_once('.').is_some_and(|(whole, fraction)| {
        (1..=8).contains(&whole.len()) && fraction.len() == 2 && digits(whole) && digits(fraction)
    });
    if !shaped {
        return Err(Refusal::of(codes::AMOUNT_FORMAT, name));
    }
    if text.bytes().all(|b| matches!(b, b'0' | b'.')) {
        return Err(Refusal::of(codes::AMOUNT_ZERO, name));
    }
    Ok(())
}

/// A currency by its code.
pub(crate) fn currency(name: &str, code: &str) -> Result<Currency, Refusal> {
    code.parse().map_err(|_| Refusal::of(codes::CURRENCY_UNKNOWN, name))
}

/// An amount, checked by [`amount`] before, in a currency.
pub(crate) fn money(name: &str, text: &str, currency: Currency) -> Result<Money, Refusal> {
    Money::parse_decimal(text, currency).map_err(|error| match error {
        MoneyError::TooManyDecimals { .. } => Refusal::of(codes::AMOUNT_DECIMALS, name),
        _ => Refusal::of(codes::AMOUNT_FORMAT, name),
    })
}

/// A URL to which a browser or a notification can be sent.
pub(crate) fn url(name: &str, text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_URL_BYTES {
        return Err(Refusal::of(codes::TOO_LONG, format!("{name} may have {MAX_URL_BYTES} bytes")));
    }
    // The parser forgives what the next reader may take for another host.
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let authority = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let authority = authority.and_then(|rest| rest.split(['/', '?', '#']).next());
    let valid = plain
        && authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'))
        && Url::parse(text).is_ok_and(|url| url.host().is_some());
    if valid { Ok(()) } else { Err(Refusal::of(codes::URL, name)) }
}

/// Whether it looks like an e-mail address; only mail that arrives proves one.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let allowed = |b: u8| b.is_ascii_graphic() && !b"@\"(),:;<>[\\]".contains(&b);
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= MAX_EMAIL_BYTES
        && (1..=64).contains(&local.len())
        && local.bytes().all(allowed)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// Whether it is a day of the calendar as YYYYMMDD.
pub(crate) fn is_day(text: &str) -> bool {
    if text.len() != 8 || !digits(text) {
        return false;
    }
    let number = |part: &str| part.parse::<u16>().unwrap_or(0);
    let month = u8::try_from(number(&text[4..6])).ok().and_then(|m| Month::try_from(m).ok());
    month.is_some_and(|month| {
        let day = u8::try_from(number(&text[6..])).unwrap_or(0);
        Date::from_calendar_date(i32::from(number(&text[..4])), month, day).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_follow_the_currency() {
        let parse = |text, code: &str| {
            money("amount", text, code.parse().unwrap())
                .map(|money| money.minor)
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(parse("100.00", "JPY"), Ok(100));
        assert_eq!(parse("100.50", "JPY"), Err(codes::AMOUNT_DECIMALS));
        assert_eq!(parse("1.25", "KWD"), Ok(1250));
        assert_eq!(parse("12.50", "EUR"), Ok(1250));
    }
}
