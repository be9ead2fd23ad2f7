//! A customer who binds a card with a merchant, and what the merchant does with it.

use super::{platform::TestPlatform, shop::Shop};
use purser::card::{CardSecret, seal_otp};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, BindingId, Money, Rejection,
    binding::{
        BindingReply, BindingView, CancelSession, ChallengeProof, ChargeCard, EnterCard,
        InquireBinding, IssueSession, Language, OpenSession, ReadStoredCard, ResendOtp, UnbindCard,
        VerifyOtp,
    },
    transaction::{Authorise, PaymentReply},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// Bound with a one-time code; charged without.
pub(crate) const CARD: &str = "4242424242424242";
/// Each charge of it needs a one-time code.
pub(crate) const STRICT_CARD: &str = "4111111111111111";
/// The right one-time code.
pub(crate) const RIGHT: &str = "123456";
/// A wrong one.
pub(crate) const WRONG: &str = "000000";

pub(crate) fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

/// A session of one customer.
#[derive(Clone)]
pub(crate) struct Wallet {
    pub(crate) shop: Shop,
    state: String,
    customer: String,
    pub(crate) valid_secs: u32,
}

impl Wallet {
    pub(crate) fn new(shop: &Shop, state: &str, customer: &str) -> Self {
        let (state, customer) = (state.to_owned(), customer.to_owned());
        Self { shop: shop.clone(), state, customer, valid_secs: 300 }
    }

    pub(crate) fn id(&self) -> BindingId {
        BindingId::derive(&self.shop.merchant, &self.state)
    }

    pub(crate) fn code(&self) -> String {
        hex::encode(Sha256::digest(format!("code of {}", self.state)))
    }

    pub(crate) fn issue(&self) -> IssueSession {
        IssueSession {
            merchant: self.shop.merchant.clone(),
            state: self.state.clone(),
            code: self.code(),
            valid_secs: self.valid_secs,
            language: Language::Id,
            scopes: vec!["CARD_REGISTRATION".to_owned()],
            redirect_url: None,
            failure_redirect_url: None,
            customer: Some(self.customer.clone()),
            phone: Some("6281234567890".to_owned()),
            bank_code: None,
            details: BTreeMap::new(),
            notify: None,
        }
    }

    /// Asks the binding, with a key, until it is answered.
    pub(crate) async fn ask<A: Ask>(
        &self,
        platform: &TestPlatform,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        for _ in 0..400 {
            // What is sealed differs each time, so it cannot tell whether two commands are the same.
            let options = AskOptions {
                key: Some(key.to_owned()),
                fingerprint: Some(Sha256::digest(key).into()),
                ..AskOptions::default()
            };
            let id = self.id();
            let asked = platform.client.ask(id.entity_id(), command.clone(), options);
            match asked.await {
                Err(refused) if refused.code.is_retryable() => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => return answer,
            }
        }
        panic!("{key} is never answered")
    }

    pub(crate) async fn begin(&self, platform: &TestPlatform) -> BindingView {
        self.ask(platform, "issue", self.issue()).await.unwrap()
    }

    pub(crate) async fn open(&self, platform: &TestPlatform) -> BindingView {
        platform.ask(self.id().as_str(), OpenSession { code: self.code() }).await.unwrap()
    }

    pub(crate) async fn cancel(&self, platform: &TestPlatform) -> BindingView {
        platform.ask(self.id().as_str(), CancelSession { code: self.code() }).await.unwrap()
    }

    pub(crate) fn card(&self, platform: &TestPlatform, number: &str) -> EnterCard {
        let card = CardSecret::new(number, 12, 2030, Some("123")).unwrap();
        EnterCard {
            code: self.code(),
            card: card.summary("Siti"),
            sealed_card: card.seal_for_binding(&platform.vault, &self.id()),
            stored_card: card.without_code().seal_for_binding(&platform.vault, &self.id()),
            fingerprint: card.fingerprint(&platform.vault),
        }
    }

    pub(crate) async fn enter(
        &self,
        platform: &TestPlatform,
        key: &str,
        number: &str,
    ) -> Result<BindingView, Rejection> {
        self.ask(platform, key, self.card(platform, number)).await
    }

    pub(crate) fn otp(&self, platform: &TestPlatform, otp: &str) -> VerifyOtp {
        let otp = seal_otp(&platform.vault, &self.id(), otp);
        VerifyOtp { code: self.code(), otp }
    }

    pub(crate) async fn verify(
        &self,
        platform: &TestPlatform,
        key: &str,
        otp: &str,
    ) -> Result<BindingView, Rejection> {
        self.ask(platform, key, self.otp(platform, otp)).await
    }

    pub(crate) async fn resend(&self, platform: &TestPlatform) -> Result<BindingView, Rejection> {
        platform.ask(self.id().as_str(), ResendOtp { code: self.code() }).await
    }

    /// All of it, from the beginning to the bound card.
    pub(crate) async fn bind(&self, platform: &TestPlatform, number: &str) -> BindingView {
        self.begin(platform).await;
        self.enter(platform, "card", number).await.unwrap();
        self.verify(platform, "otp", RIGHT).await.unwrap()
    }

    pub(crate) async fn inquire(&self, platform: &TestPlatform) -> BindingView {
        let inquire = InquireBinding { merchant: self.shop.merchant.clone() };
        platform.ask(self.id().as_str(), inquire).await.unwrap()
    }

    pub(crate) fn proof(
        &self,
        platform: &TestPlatform,
        challenge: Uuid,
        otp: &str,
    ) -> ChallengeProof {
        ChallengeProof { challenge, otp: seal_otp(&platform.vault, &self.id(), otp) }
    }

    /// The charge of `minor` for `reference`: the stored card is sealed anew, for the payment.
    pub(crate) async fn to_charge(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> ChargeCard {
        let merchant = self.shop.merchant.clone();
        let read = ReadStoredCard { merchant: merchant.clone() };
        let stored = platform.ask(self.id().as_str(), read).await.unwrap();
        let card =
            CardSecret::open_for_binding(&platform.vault, &self.id(), &stored.sealed_card).unwrap();
        let payment = self.shop.payment(reference);
        let authorise = Authorise {
            merchant: merchant.clone(),
            reference: reference.to_owned(),
            amount: idr(minor),
            capture: true,
            card: stored.card,
            sealed_card: card.seal(&platform.vault, &payment),
            details: BTreeMap::new(),
            notify: None,
            binding: Some(self.id()),
        };
        ChargeCard { merchant, authorise, want_otp: false, proof: None }
    }

    pub(crate) async fn charge(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> Result<BindingReply, Rejection> {
        let charge = self.to_charge(platform, reference, minor).await;
        self.ask(platform, &format!("charge-{reference}"), charge).await
    }

    /// What the payment of an accepted charge answers.
    pub(crate) async fn outcome(
        &self,
        platform: &TestPlatform,
        reply: &BindingReply,
    ) -> PaymentReply {
        // The very same that the binding asks, so that both get one answer.
        let authorise = reply.authorise.clone().unwrap();
        let payment = self.shop.payment(&authorise.reference);
        platform.ask_once(payment.as_str(), "authorise", authorise).await.unwrap()
    }

    pub(crate) fn unbind(&self) -> UnbindCard {
        UnbindCard { merchant: self.shop.merchant.clone(), proof: None }
    }
}
