//! What clients ask for.

use super::{cluster::PARTITIONS, link::CardLink};
use bytes::Bytes;
use purser_actors::{AskOptions, Client, ports::Bus};
use purser_subjects::{
    AccountId, Address, Ask, Currency, EndpointId, EntityId, EntityKey, Envelope, MerchantId,
    Money, Rejection, Sealed, Subject, TransactionId,
    account::{
        Freeze, Leg, OpenAccount, PlaceHold, SettleHold, Side, Transfer, Unfreeze, VoidHold,
    },
    callback::{EndpointSecret, EndpointSettings, RegisterEndpoint},
    encode,
    merchant::{CreateMerchant, Environment, MerchantTerms},
    transaction::{Authorise, Capture, CardSummary, NotifyTarget, Refund, Void},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

/// How long a client waits for one answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A definite answer: the encoded reply, or a refusal that stays one.
pub(crate) type Answer = Result<Bytes, Rejection>;

/// A command with its idempotency key, which is its name.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) key: String,
    pub(crate) deed: Deed,
}

/// What it does. Amounts are euro cents.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Open { account: AccountId, floor: Option<i64>, ceiling: Option<i64> },
    Freeze { account: AccountId },
    Unfreeze { account: AccountId },
    Transfer { from: AccountId, to: AccountId, amount: i64 },
    Hold { account: AccountId, hold: EntityId, amount: i64 },
    Settle { account: AccountId, hold: EntityId, amount: i64, to: AccountId, release_rest: bool },
    VoidHold { account: AccountId, hold: EntityId },
    Create { merchant: MerchantId, terms: Box<MerchantTerms> },
    Register { merchant: MerchantId, endpoint: EndpointId },
    Authorise { sale: Sale, capture: bool },
    Capture { sale: Sale, amount: i64 },
    Void { sale: Sale },
    Refund { sale: Sale, amount: i64 },
    BeginLink { link: CardLink },
    EnterCard { link: CardLink, card: u8 },
    GiveCode { link: CardLink, is_right: bool },
    GiveUp { link: CardLink },
    Unlink { link: CardLink },
}

/// A payment, as its merchant knows it.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) merchant: MerchantId,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    /// Where the merchant is notified, if anywhere.
    pub(crate) url: Option<String>,
}

impl Sale {
    pub(crate) fn id(&self) -> TransactionId {
        TransactionId::derive(&self.merchant, &self.reference)
    }
}

pub(crate) fn euro() -> Currency {
    "EUR".parse().unwrap()
}

fn eur(minor: i64) -> Money {
    Money::new(minor, euro())
}

impl Command {
    /// The entity that it is for.
    pub(crate) fn entity(&self) -> EntityKey {
        match &self.deed {
            Deed::Open { account, .. }
            | Deed::Freeze { account }
            | Deed::Unfreeze { account }
            | Deed::Transfer { from: account, .. }
            | Deed::Hold { account, .. }
            | Deed::Settle { account, .. }
            | Deed::VoidHold { account, .. } => account.key(),
            Deed::Create { merchant, .. } => merchant.key(),
            Deed::Register { endpoint, .. } => endpoint.key(),
            Deed::Authorise { sale, .. }
            | Deed::Capture { sale, .. }
            | Deed::Void { sale }
            | Deed::Refund { sale, .. } => sale.id().key(),
            Deed::BeginLink { link }
            | Deed::EnterCard { link, .. }
            | Deed::GiveCode { link, .. }
            | Deed::GiveUp { link }
            | Deed::Unlink { link } => link.id().key(),
        }
    }

