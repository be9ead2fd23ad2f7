//! The session's code, as it stands in the address of the page: whoever has it is the customer. There is
//! no cookie, so nobody else's page can act in the customer's name without it.

use purser_subjects::BindingId;
use sha2::{Digest, Sha256};
use std::fmt;

/// Hexadecimal digits of the binding's id, and as many of the secret.
const PART: usize = 32;

/// A code of the right form. Cannot be printed.
#[derive(Clone)]
pub(crate) struct SessionCode {
    text: String,
    binding: BindingId,
}

impl SessionCode {
    /// The code in `text`, if it can be one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 2 * PART || !text.bytes().all(is_hex) {
            return None;
        }
        let binding = BindingId::parse_derived(&text[..PART])?;
        Some(Self { text: text.to_owned(), binding })
    }

    /// The session that it is for.
    pub(crate) fn binding(&self) -> &BindingId {
        &self.binding
    }

    /// What the session knows it by.
    pub(crate) fn digest(&self) -> String {
        hex::encode(Sha256::digest(&self.text))
    }

    /// The code itself, for the addresses of the session's own pages.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SessionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionCode of {}", self.binding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_the_right_form_are_looked_up() {
        let good = "0123456789abcdef".repeat(4);
        let code = SessionCode::of(&good).unwrap();
        assert_eq!(code.binding().as_str(), &good[..32]);
        assert_eq!(code.digest().len(), 64);
        assert!(!format!("{code:?}").contains(&good));
        for bad in ["", &good[1..], &good.to_uppercase(), &format!("{good}0"), &"é".repeat(32)] {
            assert!(SessionCode::of(bad).is_none(), "{bad}");
        }
    }
}
