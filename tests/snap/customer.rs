//! A customer who binds a card, as the pages ask the core to.

use super::client::{SnapShop, new_state};
use crate::support::platform::TestPlatform;
use purser::{
    card::{self, CardSecret},
    ingress::snap::opaque::Opaque,
};
use purser_actors::AskOptions;
use purser_subjects::{
    BindingId, Rejection,
    binding::{BindingView, EnterCard, OpenSession, SessionStage, VerifyOtp},
};
use serde_json::json;

/// The code that the sandbox's issuers send.
pub(crate) const OTP: &str = "123456";
/// A code that is always wrong.
pub(crate) const WRONG_OTP: &str = "000000";
/// A card that is bound and charged without ado.
pub(crate) const CARD: &str = "4242424242424242";

/// The page of one session.
pub(crate) struct Customer<'a> {
    platform: &'a TestPlatform,
    code: Opaque,
    pub(crate) binding: BindingId,
}

impl<'a> Customer<'a> {
    /// The customer's browser with an auth code.
    pub(crate) fn with(platform: &'a TestPlatform, auth_code: &str) -> Self {
        let code = Opaque::parse(auth_code).expect("an auth code");
        let binding = code.binding().expect("of a binding");
        Self { platform, code, binding }
    }

    async fn ask<A: purser_subjects::Ask>(
        &self,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        let key = Some(format!("{key}:{}", uuid::Uuid::now_v7()));
        let options = AskOptions { key, ..AskOptions::default() };
        self.platform.client.ask(self.binding.entity_id(), command, options).await
    }

    pub(crate) async fn open(&self) -> Result<BindingView, Rejection> {
        self.ask("open", OpenSession { code: self.code.digest() }).await
    }

    pub(crate) async fn enter(&self, number: &str) -> Result<BindingView, Rejection> {
        let card = CardSecret::new(number, 12, 2035, Some("123")).unwrap();
        let vault = &self.platform.vault;
        let enter = EnterCard {
            code: self.code.digest(),
            card: card.summary("Siti Rahayu"),
            sealed_card: card.seal_for_binding(vault, &self.binding),
            stored_card: card.without_code().seal_for_binding(vault, &self.binding),
            fingerprint: card.fingerprint(vault),
        };
        self.ask("card", enter).await
    }

    pub(crate) async fn verify(&self, otp: &str) -> Result<BindingView, Rejection> {
        let otp = card::seal_otp(&self.platform.vault, &self.binding, otp);
        self.ask("otp", VerifyOtp { code: self.code.digest(), otp }).await
    }

    /// Goes through all steps.
    pub(crate) async fn binds(&self, number: &str) {
        self.open().await.unwrap();
        assert_eq!(self.enter(number).await.unwrap().stage, SessionStage::OtpSent);
        assert_eq!(self.verify(OTP).await.unwrap().stage, SessionStage::Bound);
    }
}

/// A customer's card, bound and taken: its token.
pub(crate) async fn bound(platform: &TestPlatform, shop: &SnapShop, customer: &str) -> String {
    bound_card(platform, shop, customer, CARD).await
}

/// The same with another card.
pub(crate) async fn bound_card(
    platform: &TestPlatform,
    shop: &SnapShop,
    customer: &str,
    number: &str,
) -> String {
    let code = shop.auth_code(&new_state(), customer).await;
    Customer::with(platform, &code).binds(number).await;
    take(shop, &code).await
}

/// Takes what was bound with an auth code: the token.
pub(crate) async fn take(shop: &SnapShop, code: &str) -> String {
    let body = json!({
        "partnerReferenceNo": new_state(),
        "authCode": code,
        "merchantId": shop.merchant_id,
    });
    let shop = shop.speaking(super::client::FIRST);
    let answer = shop.post("registration-account-binding", &body).await.expect("2003100");
    answer.text("bankCardToken")
}
