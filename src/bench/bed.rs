//! A node with open accounts, for the criterion groups of `benches/`: the same node and the same transfers
//! that `purser bench ledger` puts under load.

use super::{
    accounts::Accounts,
    embedded::Embedded,
    gate::Gate,
    harness::{Meter, Work},
    spread::Spread,
};
use crate::{config::Config, terminal::Failure};
use futures_util::future::BoxFuture;
use purser_actors::Limits;
use std::{path::Path, sync::Arc};

/// A running node on SQLite, and its accounts.
pub struct Bed {
    embedded: Embedded,
    accounts: Accounts,
}

impl Bed {
    /// Starts a node in a folder below `parent`, and opens so many guarded accounts with money on them.
    ///
    /// # Errors
    /// [`Failure`] when one of these cannot be done.
    pub async fn start(parent: &Path, accounts: usize) -> Result<Self, Failure> {
        let config = Config::default();
        let embedded = Embedded::start(&config, Some(parent), Limits::default()).await?;
        let meter = Meter::shown("bed");
        let accounts = Accounts::open(embedded.client(), accounts, &meter).await?;
        meter.clear();
        Ok(Self { embedded, accounts })
    }

    /// A call, told its number, that moves one minor unit; with an idempotency key if `keyed`. It panics
    /// when the money does not arrive.
    pub fn transfer(
        &self,
        spread: Spread,
        keyed: bool,
    ) -> impl Fn(u64) -> BoxFuture<'static, ()> + Clone + Send + 'static + use<> {
        let transfers = Arc::new(self.accounts.transfers(spread, keyed));
        move |number| {
            let transfers = transfers.clone();
            Box::pin(async move {
                if let Err(fault) = transfers.call(number).await {
                    panic!("a transfer that is covered was not booked: {}", fault.kind);
                }
            })
        }
    }

    /// Replays the books and removes everything: a figure counts only if they are right after it.
    ///
    /// # Errors
    /// [`Failure`] when they are not.
    pub async fn end(self) -> Result<(), Failure> {
        let mut gate = Gate::default();
        gate.books(&self.embedded.target()?, &Meter::hidden()).await;
        self.embedded.remove().await?;
        match gate.reasons().pop() {
            None => Ok(()),
            Some(reason) => Err(Failure::failed(reason)),
        }
    }
}
