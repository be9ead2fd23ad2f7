//! A shop, its server, and a clock that stands still.

use crate::support::{
    clock::ManualClock,
    platform::{PlatformBuilder, TestPlatform, eventually},
    receiver::{Received, Reply, TestReceiver},
    shop::{Shop, terms},
};
use purser::messenger::SECRET_PURPOSE;
use purser_actors::ports::{DeliveryQuery, DeliveryRow, DeliveryState};
use purser_subjects::{
    MerchantId,
    callback::{EndpointSecret, EndpointSettings, EndpointView, InquireEndpoint, RegisterEndpoint},
};
use standardwebhooks::Webhook;
use std::{sync::Arc, time::Duration};

pub(super) const MS: Duration = Duration::from_millis(1);
/// Enough real time for what is due to be done, where nothing should be.
pub(super) const MOMENT: Duration = Duration::from_millis(100);

pub(super) struct Scene {
    pub(super) platform: TestPlatform,
    pub(super) clock: Arc<ManualClock>,
    pub(super) receiver: TestReceiver,
    pub(super) shop: Shop,
}

impl Scene {
    pub(super) async fn set(platform: PlatformBuilder) -> Self {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let receiver = TestReceiver::start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        Self { platform, clock, receiver, shop }
    }

    /// The same with an endpoint `/cb` that wants everything.
    pub(super) async fn with_endpoint(platform: PlatformBuilder) -> Self {
        let scene = Self::set(platform).await;
        scene.register("cb", &[], EndpointSettings::default()).await;
        scene
    }

    /// Registers the endpoint `name`, at the path of the same name.
    pub(super) async fn register(
        &self,
        name: &str,
        events: &[&str],
        settings: EndpointSettings,
    ) -> EndpointView {
        self.register_at(name, self.receiver.url(&format!("/{name}")), events, settings).await
    }

    pub(super) async fn register_at(
        &self,
        name: &str,
        url: String,
        events: &[&str],
        settings: EndpointSettings,
    ) -> EndpointView {
        self.register_for(&self.shop.merchant, name, url, events, settings).await
    }

    /// For another merchant.
    pub(super) async fn register_for(
        &self,
        merchant: &MerchantId,
        name: &str,
        url: String,
        events: &[&str],
        settings: EndpointSettings,
    ) -> EndpointView {
        let register = RegisterEndpoint {
            merchant: merchant.clone(),
            url,
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            description: String::new(),
            secret: self.secret(name, 1),
            settings,
        };
        self.platform.ask(name, register).await.unwrap()
    }

    /// A secret of 32 equal bytes.
    pub(super) fn secret(&self, endpoint: &str, byte: u8) -> EndpointSecret {
        let hmac = self.platform.vault.seal(SECRET_PURPOSE, endpoint, &[byte; 32]);
        EndpointSecret { hmac, ed25519: None }
    }

    pub(super) async fn purchase(&self, reference: &str) {
        self.shop.purchase(&self.platform, reference, 1_000).await;
    }

    pub(super) async fn endpoint(&self, name: &str) -> EndpointView {
        self.platform.ask(name, InquireEndpoint::default()).await.unwrap()
    }

    /// Waits until so many attempts in a row have failed and are stored.
    pub(super) async fn failures(&self, name: &str, in_a_row: u32) {
        eventually("the attempts have ended", async || {
            self.endpoint(name).await.failures_in_a_row == in_a_row
        })
        .await;
    }

    pub(super) async fn delivered(&self, name: &str, count: u64) {
        eventually("they are marked delivered", async || {
            self.endpoint(name).await.delivered == count
        })
        .await;
    }

    /// Nothing more arrives.
    pub(super) async fn stays_at(&self, count: usize) {
        tokio::time::sleep(MOMENT).await;
        assert_eq!(self.receiver.count(), count);
    }

    /// Deliveries to an endpoint, oldest first.
    pub(super) async fn deliveries(&self, name: &str) -> Vec<DeliveryRow> {
        let endpoint = Some(name.parse().unwrap());
        let query = DeliveryQuery { endpoint, limit: 1_000, ..DeliveryQuery::default() };
        let mut rows = self.platform.store.deliveries(&query).await.unwrap();
        rows.reverse();
        rows
    }

    pub(super) async fn states(&self, name: &str) -> Vec<DeliveryState> {
        self.deliveries(name).await.iter().map(|row| row.state).collect()
    }
}

/// Whether the independent library signs it the same way with this secret. By the clock of the test it is
/// old or of the future, so the library is not asked to verify its time.
pub(super) fn verifies(received: &Received, byte: u8) -> bool {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let receiver = Webhook::new(&STANDARD.encode([byte; 32])).unwrap();
    let timestamp = received.header("webhook-timestamp").parse().unwrap();
    let id = received.header("webhook-id");
    let expected = receiver.sign(id, timestamp, &received.body).unwrap();
    received.header("webhook-signature").split(' ').any(|signature| signature == expected)
}

/// Type and sequence number.
pub(super) fn told(received: &Received) -> (String, u32) {
    let body = received.json();
    let sequence = body["sequence"].as_u64().unwrap().to_string();
    assert_eq!(received.header("webhook-sequence"), sequence);
    (body["type"].as_str().unwrap().to_owned(), sequence.parse().unwrap())
}

pub(super) fn is(event: &str, sequence: u32) -> (String, u32) {
    (event.to_owned(), sequence)
}

/// So many refusals.
pub(super) fn refusals(count: usize) -> Vec<Reply> {
    vec![Reply::Status(500); count]
}
