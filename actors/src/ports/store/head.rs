//! Where a journal begins and ends.
//!
//! Every node writes a journal of its own, so that nodes commit at the same time. The numbers of batches,
//! events and postings say which journal they are of: each journal has 2^40 of them to itself, journal 1
//! those from 1. So one number names one row, whoever wrote it.

use purser_subjects::Timestamp;
use sha2::{Digest, Sha256};

/// Bits of a number that count within its journal.
const COUNTING_BITS: u32 = 40;

/// Messages to other entities are numbered from here. The numbers below belong to messages stored before
/// there were several journals, which were numbered by their batch.
const MESSAGES: i64 = 1 << 62;

/// Where a journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// Which journal, from 1.
    pub journal: i32,
    /// Raised whenever a process makes the journal its own.
    pub epoch: i64,
    /// How often a slot was taken from the journal's node, or given up by it.
    pub losses: i64,
    /// Number of the last batch.
    pub batch: i64,
    /// Hash of the last batch.
    pub hash: [u8; 32],
    /// Number of the last event.
    pub event: i64,
    /// Number of the last posting.
    pub posting: i64,
    /// Number of the last message to another entity.
    pub message: i64,
    /// Booking time of the last batch.
    pub booked_at: Timestamp,
    /// Number of the last event known to have been published.
    pub published: i64,
}

impl JournalHead {
    /// A journal that nothing was written to. Its numbers are those before the first.
    pub fn start(journal: i32) -> Self {
        let before = i64::from(journal - 1) << COUNTING_BITS;
        Self {
            journal,
            epoch: 0,
            losses: 0,
            batch: before,
            hash: start_hash(journal),
            event: before,
            posting: before,
            message: MESSAGES | before,
            booked_at: Timestamp::default(),
            published: before,
        }
    }
}

/// The journal that a batch, event or posting is of.
pub fn journal_of(number: i64) -> i32 {
    // The number before a journal's first is the last that the journal before could have.
    ((number - 1) >> COUNTING_BITS) as i32 + 1
}

/// What the first batch's hash is chained to: zeros in journal 1, and in every other a hash of its id,
/// so that no journal can be passed off as another.
fn start_hash(journal: i32) -> [u8; 32] {
    if journal == 1 {
        return [0; 32];
    }
    Sha256::new()
        .chain_update("purser journal")
        .chain_update(journal.to_be_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_journal_starts_where_the_only_one_always_did() {
        let head = JournalHead::start(1);
        assert_eq!((head.batch, head.event, head.posting, head.published), (0, 0, 0, 0));
        assert_eq!((head.hash, head.message), ([0; 32], 1 << 62));
    }

    #[test]
    fn every_journal_has_numbers_and_a_beginning_of_its_own() {
        let (second, third) = (JournalHead::start(2), JournalHead::start(3));
        assert_ne!(second.hash, third.hash);
        assert_ne!(second.hash, [0; 32]);
        assert_eq!(second.event, 1 << 40);
        assert_eq!(
            (journal_of(1), journal_of(second.event), journal_of(second.event + 1)),
            (1, 1, 2)
        );
        assert_eq!((journal_of(third.event), journal_of(third.event + 1)), (2, 3));
        // Far more journals than nodes can leave behind.
        let last = JournalHead::start(1 << 22);
        assert!(last.message.checked_add((1 << 40) - 1).is_some());
        assert!(last.event < MESSAGES);
    }
}
