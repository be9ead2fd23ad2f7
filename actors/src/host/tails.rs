//! Events that other nodes committed and may not have published. Whoever takes a slot over publishes them
//! before its own, so that the events of one entity come in order.

use crate::ports::Tail;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Ends of journals that are to be published before anything that is committed from now on.
#[derive(Debug, Default)]
pub(crate) struct Tails {
    waiting: Mutex<VecDeque<Tail>>,
}

/// The ends of journals that several slots have, each once, in an order in which those of every slot keep
/// theirs, as far as there is one.
pub(crate) fn merged(mut of_slots: Vec<Vec<Tail>>) -> Vec<Tail> {
    let mut merged = Vec::new();
    loop {
        of_slots.retain(|tails| !tails.is_empty());
        let Some(any) = of_slots.first().map(|tails| tails[0].journal) else { return merged };
        let is_first = |journal: &i32| {
            let place = |tails: &Vec<Tail>| tails.iter().position(|tail| tail.journal == *journal);
            of_slots.iter().all(|tails| place(tails).is_none_or(|place| place == 0))
        };
        let mut firsts = of_slots.iter().map(|tails| tails[0].journal);
        let journal = firsts.find(is_first).unwrap_or(any);
        let ends = of_slots.iter().flatten().filter(|tail| tail.journal == journal);
        let event = ends.map(|tail| tail.event).max().unwrap_or_default();
        merged.push(Tail { journal, event });
        of_slots.iter_mut().for_each(|tails| tails.retain(|tail| tail.journal != journal));
    }
}

impl Tails {
    /// These too, in this order. Slots that were taken together have them in common.
    pub(crate) fn add(&self, tails: Vec<Tail>) {
        let mut waiting = self.waiting();
        for tail in tails {
            let covers = |known: &Tail| known.journal == tail.journal && known.event >= tail.event;
            if !waiting.iter().any(covers) {
                waiting.push_back(tail);
            }
        }
    }

    /// The first one that waits.
    pub(crate) fn first(&self) -> Option<Tail> {
        self.waiting().front().copied()
    }

    /// The first one has been published.
    pub(crate) fn done(&self) {
        self.waiting().pop_front();
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Tail>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_keeps_the_order_of_its_own() {
        let tail = |journal, event| Tail { journal, event };
        let of_slots = vec![vec![tail(1, 5)], vec![], vec![tail(3, 7), tail(2, 2), tail(1, 6)]];
        assert_eq!(merged(of_slots), [tail(3, 7), tail(2, 2), tail(1, 6)]);
        let either_way = vec![vec![tail(1, 5), tail(2, 2)], vec![tail(2, 3), tail(1, 4)]];
        assert_eq!(merged(either_way), [tail(1, 5), tail(2, 3)]);
    }

    #[test]
    fn what_slots_have_in_common_is_published_once() {
        let tails = Tails::default();
        let tail = |journal, event| Tail { journal, event };
        tails.add(vec![tail(2, 10), tail(3, 5)]);
        tails.add(vec![tail(2, 10), tail(3, 4)]);
        tails.add(vec![tail(3, 6)]);
        let mut found = Vec::new();
        while let Some(first) = tails.first() {
            found.push(first);
            tails.done();
        }
        assert_eq!(found, [tail(2, 10), tail(3, 5), tail(3, 6)]);
    }
}
