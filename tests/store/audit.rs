//! Reading everything back while commits go on.

use super::fixture::{Fixture, account, at, entity, event, guarded, key, posting, transaction};
use purser_actors::{
    ledger::batch_hash,
    ports::{Audit, EntityWrite, JournalSummary},
};
use purser_subjects::EntityKey;

/// A batch with `name`'s next event and two postings.
async fn book(fixture: &mut Fixture, key: EntityKey, version: i64) {
    let mut batch = fixture.batch();
    let wake_at = Some(at(version));
    batch.entities = vec![EntityWrite { wake_at, ..entity(key.clone(), version - 1, version) }];
    batch.events = vec![event(key, version)];
    batch.postings = vec![posting("alice", 5, at(0)), posting("bob", -5, at(0))];
    fixture.commit(batch).await.unwrap();
}

async fn count_batches(audit: &mut dyn Audit) -> usize {
    audit.batches(0, 1_000).await.unwrap().len()
}

on_every_engine! {
    async fn an_empty_store_has_an_empty_audit(fixture) {
        let mut audit = fixture.audit().await.unwrap();
        assert_eq!(audit.summary().await.unwrap().heads, [fixture.head]);
        assert!(audit.batches(0, 10).await.unwrap().is_empty());
        assert!(audit.entities(None, 10).await.unwrap().is_empty());
        assert!(audit.balances(None, 10).await.unwrap().is_empty());
    }

    async fn an_audit_sees_one_moment_while_commits_go_on(fixture) {
        let mut fixture = fixture;
        book(&mut fixture, key("alice"), 1).await;
        let head = fixture.head.clone();
        let mut audit = fixture.audit().await.unwrap();
        book(&mut fixture, key("alice"), 2).await;
        fixture.with_balances(&[("alice", 1, guarded())]).await;
        let summary = audit.summary().await.unwrap();
        assert_eq!(summary.heads, [head]);
        assert_eq!(count_batches(audit.as_mut()).await, 1);
        let entities = audit.entities(None, 10).await.unwrap();
        assert_eq!((entities[0].version, entities[0].events.len()), (1, 1));
        assert!(audit.balances(None, 10).await.unwrap().is_empty());
        assert_eq!(count_batches(fixture.audit().await.unwrap().as_mut()).await, 3);
    }

    async fn batches_come_in_pages_and_their_hashes_chain(fixture) {
        let mut fixture = fixture;
        for version in 1..=3 {
            book(&mut fixture, key("alice"), version).await;
            let empty = fixture.batch();
            fixture.commit(empty).await.unwrap();
        }
        let mut audit = fixture.audit().await.unwrap();
        for limit in [1, 2, 4, 100] {
            let (mut previous, mut number) = ([0; 32], 0);
            loop {
                let page = audit.batches(number, limit).await.unwrap();
                if page.is_empty() {
                    break;
                }
                for batch in page {
                    number += 1;
                    assert_eq!(batch.number, number);
                    let lines = if number % 2 == 1 { (1, 2) } else { (0, 0) };
                    assert_eq!((batch.events.len(), batch.postings.len()), lines);
                    assert!(batch.postings.iter().all(|posting| posting.batch == number));
                    let (events, postings) = (&batch.events, &batch.postings);
                    previous = batch_hash(&previous, number, batch.booked_at, events, postings);
                    assert_eq!(batch.hash, previous);
                }
            }
            assert_eq!((number, previous), (6, fixture.head.hash));
        }
    }

    async fn entities_come_in_order_with_their_history(fixture) {
        let mut fixture = fixture;
        for (name, version) in [("b", 1), ("a", 1), ("b", 2), ("B", 1)] {
            book(&mut fixture, key(name), version).await;
        }
        book(&mut fixture, transaction("a"), 1).await;
        let mut orphan = fixture.batch();
        orphan.events = vec![event(key("aa"), 1), event(transaction("z"), 1)];
        fixture.commit(orphan).await.unwrap();
        let mut audit = fixture.audit().await.unwrap();
        let expected = [key("B"), key("a"), key("b"), transaction("a")];
        for limit in [1, 2, 10] {
            let mut found: Vec<(EntityKey, usize)> = Vec::new();
            loop {
                let after = found.last().map(|(key, _)| key.clone());
                let page = audit.entities(after.as_ref(), limit).await.unwrap();
                if page.is_empty() {
                    break;
                }
                found.extend(page.into_iter().map(|entity| {
                    assert_eq!(entity.wake_at, Some(at(entity.version)));
                    assert!(entity.events.iter().all(|event| event.entity == entity.key));
                    (entity.key, entity.events.len())
                }));
            }
            assert_eq!(found, expected.clone().into_iter().zip([1, 1, 2, 1]).collect::<Vec<_>>());
        }
        assert_eq!(audit.summary().await.unwrap(), JournalSummary {
            heads: vec![fixture.head],
            events: 7,
            postings: 10,
            entities: 4,
            orphan_events: 2,
        });
    }

    async fn balances_come_in_byte_order(fixture) {
        let mut fixture = fixture;
        let names = ["A", "Z", "_", "a", "b-c", "bA"];
        fixture.with_balances(&names.map(|name| (name, 1, guarded()))).await;
        let mut audit = fixture.audit().await.unwrap();
        let first = audit.balances(None, 4).await.unwrap();
        let rest = audit.balances(Some(&first[3].account), 4).await.unwrap();
        let found: Vec<_> = first.iter().chain(&rest).map(|row| row.account.clone()).collect();
        assert_eq!(found, names.map(account));
        assert!(audit.balances(found.last(), 4).await.unwrap().is_empty());
    }
}
