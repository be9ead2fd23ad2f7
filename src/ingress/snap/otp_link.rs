//! The page on which a card holder gives the one-time code of a payment: everything that it must know
//! stands, sealed, in its address.

use crate::vault::Vault;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use purser_subjects::{BindingId, MerchantId, Sealed, TransactionId, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Purpose under which addresses are sealed.
const PURPOSE: &str = "snap-otp-link";
/// Longest token that is opened, in bytes of text.
const MAX_TEXT: usize = 4096;

/// What such a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpLink {
    /// Whose payment.
    pub merchant: MerchantId,
    /// The binding whose card is charged.
    pub binding: BindingId,
    /// The payment.
    pub payment: TransactionId,
    /// The challenge that the code answers.
    pub challenge: Uuid,
    /// Where the card holder goes afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
}

/// The token of a page; nothing for what is too long for an address.
pub fn seal(vault: &Vault, link: &OtpLink) -> Option<String> {
    let sealed = vault.seal(PURPOSE, "", &encode(link));
    let token = URL_SAFE_NO_PAD.encode(sealed.ciphertext());
    (token.len() <= MAX_TEXT).then_some(token)
}

/// What a token says, if it was made here.
pub fn open(vault: &Vault, token: &str) -> Option<OtpLink> {
    if token.len() > MAX_TEXT {
        return None;
    }
    let sealed = Sealed::from_ciphertext(URL_SAFE_NO_PAD.decode(token).ok()?);
    decode(&vault.open(PURPOSE, "", &sealed).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::MasterKey;

    #[test]
    fn only_what_was_sealed_here_opens() {
        let vault = |key: &str| Vault::new(MasterKey::from_hex(&key.repeat(32)).unwrap());
        let merchant: MerchantId = "10001".parse().unwrap();
        let link = OtpLink {
            binding: BindingId::derive(&merchant, "state"),
            payment: TransactionId::derive(&merchant, "order"),
            merchant,
            challenge: Uuid::nil(),
            return_url: Some("https://shop.example/".to_owned()),
        };
        let token = seal(&vault("5a"), &link).unwrap();
        assert_eq!(open(&vault("5a"), &token), Some(link.clone()));
        assert_eq!(open(&vault("5b"), &token), None);
        assert_eq!(open(&vault("5a"), &token[1..]), None);
        assert_eq!(open(&vault("5a"), ""), None);
        let long = OtpLink { return_url: Some("x".repeat(4000)), ..link };
        assert_eq!(seal(&vault("5a"), &long), None);
    }
}
