//! Amounts in minor units of a currency. No floats, no silent overflow.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Why an amount or a currency was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not an active ISO 4217 code with a minor unit.
    #[error("unknown currency {0:?}")]
    UnknownCurrency(String),
    /// Not `digits` or `digits.digits`.
    #[error("not a decimal amount")]
    NotDecimal,
    /// More decimals than the currency has, other than zeros.
    #[error("{currency} has {exponent} decimals")]
    TooManyDecimals {
        /// The currency of the amount.
        currency: Currency,
        /// Its number of decimals.
        exponent: u8,
    },
    /// Does not fit 63 bits of minor units.
    #[error("amount is too large")]
    Overflow,
    /// Two amounts of different currencies were combined.
    #[error("{0} and {1} are different currencies")]
    CurrencyMismatch(Currency, Currency),
}

/// An ISO 4217 alphabetic code that has a minor unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency code is ASCII")
    }

    /// Number of decimals between the minor and the major unit (ISO 4217: JPY 0, EUR 2, KWD 3).
    pub fn exponent(&self) -> u8 {
        iso_exponent(self.code()).expect("checked when the currency was made")
    }
}

/// `None` for codes without a minor unit (metals, testing codes), which no account can hold.
fn iso_exponent(code: &str) -> Option<u8> {
    let exponent = iso_currency::Currency::from_code(code)?.exponent()?;
    u8::try_from(exponent).ok()
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.chars().take(8).collect());
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        if !bytes.iter().all(u8::is_ascii_uppercase) || iso_exponent(code).is_none() {
            return Err(unknown());
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        // Without the text itself: in the wrong place it may be anything.
        code.parse().map_err(|_| de::Error::custom("unknown currency"))
    }
}

/// An amount: `minor` minor units (cents, yen, fils) of `currency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; negative only where the field that holds it says so.
    pub minor: i64,
    /// Currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a decimal string in major units: `"12.50"` EUR is 1250. Zeros past the currency's
    /// decimals are accepted (`"100.00"` JPY is 100), other digits there are not.
    ///
    /// # Errors
    /// [`MoneyError`] for anything but digits with at most one dot, for a sign, for lost decimals, and
    /// for amounts past 63 bits.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let dangling = text.contains('.') && fraction.is_empty();
        if whole.is_empty() || dangling || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotDecimal);
        }
        let exponent = usize::from(currency.exponent());
        let kept = &fraction[..fraction.len().min(exponent)];
        if fraction[kept.len()..].bytes().any(|b| b != b'0') {
            let exponent = currency.exponent();
            return Err(MoneyError::TooManyDecimals { currency, exponent });
        }
        let padding = std::iter::repeat_n(b'0', exponent - kept.len());
        let minor =
            whole.bytes().chain(kept.bytes()).chain(padding).try_fold(0i64, |sum, digit| {
                sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
            });
        Ok(Self::new(minor.ok_or(MoneyError::Overflow)?, currency))
    }

    /// The amount in major units with at least `min_decimals` decimals: 100 JPY with 2 is `"100.00"`.
    pub fn to_decimal(self, min_decimals: usize) -> String {
        let exponent = usize::from(self.currency.exponent());
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let fraction = format!("{fraction:0<min_decimals$}");
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }

    /// Sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Difference of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(0), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn decimals_follow_iso_4217() {
        for (text, code, minor) in [
            ("12.50", "EUR", 1250),
            ("12", "EUR", 1200),
            ("0.01", "USD", 1),
            ("100.00", "JPY", 100),
            ("1.25", "KWD", 1250),
            ("92233720368547758.07", "EUR", i64::MAX),
        ] {
            let parsed = Money::parse_decimal(text, currency(code)).unwrap();
            assert_eq!(parsed.minor, minor, "{text} {code}");
        }
    }

    #[test]
    fn malformed_amounts_are_refused() {
        for text in ["", ".", "1.", ".5", "-1.00", "+1.00", "1,00", "1e3", " 1", "1.0.0", "٣.00"] {
            let refused = Money::parse_decimal(text, currency("EUR"));
            assert_eq!(refused, Err(MoneyError::NotDecimal), "{text:?}");
        }
        assert!(Money::parse_decimal("100.50", currency("JPY")).is_err());
        assert!(Money::parse_decimal("1.001", currency("EUR")).is_err());
        let huge = Money::parse_decimal("92233720368547758.08", currency("EUR"));
        assert_eq!(huge, Err(MoneyError::Overflow));
    }

    #[test]
    fn codes_without_a_minor_unit_are_no_currency() {
        for code in ["XAU", "XXX", "eur", "EU", "EURO", "ZZZ", ""] {
            assert!(code.parse::<Currency>().is_err(), "{code}");
        }
    }

    #[test]
    fn gateway_style_rendering_has_two_decimals() {
        assert_eq!(Money::new(100, currency("JPY")).to_decimal(2), "100.00");
        assert_eq!(Money::new(5, currency("EUR")).to_decimal(2), "0.05");
        assert_eq!(Money::new(1250, currency("KWD")).to_decimal(2), "1.250");
        assert_eq!(Money::new(-5, currency("EUR")).to_string(), "-0.05 EUR");
    }

    #[test]
    fn sums_past_63_bits_and_of_two_currencies_are_refused() {
        let most = Money::new(i64::MAX, currency("EUR"));
        let one = Money::new(1, currency("EUR"));
        assert_eq!(most.checked_add(one), Err(MoneyError::Overflow));
        let least = Money::new(i64::MIN, currency("EUR"));
        assert_eq!(least.checked_sub(one), Err(MoneyError::Overflow));
        assert_eq!(least.to_decimal(2), "-92233720368547758.08");
        let yen = Money::new(1, currency("JPY"));
        let mismatch = MoneyError::CurrencyMismatch(currency("EUR"), currency("JPY"));
        assert_eq!(one.checked_add(yen), Err(mismatch));
    }

    proptest! {
        #[test]
        fn sums_are_those_of_wider_integers(a: i64, b: i64) {
            let (x, y) = (Money::new(a, currency("EUR")), Money::new(b, currency("EUR")));
            let exact = |sum: i128| i64::try_from(sum).map_err(|_| MoneyError::Overflow);
            let (a, b) = (i128::from(a), i128::from(b));
            prop_assert_eq!(x.checked_add(y).map(|money| money.minor), exact(a + b));
            prop_assert_eq!(x.checked_sub(y).map(|money| money.minor), exact(a - b));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in r"\PC{0,40}|[0-9.]{0,40}") {
            for code in ["JPY", "EUR", "KWD"] {
                if let Ok(money) = Money::parse_decimal(&text, currency(code)) {
                    prop_assert!(money.minor >= 0);
                }
            }
        }

        #[test]
        fn what_is_rendered_reads_back(minor in 0i64..=i64::MAX, code in "EUR|JPY|KWD|USD|IDR") {
            let money = Money::new(minor, currency(&code));
            let text = money.to_decimal(2);
            prop_assert_eq!(Money::parse_decimal(&text, money.currency).unwrap(), money);
        }
    }
}
