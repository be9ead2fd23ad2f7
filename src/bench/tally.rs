//! What is stored, counted row by row after a load.

use crate::{
    store::{self, StoreTarget},
    terminal::{Failure, chain},
};
use purser_actors::ports::{AuditedBatch, JournalHead};
use purser_subjects::EntityKind;
use std::collections::BTreeMap;

/// Batches read at once.
const PAGE: u32 = 64;
/// Bits of a number that count within its journal.
const NUMBER_BITS: u32 = 40;

/// Where the journals ended at some time; rows after it are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark(Vec<JournalHead>);

/// Rows of a load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Commits.
    pub(super) batches: u64,
    /// Events.
    pub(super) events: u64,
    /// Postings.
    pub(super) postings: u64,
    named: BTreeMap<(i16, String), u64>,
}

impl Tally {
    /// Events of this name.
    pub(super) fn of(&self, kind: EntityKind, name: &str) -> u64 {
        self.named.get(&(kind.number(), name.to_owned())).copied().unwrap_or(0)
    }

    fn add(&mut self, batch: &AuditedBatch) {
        self.batches += 1;
        self.events += batch.events.len() as u64;
        self.postings += batch.postings.len() as u64;
        for event in &batch.events {
            *self.named.entry((event.entity.kind.number(), event.name.clone())).or_default() += 1;
        }
    }
}

/// Where the journals end now.
pub(super) async fn mark(target: &StoreTarget) -> Result<Mark, Failure> {
    let mut audit = store::audit(target).await.map_err(|error| unreadable(&error))?;
    let summary = audit.summary().await.map_err(|error| unreadable(&error))?;
    Ok(Mark(summary.heads))
}

/// What was stored since `mark`, which moves to where this ended.
pub(super) async fn since(target: &StoreTarget, mark: &mut Mark) -> Result<Tally, Failure> {
    let mut audit = store::audit(target).await.map_err(|error| unreadable(&error))?;
    let summary = audit.summary().await.map_err(|error| unreadable(&error))?;
    let mut tally = Tally::default();
    for head in &summary.heads {
        let known = mark.0.iter().find(|known| known.journal == head.journal);
        let first = i64::from(head.journal - 1) << NUMBER_BITS;
        let mut after = known.map_or(first, |known| known.batch);
        while after < head.batch {
            let page = audit.batches(after, PAGE).await.map_err(|error| unreadable(&error))?;
            let Some(last) = page.last() else { break };
            after = last.number;
            page.iter().filter(|batch| batch.number <= head.batch).for_each(|one| tally.add(one));
        }
    }
    mark.0 = summary.heads;
    Ok(tally)
}

fn unreadable(error: &dyn std::error::Error) -> Failure {
    Failure::failed(format!("the rows cannot be counted: {}", chain(error)))
}

/// Events of all journals up to `mark`.
pub(super) fn end(mark: &Mark) -> u64 {
    count(mark, |head| head.event)
}

/// Postings of all journals up to `mark`.
pub(super) fn postings(mark: &Mark) -> u64 {
    count(mark, |head| head.posting)
}

fn count(mark: &Mark, last: fn(&JournalHead) -> i64) -> u64 {
    let before = |head: &JournalHead| i64::from(head.journal - 1) << NUMBER_BITS;
    let rows = mark.0.iter().map(|head| last(head).saturating_sub(before(head)).max(0));
    u64::try_from(rows.sum::<i64>()).unwrap_or(0)
}
