//! A fresh store, and batches to put into it.

use crate::support::memory_store::MemoryStore;
use bytes::Bytes;
use purser::store::{self, StoreTarget};
use purser_actors::{
    ledger::batch_hash,
    ports::{
        Audit, BalanceChange, Batch, CommitError, Delivery, DeliveryWrite, EntityWrite, EventRow,
        JournalHead, Lease, NodeId, NodeInfo, PostingRow, Refusal, Share, Slot, Store, StoreError,
    },
};
use purser_subjects::{
    AccountId, EntityKey, EntityKind, Timestamp,
    account::{AccountTerms, Side},
};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Partitions of the stores.
pub(crate) const PARTITIONS: u32 = 8;

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Where the store keeps what it is given.
#[derive(Clone)]
enum Engine {
    Memory(MemoryStore),
    Disk(StoreTarget),
}

/// A store of its own for one test, which the test has joined as a node.
pub(crate) struct Fixture {
    pub(crate) store: Arc<dyn Store>,
    engine: Engine,
    pub(crate) node: NodeInfo,
    pub(crate) head: JournalHead,
    /// What the node's commits carry.
    pub(crate) fences: Vec<(Slot, i64)>,
    _folder: Option<Arc<tempfile::TempDir>>,
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

    pub(crate) async fn memory() -> Self {
        let store = MemoryStore::new();
        Self::joined(Arc::new(store.clone()), Engine::Memory(store), None, LONG).await
    }

    async fn open(target: StoreTarget, folder: Option<tempfile::TempDir>) -> Self {
        let store = store::open(&target).await.unwrap();
        Self::joined(store, Engine::Disk(target), folder.map(Arc::new), LONG).await
    }

    /// A store that a new node has joined.
    async fn joined(
        store: Arc<dyn Store>,
        engine: Engine,
        folder: Option<Arc<tempfile::TempDir>>,
        ttl: Duration,
    ) -> Self {
        let node = node(NodeId(Uuid::now_v7()));
        let head = store.join(&node, ttl).await.unwrap();
        Self { store, engine, node, head, fences: Vec::new(), _folder: folder }
    }

    /// Where the store is on disk.
    pub(crate) fn target(&self) -> &StoreTarget {
        match &self.engine {
            Engine::Disk(target) => target,
            Engine::Memory(_) => panic!("a store in memory is nowhere else"),
        }
    }

    /// The same store as another node sees it that joins for `ttl`: on PostgreSQL over connections of its
    /// own.
    pub(crate) async fn beside(&self, ttl: Duration) -> Self {
        let store = match &self.engine {
            Engine::Memory(_) | Engine::Disk(StoreTarget::Sqlite(_)) => self.store.clone(),
            Engine::Disk(target) => store::open(target).await.unwrap(),
        };
        Self::joined(store, self.engine.clone(), self._folder.clone(), ttl).await
    }

    /// Joins again, as the same node.
    pub(crate) async fn rejoin(&mut self, ttl: Duration) {
        self.head = self.store.join(&self.node, ttl).await.unwrap();
        self.fences.clear();
    }

    /// Takes slots; commits carry those that were to be had.
    pub(crate) async fn take(&mut self, slots: &[Slot]) -> Vec<Lease> {
        let taken = self.store.take(self.node.id, self.head.epoch, slots).await.unwrap();
        self.fences.retain(|(slot, _)| taken.iter().all(|lease| lease.slot != *slot));
        self.fences.extend(taken.iter().map(|lease| (lease.slot, lease.epoch)));
        taken
    }

    /// Runs a statement that changes something, behind the store's back. `BYTES`, `DIGEST` and `UUID`
    /// stand for a byte, 32 bytes and a UUID.
    pub(crate) async fn sql(&self, text: &str) {
        let changed = change_by_hand(self.target(), text).await;
        assert!(changed > 0, "{text}");
    }

    /// How the engine would find what is due of an endpoint.
    pub(crate) async fn plan_of_due(&self, endpoint: &str) -> String {
        let text = format!(
            "SELECT id FROM deliveries WHERE state = 0 AND endpoint = '{endpoint}' AND due_at <= 9 \
             ORDER BY due_at LIMIT 24"
        );
        let rows: Vec<String> = match self.target() {
            StoreTarget::Sqlite(path) => {
                let mut db = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
                let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let rows = sqlx::query(text).fetch_all(&mut db).await.unwrap();
                rows.iter().map(|row| sqlx::Row::get(row, 3)).collect()
            }
            StoreTarget::Postgres(url) => {
                let mut db = PgConnection::connect(url.expose_secret()).await.unwrap();
                sqlx::query("ANALYZE deliveries").execute(&mut db).await.unwrap();
                let text = AssertSqlSafe(format!("EXPLAIN {text}"));
                let rows = sqlx::query(text).fetch_all(&mut db).await.unwrap();
                rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
            }
        };
        rows.join("\n")
    }

