//! Tamper evidence: each batch's hash covers the one before it.

use crate::ports::{EventRow, PostingRow};
use purser_subjects::Timestamp;
use sha2::{Digest, Sha256};

/// SHA-256 over the hash before, the batch's number and booking time, its events and its postings.
/// Every variable part is preceded by its length, so that no two contents give the same input.
pub fn batch_hash(
    previous: &[u8; 32],
    number: i64,
    booked_at: Timestamp,
    events: &[EventRow],
    postings: &[PostingRow],
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(number.to_be_bytes());
    hash.update(booked_at.as_millis().to_be_bytes());
    hash.update((events.len() as u64).to_be_bytes());
    for event in events {
        hash.update(event.number.to_be_bytes());
        hash.update(event.entity.kind.number().to_be_bytes());
        sized(&mut hash, event.entity.id.as_str().as_bytes());
        hash.update(event.version.to_be_bytes());
        sized(&mut hash, event.name.as_bytes());
        sized(&mut hash, &event.payload);
        hash.update(event.correlation.as_bytes());
        hash.update(event.causation.as_bytes());
    }
    hash.update((postings.len() as u64).to_be_bytes());
    for posting in postings {
        hash.update(posting.number.to_be_bytes());
        hash.update(posting.group.as_bytes());
        sized(&mut hash, posting.account.as_str().as_bytes());
        hash.update(posting.amount.to_be_bytes());
        hash.update(posting.currency.code().as_bytes());
        hash.update(posting.booked_at.as_millis().to_be_bytes());
        hash.update(posting.effective_at.as_millis().to_be_bytes());
        sized(&mut hash, posting.memo.as_bytes());
    }
    hash.finalize().into()
}

fn sized(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
