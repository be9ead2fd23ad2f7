//! Answers that an actor has given or promised lately.

use crate::ports::AnswerKey;
use bytes::Bytes;
use lru::LruCache;

/// They are remembered until the store surely has them; the least recently used go first.
pub(super) struct Recent {
    /// Digest of the command and its answer, if it has one so far. Nothing before there is one, and grows with what
    /// is in it: most actors have none or one, and there are many actors.
    answers: Option<Box<LruCache<AnswerKey, Answered>>>,
    most: usize,
}

type Answered = ([u8; 32], Option<Bytes>);

impl Recent {
    /// Remembers `most` answers, and always the last one.
    pub(super) fn new(most: usize) -> Self {
        Self { answers: None, most: most.max(1) }
    }

    pub(super) fn get(&mut self, key: &AnswerKey) -> Option<&Answered> {
        self.answers.as_mut()?.get(key)
    }

    pub(super) fn put(&mut self, key: AnswerKey, digest: [u8; 32], answer: Option<Bytes>) {
        let answers = self.answers.get_or_insert_with(|| Box::new(LruCache::unbounded()));
        answers.put(key, (digest, answer));
        while answers.len() > self.most {
            answers.pop_lru();
        }
    }

    /// Keeps a promise, if it is remembered.
    pub(super) fn complete(&mut self, key: &AnswerKey, answer: &Bytes) {
        let answers = self.answers.as_mut();
        if let Some((_, promised)) = answers.and_then(|answers| answers.get_mut(key)) {
            *promised = Some(answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> AnswerKey {
        AnswerKey([byte; 16])
    }

    #[test]
    fn the_last_ones_are_remembered() {
        let mut recent = Recent::new(2);
        for byte in 1..=3 {
            recent.put(key(byte), [byte; 32], None);
        }
        assert_eq!(recent.get(&key(1)), None);
        assert_eq!(recent.get(&key(2)), Some(&([2; 32], None)));
        recent.put(key(4), [4; 32], None);
        assert_eq!(recent.get(&key(3)), None, "2 was used after it");
    }

    #[test]
    fn a_promise_is_kept_once_it_is_answered() {
        let mut recent = Recent::new(0);
        let answer = Bytes::from_static(b"done");
        recent.put(key(1), [1; 32], None);
        recent.complete(&key(1), &answer);
        recent.complete(&key(2), &answer);
        assert_eq!(recent.get(&key(1)), Some(&([1; 32], Some(answer))));
        assert_eq!(recent.get(&key(2)), None);
    }
}
