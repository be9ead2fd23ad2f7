//! Entities, events, credentials, merchants, settings.

use super::fixture::{at, entity, event, guarded, key, slot_of, slots, transaction};
use purser_actors::ports::{EntityWrite, StoredEntity};
use purser_subjects::{EntityKey, EntityKind, MerchantId};

fn merchant(id: &str) -> EntityKey {
    EntityKey::new(EntityKind::Merchant, id.parse().unwrap())
}

on_every_engine! {
    async fn entities_are_loaded_in_the_asked_order(fixture) {
        let mut fixture = fixture;
        fixture.with_balances(&[("alice", 7, guarded()), ("bob", 1, guarded())]).await;
        let mut batch = fixture.batch();
        batch.entities = vec![entity(key("alice"), 0, 1), entity(transaction("alice"), 0, 4)];
        fixture.commit(batch).await.unwrap();
        let keys = [transaction("alice"), key("nobody"), key("bob"), key("alice"), key("alice")];
        let found = fixture.store.load(&keys).await.unwrap();
        let posted: Vec<_> =
            found.iter().map(|entity| entity.balance.as_ref().map(|row| row.posted)).collect();
        assert_eq!(posted, [None, None, Some(1), Some(7), Some(7)]);
        let versions: Vec<_> = found.iter().map(|entity| entity.version).collect();
        assert_eq!(versions, [4, 0, 0, 1, 1]);
        assert_eq!(found[0].state, Some("state 4".into()));
        assert_eq!(found[1], StoredEntity::default());
        assert!(fixture.store.load(&[]).await.unwrap().is_empty());
    }

    async fn events_are_read_in_order_after_a_number(fixture) {
        let mut fixture = fixture;
        for version in [1, 3] {
            let mut batch = fixture.batch();
            batch.entities = vec![entity(key("alice"), version - 1, version + 1)];
            batch.events = vec![event(key("alice"), version), event(key("alice"), version + 1)];
            fixture.commit(batch).await.unwrap();
        }
        let found = fixture.store.events(1, 1, 2).await.unwrap();
        let places: Vec<_> =
            found.iter().map(|event| (event.number, event.batch, event.version)).collect();
        assert_eq!(places, [(2, 1, 2), (3, 2, 3)]);
        assert_eq!((found[0].name.as_str(), &found[0].payload[..]), ("opened", &b"\x80"[..]));
        assert_eq!(found[0].entity, key("alice"));
    }

    async fn woken_entities_come_earliest_first(fixture) {
        let mut fixture = fixture;
        let wake = |name: &str, ms: Option<i64>| EntityWrite {
            wake_at: ms.map(at),
            ..entity(key(name), 0, 1)
        };
        let mut batch = fixture.batch();
        batch.entities = vec![
            wake("late", Some(30)),
            wake("never", None),
            wake("early", Some(10)),
            wake("mid", Some(20)),
        ];
        fixture.commit(batch).await.unwrap();
        let store = &fixture.store;
        let due = store.due_entities(&slots(), at(20), None, 10).await.unwrap();
        assert_eq!(due, [(key("early"), at(10)), (key("mid"), at(20))]);
        let due = store.due_entities(&slots(), at(30), None, 1).await.unwrap();
        assert_eq!(due, [(key("early"), at(10))]);
        let early = (key("early"), at(10));
        let rest = store.due_entities(&slots(), at(30), Some(&early), 10).await.unwrap();
        assert!(!rest.is_empty() && !rest.contains(&early), "{rest:?}");
        assert_eq!(store.next_wake(&slots(), at(10)).await.unwrap(), Some(at(20)));
        assert_eq!(store.next_wake(&slots(), at(30)).await.unwrap(), None);
        let others: Vec<_> =
            slots().into_iter().filter(|slot| *slot != slot_of(&key("mid"))).collect();
        let due = store.due_entities(&others, at(30), None, 10).await.unwrap();
        assert!(!due.is_empty() && !due.contains(&(key("mid"), at(20))), "{due:?}");
        let mid = [slot_of(&key("mid"))];
        assert_eq!(store.next_wake(&mid, at(0)).await.unwrap(), Some(at(20)));
        assert_eq!(store.next_wake(&[], at(0)).await.unwrap(), None);

        let mut batch = fixture.batch();
        batch.entities = vec![entity(key("early"), 1, 2)];
        fixture.commit(batch).await.unwrap();
        let due = fixture.store.due_entities(&slots(), at(20), None, 10).await.unwrap();
        assert_eq!(due, [(key("mid"), at(20))]);
    }

    async fn merchants_are_listed_in_byte_order(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        let names = ["Zoo", "_x", "a-b", "aB", "ab", "b"];
        batch.entities =
            names.iter().rev().map(|name| entity(merchant(name), 0, 1)).collect();
        batch.entities.push(entity(key("account"), 0, 1));
        fixture.commit(batch).await.unwrap();
        let mut listed: Vec<MerchantId> = Vec::new();
        loop {
            let page = fixture.store.merchants(listed.last(), 4).await.unwrap();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, names.map(|name| name.parse().unwrap()));
    }

    async fn a_setting_keeps_its_first_value(fixture) {
        let store = &fixture.store;
        assert_eq!(store.setting("key-check").await.unwrap(), None);
        assert_eq!(store.init_setting("key-check", b"first").await.unwrap(), b"first");
        assert_eq!(store.init_setting("key-check", b"second").await.unwrap(), b"first");
        assert_eq!(store.setting("key-check").await.unwrap(), Some(b"first".to_vec()));
    }

    async fn an_unknown_log_in_name_has_no_merchant(fixture) {
        let found = fixture.store.merchant_by_credential("gateway", "nobody").await.unwrap();
        assert_eq!(found, None);
    }
}
