//! A fresh store, and batches to put into it.

use bytes::Bytes;
use purser::store::{self, StoreTarget};
use purser_actors::{
    ledger::batch_hash,
    ports::{
        Audit, BalanceChange, Batch, CommitError, Delivery, EntityWrite, EventRow, JournalHead,
        PostingRow, Refusal, Store, StoreError,
    },
};
use purser_subjects::{
    AccountId, EntityKey, EntityKind, Timestamp,
    account::{AccountTerms, Side},
};
use std::sync::Arc;
use uuid::Uuid;

/// A store of its own for one test, claimed by the test.
pub(crate) struct Fixture {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) target: StoreTarget,
    pub(crate) head: JournalHead,
    _folder: Option<tempfile::TempDir>,
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
        Self::open(target, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = crate::support::postgres::new_database().await;
        Self::open(url.parse().unwrap(), None).await
    }

    async fn open(target: StoreTarget, folder: Option<tempfile::TempDir>) -> Self {
        let store = store::open(&target).await.unwrap();
        let head = store.claim_journal().await.unwrap();
        Self { store, target, head, _folder: folder }
    }

    pub(crate) async fn audit(&self) -> Result<Box<dyn Audit>, StoreError> {
        store::audit(&self.target).await
    }

    /// The next batch, empty.
    pub(crate) fn batch(&self) -> Batch {
        Batch {
            epoch: self.head.epoch,
            number: self.head.batch + 1,
            booked_at: at(self.head.batch + 1),
            previous_hash: self.head.hash,
            ..Batch::default()
        }
    }

    /// Gives the batch its numbers and its hash, and stores it.
    pub(crate) async fn commit(&mut self, mut batch: Batch) -> Result<(), CommitError> {
        for (number, event) in (self.head.event + 1..).zip(&mut batch.events) {
            (event.number, event.batch) = (number, batch.number);
        }
        for (number, posting) in (self.head.posting + 1..).zip(&mut batch.postings) {
            (posting.number, posting.batch) = (number, batch.number);
            posting.booked_at = batch.booked_at;
        }
        let Batch { number, booked_at, .. } = batch;
        let previous = &batch.previous_hash;
        batch.hash = batch_hash(previous, number, booked_at, &batch.events, &batch.postings);
        self.store.commit(&batch).await?;
        self.head = JournalHead {
            epoch: batch.epoch,
            batch: number,
            hash: batch.hash,
            event: self.head.event + batch.events.len() as i64,
            posting: self.head.posting + batch.postings.len() as i64,
            booked_at,
            published: batch.published,
        };
        Ok(())
    }

    /// What a batch is refused for; everything else fails the test.
    pub(crate) async fn refusals(&mut self, batch: Batch) -> Vec<Refusal> {
        match self.commit(batch).await {
            Err(CommitError::Refused(refused)) => refused,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    /// Stores accounts that the chart would have, with these balances.
    pub(crate) async fn with_balances(&mut self, accounts: &[(&str, i64, AccountTerms)]) {
        let mut batch = self.batch();
        for (name, posted, terms) in accounts {
            let change = change(name, *posted);
            batch.balances.push(BalanceChange { create: Some(*terms), ..change });
        }
        self.commit(batch).await.unwrap();
    }
}

/// `ms` milliseconds into the test's time.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + ms)
}

pub(crate) fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub(crate) fn key(name: &str) -> EntityKey {
    account(name).key()
}

pub(crate) fn transaction(name: &str) -> EntityKey {
    EntityKey::new(EntityKind::Transaction, name.parse().unwrap())
}

/// Customers' money in euros, with a floor of zero.
pub(crate) fn guarded() -> AccountTerms {
    AccountTerms { floor: Some(0), ..unguarded() }
}

/// Euros without a floor.
pub(crate) fn unguarded() -> AccountTerms {
    let currency = "EUR".parse().unwrap();
    AccountTerms { currency, side: Side::Credit, floor: None, ceiling: None }
}

/// A change that nobody has to answer for.
pub(crate) fn change(name: &str, posted: i64) -> BalanceChange {
    BalanceChange {
        account: account(name),
        create: None,
        posted,
        held: 0,
        credited_by_others: false,
        debited_by_others: false,
        debited_by_owner: false,
        must_be_empty: false,
    }
}

pub(crate) fn entity(key: EntityKey, expected_version: i64, version: i64) -> EntityWrite {
    let state = Bytes::from(format!("state {version}"));
    EntityWrite { key, expected_version, version, state, wake_at: None }
}

/// An event; the fixture numbers it.
pub(crate) fn event(entity: EntityKey, version: i64) -> EventRow {
    EventRow {
        number: 0,
        batch: 0,
        entity,
        version,
        name: "opened".into(),
        payload: Bytes::from_static(b"\x80"),
        correlation: Uuid::now_v7(),
        causation: Uuid::now_v7(),
    }
}

/// A posting; the fixture numbers and dates it.
pub(crate) fn posting(name: &str, amount: i64, effective_at: Timestamp) -> PostingRow {
    PostingRow {
        number: 0,
        batch: 0,
        group: Uuid::now_v7(),
        account: account(name),
        amount,
        currency: "EUR".parse().unwrap(),
        booked_at: Timestamp::default(),
        effective_at,
        memo: "räksmörgås".into(),
    }
}

/// A pending delivery about the transaction `object`.
pub(crate) fn delivery(endpoint: &str, object: &str, sequence: u32, due_at: i64) -> Delivery {
    Delivery {
        id: Uuid::now_v7(),
        endpoint: endpoint.parse().unwrap(),
        merchant: "10001".parse().unwrap(),
        object: transaction(object),
        sequence,
        format: "gateway".into(),
        url: "https://shop.example/cb".into(),
        payload: Bytes::from_static(b"\x81\xa1a\x01"),
        created_at: at(0),
        due_at: at(due_at),
        attempts: 0,
    }
}
