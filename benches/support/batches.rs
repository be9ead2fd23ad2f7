//! Batches like those that the journal writer makes of transfers, one after another.

use bytes::Bytes;
use purser_actors::{
    account::AccountState,
    ledger::batch_hash,
    ports::{
        AccountWrite, BalanceChange, Batch, EntityWrite, EventRow, JournalHead, NodeId, NodeInfo,
        PostingRow, Share, Slot, Store,
    },
};
use purser_subjects::{
    AccountId, Currency, Event, Timestamp,
    account::{AccountEvent, AccountStatus, AccountTerms, Opened, Side, TransferBooked},
    encode,
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// What every account begins with, in minor units; no measurement spends it.
const FUNDS: i64 = 1_000_000_000_000;

/// Partitions of the store, as the platform's.
const PARTITIONS: u32 = 64;

/// Never renewed: nobody else wants the slots while the bench runs.
const LEASE: Duration = Duration::from_secs(4);

/// Accounts opened in one batch.
const OPENING_BATCH: usize = 1_000;

/// Makes batches that follow each other in one journal.
pub(crate) struct Batches {
    head: JournalHead,
    fences: Vec<(Slot, i64)>,
    bank: AccountId,
    accounts: Vec<AccountId>,
    versions: Vec<i64>,
    terms: AccountTerms,
    state: Bytes,
    next: usize,
}

impl Batches {
    /// Opens so many accounts, whose names no earlier run on the same store has used.
    pub(crate) async fn open(store: &dyn Store, accounts: usize) -> Self {
        let node = NodeInfo {
            id: NodeId(Uuid::now_v7()),
            name: "bench".to_owned(),
            shares: Share::ALL.to_vec(),
            partitions: PARTITIONS,
        };
        let head = store.join(&node, LEASE).await.expect("the bench can join");
        let slots: Vec<_> = Slot::all(&Share::ALL, PARTITIONS).collect();
        let leases = store.take(node.id, head.epoch, &slots).await.expect("slots can be taken");
        let run = node.id.0.simple();
        let name = |n| format!("{run}-{n}").parse().expect("a valid id");
        let currency: Currency = "EUR".parse().expect("a currency");
        let terms = AccountTerms { currency, side: Side::Credit, floor: Some(0), ceiling: None };
        let state = AccountState { terms: Some(terms), ..AccountState::default() };
        let mut batches = Self {
            accounts: (0..accounts).map(name).collect(),
            versions: vec![0; accounts],
            terms,
            state: encode(&state).into(),
            next: 0,
            fences: leases.iter().map(|lease| (lease.slot, lease.epoch)).collect(),
            bank: name(accounts),
            head,
        };
        for first in (0..accounts).step_by(OPENING_BATCH) {
            let last = accounts.min(first + OPENING_BATCH);
            let batch = batches.opening(first..last);
            store.commit(&batch).await.expect("the accounts can be opened");
        }
        batches
    }

    fn opening(&mut self, places: std::ops::Range<usize>) -> Batch {
        let mut batch = self.empty();
        let mut group = vec![(self.bank.clone(), FUNDS * places.len() as i64)];
        for place in places {
            let opened = Opened { terms: self.terms, at: batch.booked_at };
            self.add_event(&mut batch, place, &opened.into());
            let account = self.accounts[place].clone();
            let (terms, status) = (self.terms, AccountStatus::Open);
            batch.accounts.push(AccountWrite { account: account.clone(), terms, status });
            group.push((account, -FUNDS));
        }
        self.add_group(&mut batch, group);
        for change in &mut batch.balances {
            change.create = Some(AccountTerms { floor: None, ..self.terms });
        }
        for write in &batch.accounts {
            let change = batch.balances.iter_mut().find(|change| change.account == write.account);
            change.expect("every account is credited").create = Some(self.terms);
        }
        self.close(batch)
    }

    /// The next batch: so many transfers of one minor unit, each out of another account.
    pub(crate) fn transfers(&mut self, count: usize) -> Batch {
        let mut batch = self.empty();
        for _ in 0..count {
            let from = self.next % self.accounts.len();
            // A large odd step scatters the accounts over the pages of the tables.
            self.next = self.next.wrapping_add(7_919);
            let to = (from + 1 + self.next / 3 % (self.accounts.len() - 1)) % self.accounts.len();
            let (debtor, creditor) = (self.accounts[from].clone(), self.accounts[to].clone());
            let booked =
                TransferBooked { transfer: Uuid::now_v7(), to: creditor.clone(), amount: 1 };
            self.add_event(&mut batch, from, &booked.into());
            self.add_group(&mut batch, vec![(debtor, 1), (creditor, -1)]);
        }
        self.close(batch)
    }

    fn empty(&self) -> Batch {
        let head = &self.head;
        Batch {
            journal: head.journal,
            epoch: head.epoch,
            losses: Some(head.losses),
            fences: self.fences.clone(),
            number: head.batch + 1,
            booked_at: Timestamp::from_millis(head.booked_at.as_millis() + 1),
            previous_hash: head.hash,
            published: head.published,
            ..Batch::default()
        }
    }

    fn add_event(&mut self, batch: &mut Batch, place: usize, event: &AccountEvent) {
        let key = self.accounts[place].key();
        let expected_version = self.versions[place];
        let version = expected_version + 1;
        self.versions[place] = version;
        let id = Uuid::now_v7();
        batch.events.push(EventRow {
            number: self.head.event + 1 + batch.events.len() as i64,
            batch: batch.number,
            entity: key.clone(),
            version,
            name: event.name().to_owned(),
            payload: encode(event).into(),
            correlation: id,
            causation: id,
        });
        let state = self.state.clone();
        let slot = Slot::of(&key, PARTITIONS);
        batch.entities.push(EntityWrite {
            key,
            slot,
            expected_version,
            version,
            state,
            wake_at: None,
        });
    }

    fn add_group(&self, batch: &mut Batch, legs: Vec<(AccountId, i64)>) {
        let group = Uuid::now_v7();
        for (account, amount) in legs {
            batch.postings.push(PostingRow {
                number: self.head.posting + 1 + batch.postings.len() as i64,
                batch: batch.number,
                group,
                account: account.clone(),
                amount,
                currency: self.terms.currency,
                booked_at: batch.booked_at,
                effective_at: batch.booked_at,
                memo: String::new(),
            });
            batch.balances.push(BalanceChange {
                account,
                create: None,
                posted: -amount,
                held: 0,
                credited_by_others: amount < 0,
                debited_by_others: false,
                debited_by_owner: amount > 0,
                must_be_empty: false,
            });
        }
    }

    /// Puts the changes of each account together, and moves the head on: the batch must be committed.
    fn close(&mut self, mut batch: Batch) -> Batch {
        let mut changes: BTreeMap<AccountId, BalanceChange> = BTreeMap::new();
        for change in batch.balances.drain(..) {
            if let Some(known) = changes.get_mut(&change.account) {
                known.posted += change.posted;
                known.credited_by_others |= change.credited_by_others;
                known.debited_by_owner |= change.debited_by_owner;
            } else {
                changes.insert(change.account.clone(), change);
            }
        }
        batch.balances = changes.into_values().collect();
        let (number, booked_at) = (batch.number, batch.booked_at);
        let previous = &batch.previous_hash;
        batch.hash = batch_hash(previous, number, booked_at, &batch.events, &batch.postings);
        self.head = JournalHead {
            batch: number,
            hash: batch.hash,
            event: self.head.event + batch.events.len() as i64,
            posting: self.head.posting + batch.postings.len() as i64,
            booked_at,
            ..self.head.clone()
        };
        batch
    }
}
