//! Publishes committed events, in order. The journal itself is their outbox: a mark says how far.

use crate::{host::Services, journal::Committed, ports::EventRow};
use purser_subjects::{EntityKey, Envelope, Subject};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// How often the store is looked at for events that nobody was told of.
const LOOK: Duration = Duration::from_secs(10);

/// Pause after a failure of bus or store.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn run(
    services: Arc<Services>,
    mut committed: mpsc::Receiver<Committed>,
    mut published: i64,
    mut stop: watch::Receiver<bool>,
) {
    // What an earlier process committed and did not publish.
    published = catch_up(&services, published, &stop).await;
    loop {
        let batch = tokio::select! {
            batch = committed.recv() => batch,
            () = services.hints.missed.notified() => Some(Committed::default()),
            () = tokio::time::sleep(LOOK) => Some(Committed::default()),
            _ = stop.wait_for(|stop| *stop) => committed.try_recv().ok(),
        };
        let Some(Committed { events, .. }) = batch else { return };
        let in_order = events.first().is_some_and(|first| first.number == published + 1);
        if !in_order || publish_all(&services, &events, &mut published).await.is_err() {
            published = catch_up(&services, published, &stop).await;
        }
        services.journal.set_published(published);
    }
}

async fn catch_up(services: &Services, mut published: i64, stop: &watch::Receiver<bool>) -> i64 {
    while !*stop.borrow() {
        let events = match services.store.events(published, services.limits.due_page).await {
            Ok(events) if events.is_empty() => break,
            Ok(events) => events,
            Err(error) => {
                tracing::error!(%error, "events cannot be read");
                tokio::time::sleep(FAULT_PAUSE).await;
                continue;
            }
        };
        if publish_all(services, &events, &mut published).await.is_err() {
            tokio::time::sleep(FAULT_PAUSE).await;
        }
        services.journal.set_published(published);
    }
    published
}

async fn publish_all(
    services: &Services,
    events: &[EventRow],
    published: &mut i64,
) -> Result<(), ()> {
    let before = *published;
    for event in events.iter().filter(|event| event.number > before) {
        let subject = Subject::Event { entity: event.entity.clone(), event: event.name.clone() };
        let id = event_id(&event.entity, event.version);
        let envelope = Envelope {
            id,
            correlation: event.correlation,
            causation: Some(event.causation),
            sequence: Some(event.version),
            ..Envelope::new("purser", ())
        };
        let bytes = envelope.encode_around(&event.payload);
        let sent = services.bus.publish(&subject, &id.to_string(), bytes.into()).await;
        sent.map_err(|error| tracing::warn!(%error, "an event could not be published"))?;
        *published = event.number;
    }
    Ok(())
}

/// The id under which an event is published: the same however often it is.
fn event_id(entity: &EntityKey, version: i64) -> Uuid {
    let digest = Sha256::digest(format!("{entity}/{version}"));
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(short).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::EntityKind;

    /// Subscribers drop what they have seen by this id, so it may never change.
    #[test]
    fn the_id_of_an_event_is_its_own_and_never_changes() {
        let key = |kind, id: &str| EntityKey::new(kind, id.parse().unwrap());
        let alice = key(EntityKind::Account, "alice");
        let first = event_id(&alice, 1);
        assert_eq!(first.to_string(), "fe758922-df96-895b-9fb6-a5fec3c02eed");
        assert_eq!(first.get_version_num(), 8);
        assert_ne!(first, event_id(&alice, 2));
        assert_ne!(first, event_id(&key(EntityKind::Transaction, "alice"), 1));
        assert_ne!(event_id(&key(EntityKind::Account, "alice1"), 1), event_id(&alice, 11));
    }
}
