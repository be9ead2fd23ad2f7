//! Card bindings as their customers and merchants know them, and what is asked for them.

use super::issuer::otp;
use purser_subjects::{
    BindingId, MerchantId, Sealed,
    binding::{CancelSession, EnterCard, IssueSession, Language, UnbindCard, VerifyOtp},
    transaction::CardSummary,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A session in which a customer binds a card.
#[derive(Clone, Debug)]
pub(crate) struct CardLink {
    pub(crate) merchant: MerchantId,
    pub(crate) state: String,
    pub(crate) customer: String,
    pub(crate) valid_secs: u32,
}

impl CardLink {
    pub(crate) fn id(&self) -> BindingId {
        BindingId::derive(&self.merchant, &self.state)
    }

    fn code(&self) -> String {
        hex::encode(Sha256::digest(&self.state))
    }

    pub(crate) fn issue(&self) -> IssueSession {
        IssueSession {
            merchant: self.merchant.clone(),
            state: self.state.clone(),
            code: self.code(),
            valid_secs: self.valid_secs,
            language: Language::Id,
            scopes: Vec::new(),
            redirect_url: None,
            failure_redirect_url: None,
            customer: Some(self.customer.clone()),
            phone: None,
            bank_code: None,
            details: BTreeMap::new(),
            notify: None,
        }
    }

    /// Enters one of a few cards, told apart by `card`.
    pub(crate) fn enter(&self, card: u8) -> EnterCard {
        let sealed = || Sealed::from_ciphertext(b"a simulated issuer opens no cards".to_vec());
        EnterCard {
            code: self.code(),
            card: CardSummary {
                brand: "VISA".to_owned(),
                bin: "424242".to_owned(),
                last4: format!("{card:04}"),
                expiry_month: 12,
                expiry_year: 2030,
                holder: String::new(),
            },
            sealed_card: sealed(),
            stored_card: sealed(),
            fingerprint: format!("{card:02x}").repeat(32),
        }
    }

    pub(crate) fn verify(&self, is_right: bool) -> VerifyOtp {
        VerifyOtp { code: self.code(), otp: otp(is_right) }
    }

    pub(crate) fn cancel(&self) -> CancelSession {
        CancelSession { code: self.code() }
    }

    pub(crate) fn unbind(&self) -> UnbindCard {
        UnbindCard { merchant: self.merchant.clone(), proof: None }
    }
}
