//! Publishes many events at once, and yet those of one entity in order: none is sent before the one
//! before it was taken.

use crate::ports::{Bus, EventRow};
use futures_util::{StreamExt, stream::FuturesUnordered};
use purser_subjects::{EntityKey, Envelope, Subject};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use uuid::Uuid;

/// Events that were sent and not taken yet.
const WINDOW: usize = 256;

/// Publishes those of `events` that come after `published`, which then tells how far all is published.
/// Ends at the first failure; what was sent besides is published again later, with the same ids.
pub(super) async fn publish(
    bus: &dyn Bus,
    events: &[EventRow],
    published: &mut i64,
) -> Result<(), ()> {
    let before = *published;
    let last = events.last().map_or(before, |last| last.number.max(before));
    if !bus.hears_events() {
        *published = last;
        return Ok(());
    }
    let mut under_way = FuturesUnordered::new();
    let mut busy = HashSet::new();
    let mut lowest_failed: Option<i64> = None;
    let mut ended = |(event, is_taken): (&EventRow, bool), busy: &mut HashSet<EntityKey>| {
        busy.remove(&event.entity);
        if !is_taken {
            lowest_failed = Some(lowest_failed.map_or(event.number, |low| low.min(event.number)));
        }
        is_taken
    };
    let mut goes_on = true;
    for event in events.iter().filter(|event| event.number > before) {
        while goes_on && (under_way.len() >= WINDOW || busy.contains(&event.entity)) {
            let Some(one) = under_way.next().await else { break };
            goes_on = ended(one, &mut busy);
        }
        if !goes_on {
            break;
        }
        busy.insert(event.entity.clone());
        under_way.push(publish_one(bus, event));
    }
    while let Some(one) = under_way.next().await {
        ended(one, &mut busy);
    }
    *published = lowest_failed.map_or(last, |failed| failed - 1);
    if lowest_failed.is_some() { Err(()) } else { Ok(()) }
}

async fn publish_one<'a>(bus: &dyn Bus, event: &'a EventRow) -> (&'a EventRow, bool) {
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
    let sent = bus.publish(&subject, &id.to_string(), bytes.into()).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "an event could not be published");
    }
    (event, sent.is_ok())
}

/// The id under which an event is published: the same however often it is.
fn event_id(entity: &EntityKey, version: i64) -> Uuid {
    let digest = Sha256::digest(format!("{entity}/{version}"));
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(short).into_uuid()
}

#[cfg(test)]
mod tests;
