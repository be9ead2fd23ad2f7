//! What was received before: duplicates, and gaps in the numbers of an object.

use super::notification::Notification;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Notifications and objects remembered, each; the oldest are forgotten first.
const REMEMBERED: usize = 100_000;
/// Missing numbers of one object that are remembered and told.
const MAX_MISSING: usize = 100;

/// Where a notification stands among those received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// It was taken before.
    pub(super) duplicate: bool,
    /// Numbers of the same object before it that were never taken.
    pub(super) missing: Vec<u32>,
    /// A later one of the same object was taken before it.
    pub(super) late: bool,
}

/// What was taken so far.
#[derive(Debug, Default)]
pub(super) struct History {
    notifications: Bounded<Tries>,
    objects: Bounded<Numbers>,
}

#[derive(Debug, Default)]
struct Tries {
    attempts: u32,
    taken: bool,
}

#[derive(Debug, Default)]
struct Numbers {
    highest: u32,
    missing: BTreeSet<u32>,
}

impl History {
    /// Counts an attempt of the notification `id`; from 1.
    pub(super) fn attempt(&mut self, id: &str) -> u32 {
        let tries = self.notifications.of(id);
        tries.attempts = tries.attempts.saturating_add(1);
        tries.attempts
    }

    /// Remembers a notification to `path`; one that is not taken will come again and does not count.
    pub(super) fn record(&mut self, path: &str, told: &Notification, taken: bool) -> Place {
        let tries = self.notifications.of(&told.id);
        if tries.taken {
            return Place { duplicate: true, ..Place::default() };
        }
        if !taken {
            return Place::default();
        }
        tries.taken = true;
        let (Some(object), Some(number)) = (&told.object, told.sequence) else {
            return Place::default();
        };
        self.objects.of(&format!("{path} {object}")).take(number)
    }
}

impl Numbers {
    fn take(&mut self, number: u32) -> Place {
        self.missing.remove(&number);
        let late = number < self.highest;
        if number > self.highest {
            let room = MAX_MISSING.saturating_sub(self.missing.len());
            self.missing.extend((self.highest + 1..number).take(room));
            self.highest = number;
        }
        let missing = self.missing.iter().copied().filter(|gap| *gap < number).collect();
        Place { duplicate: false, missing, late }
    }
}

/// A map that forgets its oldest entries.
#[derive(Debug)]
struct Bounded<V> {
    values: HashMap<String, V>,
    order: VecDeque<String>,
}

impl<V> Default for Bounded<V> {
    fn default() -> Self {
        Self { values: HashMap::new(), order: VecDeque::new() }
    }
}

impl<V: Default> Bounded<V> {
    fn of(&mut self, key: &str) -> &mut V {
        if !self.values.contains_key(key) {
            if self.order.len() >= REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.values.remove(&oldest);
            }
            self.order.push_back(key.to_owned());
        }
        self.values.entry(key.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: &str, object: &str, sequence: u32) -> Notification {
        let (object, sequence) = (Some(object.to_owned()), Some(sequence));
        Notification { id: id.to_owned(), object, sequence, attempt: None, event: None }
    }

    #[test]
    fn a_notification_counts_once_and_only_when_it_is_taken() {
        let mut history = History::default();
        assert_eq!([history.attempt("a"), history.attempt("a"), history.attempt("b")], [1, 2, 1]);
        let one = told("a", "p", 1);
        assert_eq!(history.record("/", &one, false), Place::default());
        assert_eq!(history.record("/", &one, true), Place::default());
        assert!(history.record("/", &one, true).duplicate);
    }

    #[test]
    fn gaps_are_told_per_object_until_they_are_filled() {
        let mut history = History::default();
        assert!(history.record("/", &told("1", "p", 1), true).missing.is_empty());
        assert_eq!(history.record("/", &told("4", "p", 4), true).missing, [2, 3]);
        assert!(history.record("/", &told("q", "q", 1), true).missing.is_empty());
        let late = history.record("/", &told("3", "p", 3), true);
        assert_eq!((late.missing, late.late), (vec![2], true));
        assert_eq!(history.record("/", &told("5", "p", 5), true).missing, [2]);
        assert!(history.record("/", &told("2", "p", 2), true).missing.is_empty());
        assert_eq!(history.record("/", &told("6", "p", 6), true), Place::default());
        // Another endpoint of the same merchant has numbers of its own.
        assert_eq!(history.record("/other", &told("7", "p", 1), true), Place::default());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.take(u32::MAX).missing.len(), MAX_MISSING);
        let mut map = Bounded::<u32>::default();
        for key in 0..=REMEMBERED {
            *map.of(&key.to_string()) = 1;
        }
        assert_eq!((map.values.len(), *map.of("0")), (REMEMBERED, 0));
    }
}
