//! A merchant, a session, and a customer with a browser.

use crate::support::{
    browser::{Browser, Manner},
    merchant::Merchant,
    platform::{PlatformBuilder, TestPlatform},
    receiver::TestReceiver,
};
use purser_subjects::{
    BindingId,
    binding::{BindingView, InquireBinding, IssueSession, Language},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A card that the sandbox's issuer binds.
pub(crate) const GOOD_CARD: &str = "4242424242424242";
/// A card that it refuses.
pub(crate) const REFUSED_CARD: &str = "4000000000000127";
/// The right one-time code.
pub(crate) const GOOD_OTP: &str = "123456";
/// A wrong one.
pub(crate) const WRONG_OTP: &str = "000000";

/// A platform with a merchant and where the merchant's customers go back to.
pub(crate) struct Scene {
    pub(crate) platform: TestPlatform,
    pub(crate) merchant: Merchant,
    pub(crate) shop: TestReceiver,
}

/// A session of a customer.
pub(crate) struct Session {
    pub(crate) binding: BindingId,
    pub(crate) state: String,
    pub(crate) code: String,
}

impl Session {
    /// Where its page is.
    pub(crate) fn path(&self) -> String {
        format!("/dd-card-binding?authCode={}", self.code)
    }
}

impl Scene {
    pub(crate) async fn open(platform: PlatformBuilder) -> Self {
        let platform = platform.start().await;
        let merchant = platform.merchant("Kopi Nusantara").create().await;
        Self { platform, merchant, shop: TestReceiver::start().await }
    }

    /// A new session.
    pub(crate) async fn session(&self, language: Language) -> Session {
        self.session_of(language, "customer-1", 300).await
    }

    /// A new session of a customer, for so many seconds.
    pub(crate) async fn session_of(
        &self,
        language: Language,
        customer: &str,
        valid_secs: u32,
    ) -> Session {
        let merchant = self.merchant.member_id.parse().unwrap();
        let state = Uuid::now_v7().simple().to_string();
        let binding = BindingId::derive(&merchant, &state);
        let code = format!("{binding}{}", Uuid::now_v7().simple());
        let issue = IssueSession {
            merchant,
            state: state.clone(),
            code: hex::encode(Sha256::digest(&code)),
            valid_secs,
            language,
            scopes: vec!["CARD_REGISTRATION".to_owned()],
            redirect_url: Some(self.shop.url("/bound?order=7")),
            failure_redirect_url: Some(self.shop.url("/failed")),
            customer: Some(customer.to_owned()),
            phone: Some("6281234567890".to_owned()),
            bank_code: Some("002".to_owned()),
            details: [].into(),
            notify: None,
        };
        self.platform.ask_once(binding.as_str(), "issue", issue).await.unwrap();
        Session { binding, state, code }
    }

    /// The address of a session's page.
    pub(crate) fn url(&self, session: &Session) -> String {
        format!("{}{}", self.platform.base_url(), session.path())
    }

    /// A browser at a session's page.
    pub(crate) async fn browser(&self, manner: Manner, session: &Session) -> Browser {
        let browser = Browser::open(manner).await;
        browser.go(&self.url(session)).await;
        browser
    }

    /// The session as it stands.
    pub(crate) async fn view(&self, session: &Session) -> BindingView {
        let merchant = self.merchant.member_id.parse().unwrap();
        self.platform.ask(session.binding.as_str(), InquireBinding { merchant }).await.unwrap()
    }

    /// The same scene after its node was killed and another one has taken over.
    pub(crate) async fn killed(self) -> Self {
        let Self { platform, merchant, shop } = self;
        let platform = platform.kill().await.start().await;
        Self { platform, merchant, shop }
    }
}

/// Fills in the form of the card and sends it.
pub(crate) async fn enter_card(browser: &Browser, number: &str) {
    browser.fill("#number", number).await;
    browser.fill("#holder", "Siti Rahma").await;
    browser.fill("#expiry", "0829").await;
    browser.fill("#code", "123").await;
    browser.click("form[action*='/card'] button").await;
}

/// Fills in the one-time code and sends it.
pub(crate) async fn enter_otp(browser: &Browser, otp: &str) {
    browser.fill("#otp", otp).await;
    browser.click("form[action*='/otp'] button").await;
}
