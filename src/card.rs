//! Card data in clear, for as short a time as possible, and what may be shown of it.

mod brand;
mod expiry;
mod luhn;
mod otp;

pub use brand::brand_of;
pub use expiry::is_over;
pub use luhn::luhn_valid;
pub use otp::{open_otp, seal_otp};

use crate::vault::{Vault, VaultError};
use purser_subjects::{BindingId, Sealed, TransactionId, transaction::CardSummary};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// Purpose under which cards are sealed in the vault.
const PURPOSE: &str = "card";
/// Purpose of the digests by which the same card is known again.
const NUMBER_PURPOSE: &str = "card-number";
/// Lengths of a card number (ISO/IEC 7812-1 allows up to 19 digits).
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
const EXPIRY_YEARS: std::ops::RangeInclusive<u16> = 2000..=2099;
/// Longer than the longest encoded card, so that the buffer never moves and leaves a copy behind.
const ENCODED_BYTES: usize = 256;

/// Number, expiry and security code of a card. Cannot be printed; wiped from memory when dropped.
pub struct CardSecret {
    number: Zeroizing<String>,
    expiry_month: u8,
    expiry_year: u16,
    security_code: Option<Zeroizing<String>>,
}

/// Why card data was refused. No message holds a part of it.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// Not 12 to 19 digits.
    #[error("a card number has 12 to 19 digits")]
    Number,
    /// The month is not 1 to 12, or the year does not have four digits.
    #[error("an expiry has a month from 1 to 12 and a year from 2000 to 2099")]
    Expiry,
    /// Not 3 or 4 digits.
    #[error("a security code has 3 or 4 digits")]
    SecurityCode,
    /// The sealed bytes do not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The sealed bytes open but hold no card.
    #[error("the sealed bytes hold no card")]
    NotACard,
}

/// How a card stands inside sealed bytes; fields may be added.
#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    number: &'a str,
    month: u8,
    year: u16,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl CardSecret {
    /// Checks the form alone: neither the check digit nor whether the card has expired.
    ///
    /// # Errors
    /// [`CardError`] for a number, month, four-digit year or code of another form.
    pub fn new(
        number: &str,
        expiry_month: u8,
        expiry_year: u16,
        security_code: Option<&str>,
    ) -> Result<Self, CardError> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !NUMBER_DIGITS.contains(&number.len()) || !digits(number) {
            return Err(CardError::Number);
        }
        if !(1..=12).contains(&expiry_month) || !EXPIRY_YEARS.contains(&expiry_year) {
            return Err(CardError::Expiry);
        }
        if security_code.is_some_and(|code| !matches!(code.len(), 3 | 4) || !digits(code)) {
            return Err(CardError::SecurityCode);
        }
        Ok(Self {
            number: Zeroizing::new(number.to_owned()),
            expiry_month,
            expiry_year,
            security_code: security_code.map(|code| Zeroizing::new(code.to_owned())),
        })
    }

    /// The whole number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Month of expiry, 1 to 12.
    pub fn expiry_month(&self) -> u8 {
        self.expiry_month
    }

    /// Year of expiry, four digits.
    pub fn expiry_year(&self) -> u16 {
        self.expiry_year
    }

    /// The security code (CVV), if given.
    pub fn security_code(&self) -> Option<&str> {
        self.security_code.as_ref().map(|code| code.as_str())
    }

    /// First six digits.
    pub fn bin(&self) -> &str {
        &self.number[..6]
    }

    /// Last four digits.
    pub fn last4(&self) -> &str {
        &self.number[self.number.len() - 4..]
    }

    /// The card as it may be shown and stored, with the holder as given.
    pub fn summary(&self, holder: &str) -> CardSummary {
        CardSummary {
            brand: brand_of(&self.number).to_owned(),
            bin: self.bin().to_owned(),
            last4: self.last4().to_owned(),
            expiry_month: self.expiry_month,
            expiry_year: self.expiry_year,
            holder: holder.to_owned(),
        }
    }

    /// The same card without its code, which may be kept.
    #[must_use]
    pub fn without_code(&self) -> Self {
        Self {
            number: self.number.clone(),
            expiry_month: self.expiry_month,
            expiry_year: self.expiry_year,
            security_code: None,
        }
    }

    /// Keyed digest of the number, in 64 lower-case hexadecimal digits: the same card has the same.
    pub fn fingerprint(&self, vault: &Vault) -> String {
        hex::encode(vault.fingerprint(NUMBER_PURPOSE, self.number.as_bytes()))
    }

    /// Encrypts the card for one payment.
    pub fn seal(&self, vault: &Vault, payment: &TransactionId) -> Sealed {
        self.seal_in(vault, payment.as_str())
    }

    /// Encrypts the card for one binding.
    pub fn seal_for_binding(&self, vault: &Vault, binding: &BindingId) -> Sealed {
        self.seal_in(vault, binding.as_str())
    }

    fn seal_in(&self, vault: &Vault, context: &str) -> Sealed {
        let plain = Plain {
            number: &self.number,
            month: self.expiry_month,
            year: self.expiry_year,
            code: self.security_code(),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(ENCODED_BYTES));
        rmp_serde::encode::write_named(&mut *bytes, &plain).expect("a card always encodes");
        vault.seal(PURPOSE, context, &bytes)
    }

    /// Decrypts a card that was sealed for `payment`.
    ///
    /// # Errors
    /// [`CardError::Vault`] when it does not open, and the others when it holds no valid card.
    pub fn open(
        vault: &Vault,
        payment: &TransactionId,
        sealed: &Sealed,
    ) -> Result<Self, CardError> {
        Self::open_in(vault, payment.as_str(), sealed)
    }

    /// Decrypts a card that was sealed for `binding`.
    ///
    /// # Errors
    /// [`CardError::Vault`] when it does not open, and the others when it holds no valid card.
    pub fn open_for_binding(
        vault: &Vault,
        binding: &BindingId,
        sealed: &Sealed,
    ) -> Result<Self, CardError> {
        Self::open_in(vault, binding.as_str(), sealed)
    }

    fn open_in(vault: &Vault, context: &str, sealed: &Sealed) -> Result<Self, CardError> {
        let bytes = vault.open(PURPOSE, context, sealed)?;
        // The decoder's own message could quote the bytes.
        let plain: Plain<'_> = rmp_serde::from_slice(&bytes).map_err(|_| CardError::NotACard)?;
        Self::new(plain.number, plain.month, plain.year, plain.code)
    }
}

impl fmt::Debug for CardSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardSecret")
    }
}

#[cfg(test)]
mod tests;
