//! A merchant of a [`TestPlatform`], and payments of its customers.

use super::platform::{TestPlatform, eur};
use purser::card::CardSecret;
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, Currency, EntityId, MerchantId, Money, Rejection, TransactionId,
    account::{BalanceView, Role, SystemAccount},
    merchant::{
        CreateMerchant, Credential, Environment, FeeSchedule, MerchantTerms, SettlementTerms,
    },
    transaction::{
        Authorise, Capture, Inquire, NotifyTarget, OperationOutcome, PaymentReply, PaymentView,
        Refund, Void,
    },
};
use std::{collections::BTreeMap, time::Duration};

/// Card of the sandbox that approves everything.
pub(crate) const APPROVES: &str = "4242424242424242";
/// Card of the sandbox that is declined.
pub(crate) const DECLINES: &str = "4000000000000002";
/// With what every shop signs notifications.
pub(crate) const SECURE_KEY: &str = "a-secure-key";

/// A merchant. Commands go to whichever platform is given, so that a shop outlives a restart.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) merchant: MerchantId,
    /// Where its payments are notified to, if anywhere.
    pub(crate) notify: Option<String>,
}

/// Fee 2.5 % and 0.10; settled the next day at 06:00 UTC; no reserve; several refunds.
pub(crate) fn terms() -> MerchantTerms {
    MerchantTerms {
        fees: FeeSchedule { percent_bps: 250, fixed: vec![eur(10)], ..FeeSchedule::default() },
        settlement: SettlementTerms { delay_days: 1, hour_utc: 6, ..SettlementTerms::default() },
        multiple_refunds: true,
        acquirer: None,
        issuer: None,
    }
}

/// The same, settled at once.
pub(crate) fn settled_at_once() -> MerchantTerms {
    MerchantTerms { settlement: SettlementTerms::default(), ..terms() }
}

impl Shop {
    /// Creates the merchant `id`.
    pub(crate) async fn open(platform: &TestPlatform, id: &str, terms: MerchantTerms) -> Self {
        Self::open_in(platform, id, Environment::Sandbox, terms).await
    }

    /// Creates the live merchant `id`, whose money moves through `acquirer` if one is named.
    pub(crate) async fn open_live(
        platform: &TestPlatform,
        id: &str,
        acquirer: Option<&str>,
    ) -> Self {
        let acquirer = acquirer.map(|name| name.parse().unwrap());
        let terms = MerchantTerms { acquirer, ..settled_at_once() };
        Self::open_in(platform, id, Environment::Live, terms).await
    }

    async fn open_in(
        platform: &TestPlatform,
        id: &str,
        environment: Environment,
        terms: MerchantTerms,
    ) -> Self {
        let (scheme, name) = ("gateway".to_owned(), format!("user-{id}"));
        let context = format!("{scheme}:{name}");
        let secret = platform.vault.seal("credential", &context, SECURE_KEY.as_bytes());
        let credential = Credential { scheme, name, secret, attributes: BTreeMap::new() };
        let create = CreateMerchant {
            name: format!("Shop {id}"),
            environment,
            credentials: vec![credential],
            terms,
        };
        platform.ask(id, create).await.unwrap();
        Self { merchant: id.parse().unwrap(), notify: None }
    }

    /// The same merchant, whose further payments are notified to `url`.
    pub(crate) fn notified_at(mut self, url: String) -> Self {
        self.notify = Some(url);
        self
    }

    pub(crate) fn payment(&self, reference: &str) -> TransactionId {
        TransactionId::derive(&self.merchant, reference)
    }

    /// The command for a payment by `card`, captured at once or not.
    pub(crate) fn authorise(
        &self,
        platform: &TestPlatform,
        reference: &str,
        card: &str,
        minor: i64,
        capture: bool,
    ) -> Authorise {
        let card = CardSecret::new(card, 12, 2030, Some("123")).unwrap();
        let format = "gateway".to_owned();
        Authorise {
            merchant: self.merchant.clone(),
            reference: reference.to_owned(),
            amount: eur(minor),
            capture,
            sealed_card: card.seal(&platform.vault, &self.payment(reference)),
            card: card.summary("Jane Doe"),
            details: BTreeMap::new(),
            notify: self.notify.clone().map(|url| NotifyTarget { url, format }),
            binding: None,
        }
    }

