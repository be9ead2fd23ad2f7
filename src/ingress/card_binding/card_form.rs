//! The form of the card: what may be typed, and what is wrong with what was. Number and security code
//! are never given back, and what is given back is only what was right.

use super::{form::Form, texts::Texts};
use crate::card::{CardSecret, is_over, luhn_valid};
use purser_subjects::Timestamp;

/// Longest name on a card that is taken; ISO/IEC 7813 has 26 characters on the stripe, banks print more.
pub(crate) const HOLDER_MAX: usize = 45;

/// What is wrong, beside each field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CardErrors {
    pub(crate) number: Option<&'static str>,
    pub(crate) holder: Option<&'static str>,
    pub(crate) expiry: Option<&'static str>,
    pub(crate) code: Option<&'static str>,
}

impl CardErrors {
    pub(crate) fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// What is given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CardEcho {
    pub(crate) holder: String,
    pub(crate) expiry: String,
}

/// Reads the form.
///
/// # Errors
/// What is wrong, and what may be shown again.
pub(crate) fn read(
    form: &Form,
    texts: &Texts,
    now: Timestamp,
) -> Result<(CardSecret, String), (CardErrors, CardEcho)> {
    let number = number(form.get("number"), texts);
    let holder = holder(form.get("holder"), texts);
    let expiry = expiry(form.get("expiry"), texts, now);
    let code = code(form.get("code"), texts);
    let errors = CardErrors {
        number: number.as_ref().err().copied(),
        holder: holder.as_ref().err().copied(),
        expiry: expiry.as_ref().err().copied(),
        code: code.as_ref().err().copied(),
    };
    let echo = || CardEcho {
        holder: holder.clone().unwrap_or_default(),
        expiry: expiry.map_or_else(|_| String::new(), |(m, y)| format!("{m:02}/{:02}", y % 100)),
    };
    let (Ok(number), Ok(code), Ok((month, year)), Ok(name)) = (&number, &code, expiry, &holder)
    else {
        return Err((errors, echo()));
    };
    match CardSecret::new(number, month, year, Some(code)) {
        Ok(card) => Ok((card, name.clone())),
        Err(_) => Err((CardErrors { number: Some(texts.number_wrong), ..errors }, echo())),
    }
}

type Field<T> = Result<T, &'static str>;

fn number(typed: &str, texts: &Texts) -> Field<zeroize::Zeroizing<String>> {
    let digits = zeroize::Zeroizing::new(without(typed, &[' ', '\u{a0}', '-']));
    if digits.is_empty() {
        return Err(texts.number_missing);
    }
    let right = (12..=19).contains(&digits.len()) && luhn_valid(&digits);
    if right { Ok(digits) } else { Err(texts.number_wrong) }
}

fn holder(typed: &str, texts: &Texts) -> Field<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(texts.holder_missing);
    }
    // No digits: it is kept in clear, and a card number in the wrong field must not be.
    let right = name.chars().all(|c| c.is_alphabetic() || " .,'’-".contains(c));
    let right = right && name.chars().any(char::is_alphabetic);
    if right && name.chars().count() <= HOLDER_MAX { Ok(name) } else { Err(texts.holder_wrong) }
}

/// `MM/YY`, `MMYY`, `M/YY`, `MM/YYYY`, with a slash, a hyphen, a dot or spaces.
fn expiry(typed: &str, texts: &Texts, now: Timestamp) -> Field<(u8, u16)> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(texts.expiry_missing);
    }
    let (month, year) = match text.split_once(['/', '-', '.', ' ']) {
        Some((month, year)) => (month.trim(), year.trim_matches([' ', '/', '-', '.'])),
        None if text.is_ascii() && matches!(text.len(), 4 | 6) => text.split_at(2),
        None => return Err(texts.expiry_wrong),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(month) || !digits(year) || !matches!(year.len(), 2 | 4) || month.len() > 2 {
        return Err(texts.expiry_wrong);
    }
    let month = month.parse::<u8>().ok().filter(|month| (1..=12).contains(month));
    let year = year.parse::<u16>().ok().map(|year| if year < 100 { 2_000 + year } else { year });
    let (Some(month), Some(year)) = (month, year) else { return Err(texts.expiry_wrong) };
    if !(2_000..=2_099).contains(&year) {
        return Err(texts.expiry_wrong);
    }
    if is_over(month, year, now) { Err(texts.expiry_past) } else { Ok((month, year)) }
}

fn code(typed: &str, texts: &Texts) -> Field<zeroize::Zeroizing<String>> {
    let code = zeroize::Zeroizing::new(without(typed, &[' ']));
    if code.is_empty() {
        return Err(texts.code_missing);
    }
    let right = matches!(code.len(), 3 | 4) && code.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(code) } else { Err(texts.code_wrong) }
}

/// Reads a one-time code.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn otp(typed: &str, texts: &Texts) -> Field<zeroize::Zeroizing<String>> {
    let otp = zeroize::Zeroizing::new(without(typed, &[' ', '-']));
    if otp.is_empty() {
        return Err(texts.otp_missing);
    }
    let right = (4..=8).contains(&otp.len()) && otp.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(otp) } else { Err(texts.otp_form) }
}

fn without(text: &str, gaps: &[char]) -> String {
    text.chars().filter(|c| !gaps.contains(c)).collect()
}

#[cfg(test)]
mod tests;