    /// Sends it once. What is submitted has no answer yet when this returns.
    pub(crate) async fn go(&self, way: Way<'_>) -> Answer {
        let client = &way;
        match self.deed.clone() {
            Deed::Open { floor, ceiling, .. } => {
                let open = OpenAccount { currency: euro(), side: Side::Credit, floor, ceiling };
                self.send(client, open).await
            }
            Deed::Freeze { .. } => self.send(client, Freeze {}).await,
            Deed::Unfreeze { .. } => self.send(client, Unfreeze {}).await,
            Deed::Transfer { to, amount, .. } => {
                let (amount, memo) = (eur(amount), Some(self.key.clone()));
                self.send(client, Transfer { to, amount, effective: None, memo }).await
            }
            Deed::Hold { hold, amount, .. } => {
                self.send(client, PlaceHold { hold, amount: eur(amount) }).await
            }
            Deed::Settle { hold, amount, to, release_rest, .. } => {
                let legs = vec![Leg { account: to, amount: -amount }];
                let (amount, memo) = (eur(amount), Some(self.key.clone()));
                self.send(client, SettleHold { hold, amount, legs, release_rest, memo }).await
            }
            Deed::VoidHold { hold, .. } => self.send(client, VoidHold { hold }).await,
            Deed::Create { merchant, terms } => {
                let (name, terms) = (format!("Shop {merchant}"), *terms);
                let environment = Environment::Sandbox;
                let create = CreateMerchant { name, environment, credentials: Vec::new(), terms };
                self.send(client, create).await
            }
            Deed::Register { merchant, endpoint } => {
                self.send(client, register(merchant, &endpoint)).await
            }
            Deed::Authorise { sale, capture } => self.send(client, authorise(sale, capture)).await,
            Deed::Capture { sale, amount } => {
                let (merchant, amount) = (sale.merchant, Some(eur(amount)));
                self.send(client, Capture { merchant, amount }).await
            }
            Deed::Void { sale } => {
                self.send(client, Void { merchant: sale.merchant, amount: None }).await
            }
            Deed::Refund { sale, amount } => {
                let (merchant, amount) = (sale.merchant, Some(eur(amount)));
                self.send(client, Refund { merchant, amount }).await
            }
            Deed::BeginLink { link } => self.send(client, link.issue()).await,
            Deed::EnterCard { link, card } => self.send(client, link.enter(card)).await,
            Deed::GiveCode { link, is_right } => self.send(client, link.verify(is_right)).await,
            Deed::GiveUp { link } => self.send(client, link.cancel()).await,
            Deed::Unlink { link } => self.send(client, link.unbind()).await,
        }
    }

    async fn send<A: Ask>(&self, way: &Way<'_>, ask: A) -> Answer {
        let client = match way {
            Way::Ask(client) => client,
            Way::Submit(bus) => return self.hand_over(*bus, ask).await,
        };
        let options =
            AskOptions { key: Some(self.key.clone()), timeout: PATIENCE, ..AskOptions::default() };
        let reply = client.ask(&self.entity().id, ask, options).await?;
        Ok(encode(&reply).into())
    }

    /// Hands the command over to the bus, until it has it.
    async fn hand_over<A: Ask>(&self, bus: &dyn Bus, ask: A) -> Answer {
        let envelope = Envelope { key: Some(self.key.clone()), ..Envelope::new("client", ask) };
        let subject = Subject::Command(Address::new(self.entity(), A::VERB, PARTITIONS));
        let message: Bytes = encode(&envelope).into();
        while bus.submit(&subject, &self.key, message.clone()).await.is_err() {
            sleep(Duration::from_millis(300)).await;
        }
        Ok(Bytes::new())
    }
}

/// How a command goes.
pub(crate) enum Way<'w> {
    /// It is asked, and answered after the commit.
    Ask(&'w Client),
    /// The bus keeps it until it is done; nobody is answered.
    Submit(&'w dyn Bus),
}

fn register(merchant: MerchantId, endpoint: &EndpointId) -> RegisterEndpoint {
    let hmac = Sealed::from_ciphertext(b"a simulated messenger signs nothing".to_vec());
    RegisterEndpoint {
        merchant,
        url: format!("https://{endpoint}.example/"),
        events: Vec::new(),
        description: String::new(),
        secret: EndpointSecret { hmac, ed25519: None },
        settings: EndpointSettings::default(),
    }
}

fn authorise(sale: Sale, capture: bool) -> Authorise {
    let card = CardSummary {
        brand: "VISA".to_owned(),
        bin: "424242".to_owned(),
        last4: "4242".to_owned(),
        expiry_month: 12,
        expiry_year: 2030,
        holder: String::new(),
    };
    Authorise {
        amount: eur(sale.amount),
        capture,
        card,
        sealed_card: Sealed::from_ciphertext(b"a simulated acquirer opens no cards".to_vec()),
        details: BTreeMap::new(),
        notify: sale.url.map(|url| NotifyTarget { url, format: "gateway".to_owned() }),
        binding: None,
        merchant: sale.merchant,
        reference: sale.reference,
    }
}
