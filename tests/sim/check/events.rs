//! Events as subscribers got them.

use super::same;
use crate::support::memory_store::MemoryStore;
use bytes::Bytes;
use purser_actors::ports::EventRow;
use purser_subjects::{EntityKey, Subject};
use std::collections::BTreeMap;

/// Everything that is stored was published, nothing else was, and of each object in its order.
pub(super) fn check(store: &MemoryStore, published: &[(String, Bytes)]) -> Result<(), String> {
    let mut stored: BTreeMap<(EntityKey, i64), EventRow> = BTreeMap::new();
    for event in store.all_events() {
        let place = (event.entity.clone(), event.version);
        if let Some(other) = stored.insert(place, event) {
            return Err(format!("two events are number {} of {}", other.version, other.entity));
        }
    }
    let mut heard: BTreeMap<EntityKey, i64> = BTreeMap::new();
    let total = stored.len();
    for (subject, message) in published {
        let Ok(Subject::Event { entity, event }) = subject.parse() else { continue };
        let envelope = Envelope::read(message)?;
        let last = heard.entry(entity.clone()).or_default();
        same(format!("number of {event} of {entity}"), *last + 1, envelope.sequence)?;
        *last = envelope.sequence;
        let Some(row) = stored.remove(&(entity.clone(), envelope.sequence)) else {
            return Err(format!("{event} of {entity} was published and is not stored"));
        };
        same(format!("name of event {} of {entity}", row.version), &row.name, &event)?;
        let is_contained = message.windows(row.payload.len()).any(|part| part == row.payload);
        same(format!("contents of event {} of {entity}", row.version), true, is_contained)?;
    }
    match stored.into_values().next() {
        Some(row) => Err(format!(
            "{} of {total} events were published; not {} of {}",
            published.len(),
            row.version,
            row.entity
        )),
        None => Ok(()),
    }
}

/// What is looked at of an event's envelope.
struct Envelope {
    sequence: i64,
}

impl Envelope {
    fn read(message: &[u8]) -> Result<Self, String> {
        let envelope: purser_subjects::Envelope<Anything> =
            purser_subjects::decode(message).map_err(|error| error.to_string())?;
        let sequence = envelope.sequence.ok_or("an event without a number")?;
        Ok(Self { sequence })
    }
}

/// A payload that is looked at as bytes.
#[derive(Debug)]
struct Anything;

impl<'de> serde::Deserialize<'de> for Anything {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}
