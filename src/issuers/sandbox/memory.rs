//! Answers that were "lost", until somebody asks for them.

use purser_actors::ports::IssuerAnswer;
use purser_subjects::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// Answers remembered; the oldest go first.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub(super) struct Memory(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    known: HashMap<Uuid, (IssuerAnswer, Timestamp)>,
    order: VecDeque<Uuid>,
}

impl Memory {
    /// From `from` on, `operation` is found to have come to `answer`.
    pub(super) fn remember(&self, operation: Uuid, answer: IssuerAnswer, from: Timestamp) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.known.insert(operation, (answer, from)).is_none() {
            answers.order.push_back(operation);
        }
        while answers.order.len() > REMEMBERED {
            if let Some(oldest) = answers.order.pop_front() {
                answers.known.remove(&oldest);
            }
        }
    }

    pub(super) fn recall(&self, operation: Uuid) -> Option<(IssuerAnswer, Timestamp)> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.known.get(&operation).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answer_is_forgotten_first() {
        let memory = Memory::default();
        let from = Timestamp::from_millis(1);
        for number in 0..=REMEMBERED as u128 {
            memory.remember(Uuid::from_u128(number), IssuerAnswer::Done, from);
        }
        assert_eq!(memory.recall(Uuid::from_u128(0)), None);
        assert_eq!(memory.recall(Uuid::from_u128(1)), Some((IssuerAnswer::Done, from)));
    }
}