    /// Pays with a card that approves, captured at once.
    pub(crate) async fn purchase(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> PaymentReply {
        let command = self.authorise(platform, reference, APPROVES, minor, true);
        self.ask(platform, reference, command).await.unwrap()
    }

    /// Authorises with a card that approves.
    pub(crate) async fn preauthorise(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> PaymentReply {
        let command = self.authorise(platform, reference, APPROVES, minor, false);
        self.ask(platform, reference, command).await.unwrap()
    }

    /// Asks the payment `reference`.
    pub(crate) async fn ask<A: Ask>(
        &self,
        platform: &TestPlatform,
        reference: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        platform.ask(self.payment(reference).as_str(), command).await
    }

    /// The same with an idempotency key; commands with one key count as the same.
    pub(crate) async fn ask_once<A: Ask>(
        &self,
        platform: &TestPlatform,
        reference: &str,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        // Sealed cards differ each time, so they cannot tell whether two commands are the same.
        let options = AskOptions {
            key: Some(key.to_owned()),
            fingerprint: Some([7; 32]),
            ..AskOptions::default()
        };
        platform.client.ask(self.payment(reference).entity_id(), command, options).await
    }

    /// The same, again and again until there is a definite answer.
    pub(crate) async fn ask_until_answered<A: Ask>(
        &self,
        platform: &TestPlatform,
        reference: &str,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        for _ in 0..100 {
            match self.ask_once(platform, reference, key, command.clone()).await {
                Err(refused) if refused.code.is_retryable() => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => return answer,
            }
        }
        panic!("{key} is never answered")
    }

    pub(crate) async fn capture(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> Result<PaymentReply, Rejection> {
        self.ask(platform, reference, self.to_capture(minor)).await
    }

    pub(crate) async fn refund(
        &self,
        platform: &TestPlatform,
        reference: &str,
        minor: i64,
    ) -> Result<PaymentReply, Rejection> {
        self.ask(platform, reference, self.to_refund(minor)).await
    }

    pub(crate) async fn void(
        &self,
        platform: &TestPlatform,
        reference: &str,
    ) -> Result<PaymentReply, Rejection> {
        let void = Void { merchant: self.merchant.clone(), amount: None };
        self.ask(platform, reference, void).await
    }

    pub(crate) async fn inquire(&self, platform: &TestPlatform, reference: &str) -> PaymentView {
        let inquire = Inquire { merchant: self.merchant.clone() };
        self.ask(platform, reference, inquire).await.unwrap()
    }

    pub(crate) fn to_capture(&self, minor: i64) -> Capture {
        Capture { merchant: self.merchant.clone(), amount: Some(eur(minor)) }
    }

    pub(crate) fn to_refund(&self, minor: i64) -> Refund {
        Refund { merchant: self.merchant.clone(), amount: Some(eur(minor)) }
    }

    pub(crate) fn account(&self, role: Role) -> EntityId {
        let currency: Currency = eur(0).currency;
        let account = SystemAccount { merchant: self.merchant.clone(), currency, role };
        account.id().entity_id().clone()
    }

    pub(crate) async fn balance(&self, platform: &TestPlatform, role: Role) -> BalanceView {
        platform.balance(self.account(role).as_str()).await
    }

    /// Posted on clearing, pending, available, fees and reserve, in minor units.
    pub(crate) async fn books(&self, platform: &TestPlatform) -> [i64; 5] {
        let mut books = [0; 5];
        for (book, role) in books.iter_mut().zip(Role::ALL) {
            *book = self.balance(platform, role).await.posted;
        }
        books
    }
}

/// Whether the operation that was answered took effect.
pub(crate) fn is_approved(reply: &PaymentReply) -> bool {
    reply.operation.outcome == OperationOutcome::Approved
}

/// The amount as it stands in a notification.
pub(crate) fn decimal(minor: i64) -> String {
    Money::new(minor, eur(0).currency).to_decimal(2)
}
