//! Replays everything that is stored and compares it with what is stored beside it.
//!
//! First the journals: chains, zero sums, and what each account comes to. Then every entity: its events
//! replayed in the order of versions, whichever journals they are in, must give its state. Last the
//! balances.

mod chain;
mod entities;
mod ledger;

use crate::ports::{Audit, StoreError};
use chain::Chains;
use entities::Replayed;
use ledger::Sums;
use std::fmt;

/// Batches, entities or balances read at once.
const PAGE: u32 = 256;

/// How far verification is, in events, postings and entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Checked so far.
    pub done: u64,
    /// To be checked.
    pub total: u64,
}

/// What was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Journals, one of each node that ever wrote beside others.
    pub journals: u64,
    /// Batches of all journals.
    pub batches: u64,
    /// Events replayed.
    pub events: u64,
    /// Postings summed.
    pub postings: u64,
    /// Entities rebuilt.
    pub entities: u64,
    /// Balances compared.
    pub accounts: u64,
}

/// The first thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was compared.
    pub what: String,
    /// Where.
    pub place: String,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, place, expected, found } = self;
        write!(f, "{what} of {place}: expected {expected}, found {found}")
    }
}

/// Why verification did not end well.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The books are not as they should be.
    #[error("{0}")]
    Difference(Box<Difference>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses unless `found` is `expected`.
fn same<T: PartialEq + fmt::Debug>(
    what: &str,
    place: impl fmt::Display,
    expected: T,
    found: T,
) -> Result<(), VerifyError> {
    if expected == found {
        return Ok(());
    }
    let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
    let (what, place) = (what.to_owned(), place.to_string());
    Err(VerifyError::Difference(Box::new(Difference { what, place, expected, found })))
}

/// Verifies all of `audit`, and tells `progress` from time to time.
///
/// # Errors
/// [`VerifyError::Difference`] with the first difference, or [`VerifyError::Store`].
pub async fn verify(
    mut audit: Box<dyn Audit>,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<VerifyReport, VerifyError> {
    let summary = audit.summary().await?;
    let sizes = [summary.events, summary.events, summary.postings, summary.entities];
    let total = sizes.iter().map(|size| u64::try_from(*size).unwrap_or(0)).sum();
    let mut report = VerifyReport::default();
    let (mut chains, mut sums) = (Chains::default(), Sums::default());
    let mut last = 0;
    let mut tell = |report: &VerifyReport, replayed: u64| {
        let done = report.events + report.postings + report.entities + replayed;
        progress(Progress { done, total });
    };
    loop {
        let batches = audit.batches(last, PAGE).await?;
        if batches.is_empty() {
            break;
        }
        for batch in batches {
            last = batch.number;
            report.batches += 1;
            report.events += batch.events.len() as u64;
            report.postings += batch.postings.len() as u64;
            chains.add(&batch)?;
            sums.add(&batch)?;
        }
        tell(&report, 0);
    }
    chains.end(&summary.heads)?;
    report.journals = summary.heads.len() as u64;
    same("number of events", "all journals", summary.events as u64, report.events)?;
    same("number of postings", "all journals", summary.postings as u64, report.postings)?;
    same("number of events without an entity", "all journals", 0, summary.orphan_events)?;
    let mut replayed = Replayed::default();
    let mut after = None;
    loop {
        let entities = audit.entities(after.as_ref(), PAGE).await?;
        let Some(last) = entities.last() else { break };
        after = Some(last.key.clone());
        for entity in &entities {
            report.entities += 1;
            replayed.add(entity)?;
        }
        tell(&report, replayed.events());
    }
    same("number of replayed events", "all entities", report.events, replayed.events())?;
    let mut after = None;
    loop {
        let balances = audit.balances(after.as_ref(), PAGE).await?;
        let Some(last) = balances.last() else { break };
        after = Some(last.account.clone());
        for balance in &balances {
            report.accounts += 1;
            sums.compare(balance, replayed.account(&balance.account))?;
        }
    }
    sums.nothing_left()?;
    replayed.no_holds_left()?;
    tell(&report, replayed.events());
    Ok(report)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
