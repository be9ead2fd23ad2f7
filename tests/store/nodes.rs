//! What only PostgreSQL can do wrong: several nodes that commit at the same time.

use super::fixture::{Fixture, LONG, account, at, change, guarded, posting, slots, unguarded};
use purser::store::StoreTarget;
use purser_actors::ports::{AccountWrite, BalanceChange, Batch, PostingRow, Tail};
use purser_subjects::account::{AccountStatus, SystemAccount};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// Commits of each node.
const COMMITS: usize = 150;

/// Accounts of the chart that all post to, and customers' that some do.
fn names() -> Vec<String> {
    let system = ["clearing", "pending", "available", "fees", "reserve"];
    let merchants = (0..4).flat_map(|m| system.map(|role| format!("1000{m}-EUR-{role}")));
    merchants.chain((0..20).map(|n| format!("customer{n:02}"))).collect()
}

/// A batch that moves money between some of the accounts, and now and then writes the terms of one.
fn batch_of(member: &Fixture, random: &mut StdRng) -> Batch {
    let mut batch = member.batch();
    let names = names();
    let mut amounts = BTreeMap::new();
    for _ in 0..6 {
        let pair: Vec<_> = names.sample(random, 2).collect();
        let (amount, group) = (random.random_range(1..100), Uuid::now_v7());
        for (name, amount) in [(pair[0], amount), (pair[1], -amount)] {
            batch.postings.push(PostingRow { group, ..posting(name, amount, at(0)) });
            *amounts.entry(account(name)).or_insert(0) -= amount;
        }
    }
    batch.balances = amounts
        .iter()
        .map(|(id, amount)| BalanceChange {
            create: SystemAccount::parse(id).map(|system| system.terms()),
            ..change(id.as_str(), *amount)
        })
        .collect();
    if random.random_bool(0.2) {
        let name = format!("customer{:02}", random.random_range(0..20));
        let (status, terms) = (AccountStatus::Open, guarded());
        batch.accounts = vec![AccountWrite { account: account(&name), terms, status }];
    }
    batch
}

async fn commit_many(mut member: Fixture, seed: u64) -> BTreeMap<String, i64> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut sums = BTreeMap::new();
    for _ in 0..COMMITS {
        let batch = batch_of(&member, &mut random);
        for change in &batch.balances {
            *sums.entry(change.account.to_string()).or_insert(0) += change.posted;
        }
        member.commit(batch).await.unwrap();
    }
    sums
}

async fn connect(fixture: &Fixture) -> PgConnection {
    let StoreTarget::Postgres(url) = fixture.target() else { panic!("it has a URL") };
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_post_to_the_same_accounts_at_once_neither_lock_up_nor_lose_a_cent() {
    let mut fixture = Fixture::postgres().await;
    let books: Vec<_> = (0..20).map(|n| format!("customer{n:02}")).collect();
    let books: Vec<_> = books.iter().map(|name| (&name[..], 0, guarded())).collect();
    fixture.with_balances(&books).await;
    let members =
        [fixture.beside(LONG).await, fixture.beside(LONG).await, fixture.beside(LONG).await];
    let writers = members.map(|member| {
        let seed = u64::from(member.head.journal.cast_unsigned());
        tokio::spawn(commit_many(member, seed))
    });
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for writer in writers {
        for (name, sum) in writer.await.unwrap() {
            *expected.entry(name).or_default() += sum;
        }
    }
    let keys: Vec<_> = expected.keys().map(|name| account(name).key()).collect();
    let stored = fixture.store.load(&keys).await.unwrap();
    for ((name, sum), stored) in expected.iter().zip(stored) {
        assert_eq!(stored.balance.unwrap().posted, *sum, "{name}");
    }
    assert_eq!(expected.values().sum::<i64>(), 0);
    let mut db = connect(&fixture).await;
    // Statistics of other sessions arrive about a second later.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query_scalar(deadlocks).fetch_one(&mut db).await.unwrap();
    assert_eq!(deadlocks, 0);
}

#[tokio::test]
async fn a_commit_that_the_server_undoes_for_anothers_sake_begins_again() {
    let mut fixture = Fixture::postgres().await;
    fixture.with_balances(&[("a", 0, unguarded()), ("b", 0, unguarded())]).await;
    let mut other = connect(&fixture).await;
    // The session that looks for a deadlock is the one that is undone: not this one.
    sqlx::raw_sql(
        "SET deadlock_timeout = '60s'; BEGIN; \
         SELECT 1 FROM balances WHERE account = 'b' FOR UPDATE",
    )
    .execute(&mut other)
    .await
    .unwrap();
    let mut batch = fixture.batch();
    batch.balances = vec![change("a", 1), change("b", 1)];
    let opposite = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        // Waits for the commit, which waits for this one.
        let text = "SELECT 1 FROM balances WHERE account = 'a' FOR UPDATE";
        sqlx::query(text).execute(&mut other).await.unwrap();
        sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(fixture.commit(batch), opposite);
    outcome.unwrap();
    let keys = [account("a").key(), account("b").key()];
    let stored = fixture.store.load(&keys).await.unwrap();
    assert!(stored.iter().all(|entity| entity.balance.as_ref().unwrap().posted == 1));
    assert_eq!(fixture.store.journal_head(1).await.unwrap(), fixture.head);
}

#[tokio::test]
async fn taking_a_slot_waits_for_the_commit_of_its_owner_that_is_under_way() {
    let mut fixture = Fixture::postgres().await;
    fixture.take(&slots()).await;
    let mut second = fixture.beside(LONG).await;
    let mut committing = connect(&fixture).await;
    sqlx::raw_sql("BEGIN; UPDATE journals SET last_event = 7 WHERE id = 1")
        .execute(&mut committing)
        .await
        .unwrap();
    let (id, epoch) = (fixture.node.id, fixture.head.epoch);
    fixture.store.renew(id, epoch, Duration::ZERO).await.unwrap();
    let commit = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::query("COMMIT").execute(&mut committing).await.unwrap();
    };
    let all = slots();
    let (taken, ()) = tokio::join!(second.take(&all), commit);
    assert_eq!(taken.len(), slots().len());
    for lease in taken {
        assert_eq!(lease.tails, [Tail { journal: 1, event: 7 }], "what was committed is known");
    }
}
