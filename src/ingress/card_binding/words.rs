//! What is said about what went wrong, and the names of brands and banks.

use super::texts::{Lang, Texts, Words};
use purser_subjects::{Money, binding::FailureReason};

/// Why the customer has to enter a card again.
pub(crate) fn again(texts: &Texts, reason: FailureReason) -> Option<Words> {
    match reason {
        FailureReason::CardRefused => Some(texts.refused_again),
        FailureReason::CardBlocked => Some(texts.blocked_again),
        FailureReason::CardExpired => Some(texts.expired_again),
        FailureReason::NotSupported | FailureReason::BankNotSupported => {
            Some(texts.unsupported_again)
        }
        FailureReason::IssuerUnavailable => Some(texts.silent_again),
        FailureReason::OtpBlocked
        | FailureReason::WrongOtp
        | FailureReason::OtpExpired
        | FailureReason::TimedOut
        | FailureReason::Cancelled => None,
    }
}

/// Why the customer has to enter a one-time code again.
pub(crate) fn otp(texts: &Texts, reason: FailureReason, tries_left: u8) -> Option<String> {
    match reason {
        FailureReason::WrongOtp => Some((texts.wrong_otp)(tries_left.into())),
        FailureReason::OtpExpired => Some(texts.otp_expired.to_owned()),
        FailureReason::IssuerUnavailable => Some(texts.bank_silent.to_owned()),
        _ => None,
    }
}

/// Why the session ended without a card.
pub(crate) fn over(texts: &Texts, reason: Option<FailureReason>) -> Words {
    match reason {
        Some(
            FailureReason::CardRefused | FailureReason::CardBlocked | FailureReason::CardExpired,
        ) => texts.refused_card,
        Some(FailureReason::WrongOtp | FailureReason::OtpBlocked) => texts.blocked,
        Some(FailureReason::NotSupported | FailureReason::BankNotSupported) => texts.unsupported,
        Some(FailureReason::IssuerUnavailable) => texts.silent,
        Some(FailureReason::TimedOut | FailureReason::OtpExpired) => texts.expired,
        Some(FailureReason::Cancelled) => texts.cancelled,
        None => texts.failed,
    }
}

/// A brand as people write it.
pub(crate) fn brand(code: &str) -> &str {
    match code {
        "VISA" => "Visa",
        "MC" => "Mastercard",
        "AMEX" => "American Express",
        "DINER" => "Diners Club",
        "DISC" => "Discover",
        "CUP" => "UnionPay",
        "MAESTRO" => "Maestro",
        "RUPAY" => "RuPay",
        "CARD" => "",
        other => other,
    }
}

/// Name of a bank by its code (Bank Indonesia, Sandi Bank).
pub(crate) fn bank(code: &str) -> Option<&'static str> {
    Some(match code {
        "002" => "BRI",
        "008" => "Bank Mandiri",
        "009" => "BNI",
        "011" => "Bank Danamon",
        "013" => "Bank Permata",
        "014" => "BCA",
        "016" => "Maybank",
        "019" => "Bank Panin",
        "022" => "CIMB Niaga",
        "028" => "OCBC",
        "200" => "BTN",
        "213" => "SMBC Indonesia",
        "451" => "BSI",
        _ => return None,
    })
}

/// An amount as people of the language write it. Rupiah have no sen in daily life, so `,00` is left out.
pub(crate) fn amount(lang: Lang, amount: Money) -> String {
    let (group, point) = match lang {
        Lang::Id => ('.', ","),
        Lang::En => (',', "."),
    };
    let decimal = amount.to_decimal(0);
    let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    let is_rupiah = amount.currency.code() == "IDR";
    if !(fraction.is_empty() || is_rupiah && fraction == "00") {
        text = format!("{text}{point}{fraction}");
    }
    match lang {
        Lang::Id if is_rupiah => format!("Rp{text}"),
        // A space at which no line breaks.
        _ => format!("{}\u{a0}{text}", amount.currency.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_in_the_language() {
        for (minor, currency, indonesian, english) in [
            (15_000_000, "IDR", "Rp150.000", "IDR\u{a0}150,000"),
            (99_950, "IDR", "Rp999,50", "IDR\u{a0}999.50"),
            (123_456_789_000, "IDR", "Rp1.234.567.890", "IDR\u{a0}1,234,567,890"),
            (1_250, "EUR", "EUR\u{a0}12,50", "EUR\u{a0}12.50"),
            (5, "EUR", "EUR\u{a0}0,05", "EUR\u{a0}0.05"),
            (100_000, "JPY", "JPY\u{a0}100.000", "JPY\u{a0}100,000"),
        ] {
            let money = Money::new(minor, currency.parse().unwrap());
            assert_eq!(amount(Lang::Id, money), indonesian);
            assert_eq!(amount(Lang::En, money), english);
        }
    }
}
