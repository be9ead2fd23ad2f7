//! Ids of the latest publications.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

/// The latest `limit` ids.
pub(super) struct RecentIds {
    known: HashSet<Arc<str>>,
    oldest_first: VecDeque<Arc<str>>,
    limit: usize,
}

impl RecentIds {
    pub(super) fn new(limit: usize) -> Self {
        Self { known: HashSet::new(), oldest_first: VecDeque::new(), limit }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    pub(super) fn insert(&mut self, id: &str) {
        let id: Arc<str> = id.into();
        if !self.known.insert(id.clone()) {
            return;
        }
        self.oldest_first.push_back(id);
        if self.oldest_first.len() > self.limit
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ids_are_forgotten() {
        let mut recent = RecentIds::new(2);
        for id in ["a", "b", "b", "c"] {
            recent.insert(id);
        }
        assert!(!recent.contains("a"));
        assert!(recent.contains("b") && recent.contains("c"));
        assert_eq!((recent.known.len(), recent.oldest_first.len()), (2, 2));
    }
}
