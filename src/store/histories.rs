//! Which events are whose, without an index of the table: only an audit asks, and every commit would pay.

use purser_subjects::EntityKey;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Numbers of the events of each entity. Takes 16 bytes of memory for each event.
#[derive(Default)]
pub(super) struct Histories {
    /// A hash of the entity's key, and the event's number.
    places: Vec<(u64, i64)>,
}

impl Histories {
    /// Notes whose the event `number` is.
    pub(super) fn add(&mut self, kind: i16, id: &str, number: i64) {
        self.places.push((hash(kind, id), number));
    }

    /// To be called once all are added.
    pub(super) fn sort(&mut self) {
        self.places.sort_unstable();
    }

    /// Numbers of the entity's events, and now and then those of another one with the same hash.
    pub(super) fn numbers(&self, entity: &EntityKey) -> impl Iterator<Item = i64> {
        let own = hash(entity.kind.number(), entity.id.as_str());
        let first = self.places.partition_point(|(hash, _)| *hash < own);
        let of_hash = self.places[first..].iter().take_while(move |(hash, _)| *hash == own);
        of_hash.map(|(_, number)| *number)
    }
}

fn hash(kind: i16, id: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((kind, id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::EntityKind;

    #[test]
    fn each_entity_has_its_own_events_in_their_order() {
        let mut histories = Histories::default();
        for number in 1..=1000 {
            histories.add(2, &format!("account-{}", number % 10), number);
        }
        histories.sort();
        let numbers = |id: &str, kind| {
            let key = EntityKey::new(kind, id.parse().unwrap());
            histories.numbers(&key).collect::<Vec<_>>()
        };
        let expected: Vec<_> = (0..100).map(|n| 10 * n + 3).collect();
        assert_eq!(numbers("account-3", EntityKind::Account), expected);
        assert!(numbers("account-3", EntityKind::Merchant).is_empty());
        assert!(numbers("nobody", EntityKind::Account).is_empty());
    }
}
