//! How many messages are under way, and how old the oldest is.

use purser_subjects::{EntityKind, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
};

/// Messages of a kind whose arrivals are kept; a power of two. Any more are counted all the same.
const PLACES: usize = 8_192;

/// Places that a message looks at for a free one.
const LOOKS: usize = 4;

/// Messages under way, per kind of entity. Every message enters and leaves here, so without a lock.
#[derive(Debug)]
pub(crate) struct InFlight {
    kinds: [Kind; EntityKind::ALL.len()],
}

#[derive(Debug)]
struct Kind {
    next: AtomicUsize,
    under_way: AtomicU64,
    /// When messages arrived, in milliseconds; zero where there is none.
    arrived: Box<[AtomicI64]>,
}

/// Stands for one message from its arrival until its actor has handled it.
#[derive(Debug)]
pub(crate) struct Ticket {
    in_flight: Arc<InFlight>,
    kind: usize,
    place: Option<usize>,
}

impl Default for InFlight {
    fn default() -> Self {
        let kind = |_| Kind {
            next: AtomicUsize::new(0),
            under_way: AtomicU64::new(0),
            arrived: (0..PLACES).map(|_| AtomicI64::new(0)).collect(),
        };
        Self { kinds: EntityKind::ALL.map(kind) }
    }
}

impl InFlight {
    pub(crate) fn enter(self: &Arc<Self>, kind: EntityKind, now: Timestamp) -> Ticket {
        let kind = EntityKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
        let place = self.kinds[kind].enter(now);
        Ticket { in_flight: self.clone(), kind, place }
    }

    /// Writes depth and age of every kind to the metrics.
    pub(crate) fn report(&self, now: Timestamp) {
        for (messages, kind) in self.kinds.iter().zip(EntityKind::ALL) {
            let (depth, oldest) = messages.look();
            let age = oldest.map_or(0.0, |arrived| now.since(arrived).as_secs_f64());
            metrics::gauge!("purser_mailbox_depth", "kind" => kind.token()).set(depth as f64);
            metrics::gauge!("purser_oldest_message_seconds", "kind" => kind.token()).set(age);
        }
    }
}

impl Kind {
    /// The place in which the arrival is kept, if a free one was found.
    fn enter(&self, now: Timestamp) -> Option<usize> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let arrived = now.as_millis().max(1);
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let looks = (0..LOOKS).map(|look| first.wrapping_add(look) % PLACES);
        let free = |place: &usize| {
            let place = &self.arrived[*place];
            place.compare_exchange(0, arrived, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        looks.into_iter().find(free)
    }

    fn leave(&self, place: Option<usize>) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        if let Some(place) = place {
            self.arrived[place].store(0, Ordering::Relaxed);
        }
    }

    /// Messages under way, and when the oldest arrived of those whose arrival is kept.
    fn look(&self) -> (u64, Option<Timestamp>) {
        let arrived = self.arrived.iter().map(|at| at.load(Ordering::Relaxed));
        let oldest = arrived.filter(|at| *at != 0).min();
        (self.under_way.load(Ordering::Relaxed), oldest.map(Timestamp::from_millis))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.in_flight.kinds[self.kind].leave(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_until_they_leave_and_the_oldest_is_known() {
        let in_flight = Arc::<InFlight>::default();
        let at = Timestamp::from_millis;
        let accounts = || {
            let position = EntityKind::ALL.iter().position(|kind| *kind == EntityKind::Account);
            in_flight.kinds[position.unwrap()].look()
        };
        let old = in_flight.enter(EntityKind::Account, at(1_000));
        // Round the places more than once, past the one that is taken.
        for n in 0..2 * PLACES as i64 {
            drop(in_flight.enter(EntityKind::Account, at(2_000 + n)));
        }
        let young = in_flight.enter(EntityKind::Account, at(9_000_000));
        let other = in_flight.enter(EntityKind::Merchant, at(1));
        assert_eq!(accounts(), (2, Some(at(1_000))));
        drop((old, other));
        assert_eq!(accounts(), (1, Some(at(9_000_000))));
        drop(young);
        assert_eq!(accounts(), (0, None));
    }

    #[test]
    fn more_messages_than_places_are_counted_too() {
        let in_flight = Arc::<InFlight>::default();
        let enter = |n| in_flight.enter(EntityKind::Binding, Timestamp::from_millis(n));
        let tickets: Vec<_> = (1..=2 * PLACES as i64).map(enter).collect();
        let kind = EntityKind::ALL.iter().position(|kind| *kind == EntityKind::Binding).unwrap();
        let (depth, oldest) = in_flight.kinds[kind].look();
        assert_eq!((depth, oldest), (2 * PLACES as u64, Some(Timestamp::from_millis(1))));
        drop(tickets);
        assert_eq!(in_flight.kinds[kind].look(), (0, None));
    }
}
