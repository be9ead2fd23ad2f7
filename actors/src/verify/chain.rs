//! Each journal as a chain.

use super::{VerifyError, hex, same};
use crate::{
    ledger::batch_hash,
    ports::{AuditedBatch, JournalHead, journal_of},
};
use std::collections::BTreeMap;

/// Where the journals were found to end.
#[derive(Default)]
pub(super) struct Chains(BTreeMap<i32, JournalHead>);

impl Chains {
    /// Checks that the batch follows the one before in its journal.
    pub(super) fn add(&mut self, batch: &AuditedBatch) -> Result<(), VerifyError> {
        let journal = journal_of(batch.number);
        let end = self.0.entry(journal).or_insert_with(|| JournalHead::start(journal));
        let place = format!("batch {}", batch.number);
        same("number", &place, end.batch + 1, batch.number)?;
        let AuditedBatch { number, booked_at, events, postings, .. } = batch;
        let hash = batch_hash(&end.hash, *number, *booked_at, events, postings);
        same("hash", &place, hex(&hash), hex(&batch.hash))?;
        same("booking order", &place, true, *booked_at >= end.booked_at)?;
        for event in events {
            same("number", format!("an event in {place}"), end.event + 1, event.number)?;
            end.event = event.number;
        }
        for posting in postings {
            same("number", format!("a posting in {place}"), end.posting + 1, posting.number)?;
            same("booking time", &place, *booked_at, posting.booked_at)?;
            end.posting = posting.number;
        }
        (end.batch, end.hash, end.booked_at) = (*number, hash, *booked_at);
        Ok(())
    }

    /// Checks that every journal ends where its head says, and that none is without a head.
    pub(super) fn end(mut self, heads: &[JournalHead]) -> Result<(), VerifyError> {
        for head in heads {
            let start = || JournalHead::start(head.journal);
            let end = self.0.remove(&head.journal).unwrap_or_else(start);
            let place = format!("the head of journal {}", head.journal);
            same("number of the last batch", &place, end.batch, head.batch)?;
            same("hash", &place, hex(&end.hash), hex(&head.hash))?;
            same("number of the last event", &place, end.event, head.event)?;
            same("number of the last posting", &place, end.posting, head.posting)?;
        }
        let left = self.0.into_keys().next();
        same("journal without a head", "all batches", None, left)
    }
}