    pub(crate) async fn audit(&self) -> Result<Box<dyn Audit>, StoreError> {
        match &self.engine {
            Engine::Memory(store) => Ok(store.audit()),
            Engine::Disk(target) => store::audit(target).await,
        }
    }

    /// The next batch, empty.
    pub(crate) fn batch(&self) -> Batch {
        let before = JournalHead::start(self.head.journal).batch;
        Batch {
            journal: self.head.journal,
            epoch: self.head.epoch,
            losses: Some(self.head.losses),
            fences: self.fences.clone(),
            number: self.head.batch + 1,
            booked_at: at(self.head.batch + 1 - before),
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
        let losses = self.store.commit(&batch).await?;
        let message = batch.outbox.last().map_or(self.head.message, |message| message.number);
        self.head = JournalHead {
            journal: batch.journal,
            epoch: batch.epoch,
            losses,
            batch: number,
            hash: batch.hash,
            event: self.head.event + batch.events.len() as i64,
            posting: self.head.posting + batch.postings.len() as i64,
            message,
            booked_at,
            published: batch.published.max(self.head.published),
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

/// Runs a statement, behind the back of whoever has the store open; see [`Fixture::sql`].
pub(crate) async fn change_by_hand(target: &StoreTarget, text: &str) -> u64 {
    match target {
        StoreTarget::Sqlite(path) => {
            let text = text
                .replace("DIGEST", "zeroblob(32)")
                .replace("BYTES", "x'80'")
                .replace("UUID", "x'01980000000070008000000000000001'");
            let mut db = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
            sqlx::query(AssertSqlSafe(text)).execute(&mut db).await.unwrap().rows_affected()
        }
        StoreTarget::Postgres(url) => {
            let text = text
                .replace("DIGEST", "decode(repeat('00', 32), 'hex')")
                .replace("BYTES", "'\\x80'::bytea")
                .replace("UUID", "'01980000-0000-7000-8000-000000000001'::uuid");
            let mut db = PgConnection::connect(url.expose_secret()).await.unwrap();
            sqlx::query(AssertSqlSafe(text)).execute(&mut db).await.unwrap().rows_affected()
        }
    }
}

/// A node that shares in everything.
pub(crate) fn node(id: NodeId) -> NodeInfo {
    let shares = Share::ALL.to_vec();
    NodeInfo { id, name: "test".into(), shares, partitions: PARTITIONS }
}

/// Every slot.
pub(crate) fn slots() -> Vec<Slot> {
    Slot::all(&Share::ALL, PARTITIONS).collect()
}

/// The slot of an entity.
pub(crate) fn slot_of(key: &EntityKey) -> Slot {
    Slot::of(key, PARTITIONS)
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
    let slot = slot_of(&key);
    EntityWrite { key, slot, expected_version, version, state, wake_at: None }
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
        event: None,
        format: "gateway".into(),
        url: "https://shop.example/cb".into(),
        payload: Bytes::from_static(b"\x81\xa1a\x01"),
        created_at: at(0),
        due_at: at(due_at),
        attempts: 0,
        round: 0,
    }
}

/// Deliveries as they are stored.
pub(crate) fn writes(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<DeliveryWrite> {
    let write =
        |delivery: Delivery| DeliveryWrite { slot: slot_of(&delivery.endpoint.key()), delivery };
    deliveries.into_iter().map(write).collect()
}

/// All that may be attempted at `until`, earliest first.
pub(crate) async fn due(store: &Arc<dyn Store>, slots: &[Slot], until: Timestamp) -> Vec<Delivery> {
    let lanes = store.due_lanes(slots, until, None, 1_000).await.unwrap();
    let scans: Vec<_> = lanes.into_iter().map(|lane| (lane.endpoint, 1_000)).collect();
    let found = store.due_of_lanes(&scans, until).await.unwrap();
    let mut due: Vec<_> = found.into_iter().flat_map(|lane| lane.first).collect();
    due.sort_by_key(|delivery| delivery.due_at);
    due
}
