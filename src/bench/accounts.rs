//! Open accounts with money on them, and transfers between them.

use super::{
    harness::{Fault, Load, Meter, Outcome, Work, drive},
    spread::{Pairs, Spread},
};
use crate::terminal::Failure;
use purser_actors::{AskOptions, Client};
use purser_subjects::{
    AccountId, Answer, Ask, Currency, ErrorCode, InvalidId, Money, Rejection,
    account::{OpenAccount, Side, Transfer, TransferBatch},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// What every account begins with, in minor units; no bench spends it.
const FUNDS: i64 = 1_000_000_000_000;
/// Transfers of one funding command.
const FUNDING_BATCH: usize = 500;
/// Callers that set the accounts up.
const CALLERS: usize = 512;
/// Longest time that one of the steps may take.
const PATIENCE: Duration = Duration::from_secs(3_600);
const CURRENCY: &str = "EUR";

/// Open accounts of a node.
#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) client: Client,
    pub(super) ids: Arc<[AccountId]>,
    pub(super) currency: Currency,
}

/// Transfers of one minor unit, one per call.
pub(super) struct Transfers {
    accounts: Accounts,
    pairs: Pairs,
    /// What idempotency keys begin with, where transfers have them.
    key: Option<String>,
}

impl Accounts {
    /// Opens so many guarded accounts, two at least, and puts money on each.
    pub(super) async fn open(client: Client, count: usize, meter: &Meter) -> Result<Self, Failure> {
        let accounts = Self::named(client, count)?;
        meter.say(format!("opening {} accounts", accounts.ids.len()));
        accounts.create().await?;
        accounts.fund(accounts.ids.len()).await?;
        meter.say("");
        Ok(accounts)
    }

    /// So many accounts, two at least, of which none is open yet.
    pub(super) fn named(client: Client, count: usize) -> Result<Self, Failure> {
        let currency: Currency = CURRENCY.parse().map_err(not_set_up)?;
        let ids = (0..count.max(2)).map(Self::id).collect::<Result<_, _>>();
        Ok(Self { client, ids: ids.map_err(not_set_up)?, currency })
    }

    /// The name of the account with this number.
    pub(super) fn id(number: usize) -> Result<AccountId, InvalidId> {
        format!("bench-{number}").parse()
    }

    /// Opens all of them.
    pub(super) async fn create(&self) -> Result<(), Failure> {
        self.each(self.ids.len(), Arc::new(Opening(self.clone())), "opening").await
    }

    /// Puts money on so many of them.
    pub(super) async fn fund(&self, count: usize) -> Result<(), Failure> {
        let bank: AccountId = "bench-bank".parse().map_err(not_set_up)?;
        let currency = self.currency;
        let unguarded = OpenAccount { currency, side: Side::Debit, floor: None, ceiling: None };
        self.ask(&bank, unguarded).await?;
        for some in self.ids[..count].chunks(FUNDING_BATCH) {
            let transfers = some.iter().map(|to| self.transfer(to, FUNDS)).collect();
            let funded = self.ask(&bank, TransferBatch { transfers }).await?;
            if !funded.results.iter().all(|result| matches!(result, Answer::Ok(_))) {
                return Err(not_set_up("an account did not take its money"));
            }
        }
        // An account that was credited by others reads its balance when it first spends; done here once.
        self.each(count, Arc::new(Round(self.clone())), "funding").await
    }

    /// Transfers between them, under keys of their own if `keyed`.
    pub(super) fn transfers(&self, spread: Spread, keyed: bool) -> Transfers {
        let pairs = Pairs::new(spread, self.ids.len());
        let key = keyed.then(|| Uuid::now_v7().simple().to_string());
        Transfers { accounts: self.clone(), pairs, key }
    }

    pub(super) fn transfer(&self, to: &AccountId, minor: i64) -> Transfer {
        let amount = Money::new(minor, self.currency);
        Transfer { to: to.clone(), amount, effective: None, memo: None }
    }

    /// Has `work` do something to each of the first `count`.
    async fn each<W: Work>(&self, count: usize, work: Arc<W>, what: &str) -> Result<(), Failure> {
        let count = count as u64;
        let load = Load { most_calls: count, ..Load::closed(CALLERS, Duration::ZERO, PATIENCE) };
        let meter = Meter::counting(what, count, "accounts");
        let sample = drive(work, &load, &meter).await;
        meter.clear();
        match sample.errors.keys().next() {
            None if sample.done == count => Ok(()),
            error => Err(not_set_up(format!("{} of {count}: {error:?}", sample.done))),
        }
    }

    async fn ask<A: Ask>(&self, id: &AccountId, command: A) -> Result<A::Reply, Failure> {
        let answer = self.client.ask(id.entity_id(), command, AskOptions::default()).await;
        answer.map_err(not_set_up)
    }
}

fn not_set_up(error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("the accounts cannot be set up: {error}"))
}

struct Opening(Accounts);

impl Work for Opening {
    async fn call(&self, number: u64) -> Outcome {
        let Accounts { client, ids, currency } = &self.0;
        let (currency, side, floor) = (*currency, Side::Credit, Some(0));
        let guarded = OpenAccount { currency, side, floor, ceiling: None };
        let id = ids[number as usize].entity_id();
        client.ask(id, guarded, AskOptions::default()).await.map(drop).map_err(fault)
    }
}

/// Each pays the next.
struct Round(Accounts);

impl Work for Round {
    async fn call(&self, number: u64) -> Outcome {
        let ids = &self.0.ids;
        let (from, to) = (number as usize, (number as usize + 1) % ids.len());
        let command = self.0.transfer(&ids[to], 1);
        let asked = self.0.client.ask(ids[from].entity_id(), command, AskOptions::default());
        asked.await.map(drop).map_err(fault)
    }
}

impl Transfers {
    /// Who pays, and the command, of the call with this number.
    pub(super) fn command(&self, number: u64) -> (&AccountId, Transfer) {
        let (from, to) = self.pairs.of(number);
        let ids = &self.accounts.ids;
        (&ids[from], self.accounts.transfer(&ids[to], 1))
    }
}

impl Work for Transfers {
    async fn call(&self, number: u64) -> Outcome {
        let (from, command) = self.command(number);
        let key = self.key.as_ref().map(|key| format!("{key}-{number}"));
        let options = AskOptions { key, ..AskOptions::default() };
        let asked = self.accounts.client.ask(from.entity_id(), command, options);
        asked.await.map(drop).map_err(fault)
    }
}

/// What a refusal is counted as. Only of what is unavailable it is not known whether it was done.
pub(super) fn fault(rejection: Rejection) -> Fault {
    match rejection.code {
        ErrorCode::Unavailable => Fault::unknown(ErrorCode::Unavailable.as_str()),
        code => Fault::refused(code.as_str()),
    }
}

/// A name that is none; nothing was asked.
pub(super) fn no_id(_: InvalidId) -> Fault {
    Fault::refused("no id")
}

/// Accounts that were brought into memory, by the node's metrics.
pub(super) fn activated(metrics: &str) -> u64 {
    let name = "purser_entities_activated_total{kind=\"account\"} ";
    let value = metrics.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.parse::<f64>().ok()).map_or(0, |value| value as u64)
}
