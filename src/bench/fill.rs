//! Fills a database with postings: transfers by the thousand in one command each, through actors and
//! journal, so that states, balances and chain are those of a database that grew by itself.

use super::{
    accounts::{Accounts, fault},
    harness::{Fault, Load, Meter, Outcome, Work, drive},
    spread::{Pairs, Spread},
    tally,
};
use crate::{store::StoreTarget, terminal::Failure};
use purser_actors::AskOptions;
use purser_subjects::{Answer, account::TransferBatch};
use std::{sync::Arc, time::Duration};

/// Transfers of one command: the most that one may have.
const TRANSFERS: u64 = 1_000;
/// Postings of a transfer.
const POSTINGS: u64 = 2;
/// Commands under way at once. Two of them fill a commit; the others are decided meanwhile.
const CALLERS: usize = 8;
/// Longest time for all of it.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);

/// What was filled in.
pub(super) struct Filled {
    /// Postings, by the journals' own count.
    pub(super) postings: u64,
    pub(super) seconds: f64,
}

/// Adds so many postings, or one more: payments of the first `payers` of the accounts to all of them.
///
/// # Errors
/// [`Failure`] when one of them is not booked.
pub(super) async fn fill(
    accounts: &Accounts,
    payers: usize,
    postings: u64,
    target: &StoreTarget,
) -> Result<Filled, Failure> {
    let transfers = postings.div_ceil(POSTINGS);
    let filling = Filling {
        accounts: accounts.clone(),
        payers: payers.clamp(1, accounts.ids.len()),
        pairs: Pairs::new(Spread::Uniform, accounts.ids.len()),
        transfers,
    };
    let most_calls = transfers.div_ceil(TRANSFERS);
    let load = Load { most_calls, ..Load::closed(CALLERS, Duration::ZERO, PATIENCE) };
    let meter = Meter::counting("filling", transfers * POSTINGS, "postings");
    let before = tally::postings(&tally::mark(target).await?);
    let sample = drive(Arc::new(filling), &load, &meter).await;
    meter.clear();
    let filled = tally::postings(&tally::mark(target).await?) - before;
    if let Some(kind) = sample.errors.keys().next() {
        return Err(Failure::failed(format!("the database cannot be filled: {kind}")));
    }
    if filled != transfers * POSTINGS {
        let told = format!("{filled} postings instead of {}", transfers * POSTINGS);
        return Err(Failure::failed(format!("the database cannot be filled: {told}")));
    }
    Ok(Filled { postings: filled, seconds: sample.seconds })
}

struct Filling {
    accounts: Accounts,
    payers: usize,
    pairs: Pairs,
    transfers: u64,
}

impl Work for Filling {
    async fn call(&self, number: u64) -> Outcome {
        let ids = &self.accounts.ids;
        let from = number as usize % self.payers;
        let first = number * TRANSFERS;
        let numbers = first..(first + TRANSFERS).min(self.transfers);
        let transfers = numbers.map(|number| {
            let to = self.pairs.of(number).1;
            // Nobody pays himself.
            let to = if to == from { (to + 1) % ids.len() } else { to };
            self.accounts.transfer(&ids[to], 1)
        });
        let batch = TransferBatch { transfers: transfers.collect() };
        let client = &self.accounts.client;
        let booked = client.ask(ids[from].entity_id(), batch, AskOptions::default()).await;
        let booked = booked.map_err(fault)?;
        match booked.results.iter().all(|result| matches!(result, Answer::Ok(_))) {
            true => Ok(()),
            false => Err(Fault::unknown("a transfer was refused")),
        }
    }

    fn weight(&self) -> u64 {
        TRANSFERS * POSTINGS
    }
}
