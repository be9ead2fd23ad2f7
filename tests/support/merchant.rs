//! Merchants with credentials for the gateway.

use super::platform::{TestPlatform, eventually};
use purser_subjects::{
    MerchantId,
    account::{ReadBalance, Role, SystemAccount},
    merchant::{CreateMerchant, Credential, Environment, MerchantTerms},
};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

/// The partner of every merchant here.
const PARTNER: &str = "77";

/// A merchant as its client knows it.
#[derive(Clone)]
pub(crate) struct Merchant {
    pub(crate) member_id: String,
    pub(crate) username: String,
    pub(crate) partner_id: String,
    pub(crate) secure_key: String,
}

/// A merchant that is not created yet.
pub(crate) struct MerchantBuilder<'a> {
    platform: &'a TestPlatform,
    name: &'a str,
    environment: Environment,
    terms: MerchantTerms,
}

impl TestPlatform {
    /// A merchant of the sandbox that logs in as `name`.
    pub(crate) fn merchant<'a>(&'a self, name: &'a str) -> MerchantBuilder<'a> {
        MerchantBuilder {
            platform: self,
            name,
            environment: Environment::Sandbox,
            terms: MerchantTerms::default(),
        }
    }

    /// Minor units posted to one of a merchant's own accounts; zero when it has none yet.
    pub(crate) async fn posted(&self, merchant: &Merchant, currency: &str, role: Role) -> i64 {
        let id: MerchantId = merchant.member_id.parse().unwrap();
        let currency = currency.parse().unwrap();
        let account = SystemAccount { merchant: id, currency, role }.id();
        self.ask(account.as_str(), ReadBalance::default()).await.unwrap().posted
    }

    /// Waits until what was captured, less fees and refunds, is the merchant's.
    pub(crate) async fn settled(&self, merchant: &Merchant, currency: &str, minor: i64) {
        eventually("what was captured is settled", async || {
            self.posted(merchant, currency, Role::Available).await == minor
                && self.posted(merchant, currency, Role::Pending).await == 0
        })
        .await;
    }
}

impl Merchant {
    /// The merchant of a file `sandbox.json`.
    pub(crate) fn from_sandbox(sandbox: &Value) -> Self {
        let text = |name: &str| sandbox["gateway"][name].as_str().expect("a text").to_owned();
        Self {
            member_id: text("memberId"),
            username: text("username"),
            partner_id: text("partnerId"),
            secure_key: text("secureKey"),
        }
    }
}

impl MerchantBuilder<'_> {
    /// With real money.
    pub(crate) fn live(mut self) -> Self {
        self.environment = Environment::Live;
        self
    }

    pub(crate) fn with_terms(mut self, terms: MerchantTerms) -> Self {
        self.terms = terms;
        self
    }

    /// Lets payments be refunded in several parts.
    pub(crate) fn with_multiple_refunds(mut self) -> Self {
        self.terms.multiple_refunds = true;
        self
    }

    pub(crate) async fn create(self) -> Merchant {
        static NEXT: AtomicU32 = AtomicU32::new(10_001);
        let merchant = Merchant {
            member_id: NEXT.fetch_add(1, Ordering::Relaxed).to_string(),
            username: self.name.to_owned(),
            partner_id: PARTNER.to_owned(),
            secure_key: format!("secure-key-of-{}", self.name),
        };
        let context = format!("gateway:{}", merchant.username);
        let secret =
            self.platform.vault.seal("credential", &context, merchant.secure_key.as_bytes());
        let credential = Credential {
            scheme: "gateway".to_owned(),
            name: merchant.username.clone(),
            secret,
            attributes: [("partnerId".to_owned(), merchant.partner_id.clone())].into(),
        };
        let command = CreateMerchant {
            name: self.name.to_owned(),
            environment: self.environment,
            credentials: vec![credential],
            terms: self.terms,
        };
        self.platform.ask(&merchant.member_id, command).await.unwrap();
        merchant
    }
}
