//! A bus under test, and what tests do with it.

use crate::support::nats;
use bytes::Bytes;
use purser::bus::memory::MemoryBus;
use purser_actors::ports::{Bus, BusError, BusMessage, Subscription};
use purser_subjects::{Address, EntityKey, EntityKind, Subject, SubjectPrefix};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longer than anything takes that a test waits for.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Longer than a message takes that a test waits for in vain.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// A bus under test.
pub(crate) struct TestBus {
    pub(crate) bus: Arc<dyn Bus>,
    /// Where it is on the shared server, if it is there.
    place: Option<(String, SubjectPrefix)>,
}

impl TestBus {
    pub(crate) fn memory() -> Self {
        Self { bus: Arc::new(MemoryBus::new()), place: None }
    }

    pub(crate) async fn nats() -> Self {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let bus = Arc::new(nats::connect(&url, &prefix).await);
        Self { bus, place: Some((url, prefix)) }
    }

    /// The bus as another process sees it.
    pub(crate) async fn other(&self) -> Arc<dyn Bus> {
        match &self.place {
            None => self.bus.clone(),
            Some((url, prefix)) => Arc::new(nats::connect(url, prefix).await),
        }
    }

    pub(crate) async fn remove(&self) {
        if let Some((url, prefix)) = &self.place {
            nats::remove_streams(url, prefix).await;
        }
    }
}

pub(crate) fn account(id: &str) -> EntityKey {
    EntityKey::new(EntityKind::Account, id.parse().unwrap())
}

pub(crate) fn ask(id: &str) -> Subject {
    Subject::Ask(Address::new(account(id), "balance", 64))
}

pub(crate) fn command(id: &str) -> Subject {
    Subject::Command(Address::new(account(id), "transfer", 64))
}

pub(crate) fn event(id: &str) -> Subject {
    Subject::Event { entity: account(id), event: "opened".into() }
}

pub(crate) async fn ping(bus: &dyn Bus, id: &str, within: Duration) -> Result<Bytes, BusError> {
    bus.ask(&ask(id), Bytes::from_static(b"ping"), within).await
}

/// Answers every request with its own name for as long as the bus lives.
pub(crate) async fn answer_as(
    bus: &Arc<dyn Bus>,
    pattern: &str,
    queue: Option<&str>,
    name: &'static str,
) {
    let mut subscription = bus.subscribe(pattern, queue).await.unwrap();
    tokio::spawn(async move {
        while let Some(message) = subscription.next().await {
            if let Some(responder) = message.responder {
                responder.respond(Bytes::from_static(name.as_bytes()));
            }
        }
    });
}

pub(crate) async fn next(subscription: &mut Subscription) -> BusMessage {
    timeout(LONG, subscription.next()).await.expect("a message comes").expect("the bus is open")
}

/// What comes until nothing comes any more.
pub(crate) async fn rest(subscription: &mut Subscription) -> Vec<String> {
    let mut texts = Vec::new();
    while let Ok(Some(message)) = timeout(SHORT, subscription.next()).await {
        texts.push(text(&message.payload));
    }
    texts
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
