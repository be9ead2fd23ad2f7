//! A store of the version that knew one journal and no slots.

use super::fixture::{LONG, at, change_by_hand, entity, node, slot_of, slots, transaction};
use purser::store::{self, StoreTarget};
use purser_actors::ports::{AnswerKey, Batch, EntityWrite, JournalHead, NodeId};
use purser_subjects::EndpointId;
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, Connection, PgConnection, migrate::Migrator, sqlite::SqliteConnectOptions,
};
use std::path::Path;
use uuid::Uuid;

/// Entities that are to be woken: more than one page of them.
const WOKEN: usize = 1_500;

/// Makes the store as it was before, with something in it.
async fn make(target: &StoreTarget, migrations: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = "0001_journal.sql";
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(migrations);
    std::fs::copy(from.join(file), folder.path().join(file)).unwrap();
    let migrator = Migrator::new(folder.path()).await.unwrap();
    match target {
        StoreTarget::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut db = options.connect().await.unwrap();
            migrator.run(&mut db).await.unwrap();
            db.close().await.unwrap();
        }
        StoreTarget::Postgres(url) => {
            let mut db = PgConnection::connect(url.expose_secret()).await.unwrap();
            migrator.run(&mut db).await.unwrap();
        }
    }
    let entities: Vec<_> = (0..WOKEN)
        .map(|n| format!("(1, {}, 3, 'woken{n}', BYTES)", at(n as i64).as_millis()))
        .chain(["(2, NULL, 3, 'asleep', BYTES)".to_owned()])
        .collect();
    let entities = entities.join(",");
    let (due, endpoint) = (at(0).as_millis(), endpoint());
    for text in [
        format!("INSERT INTO entities (version, wake_at, kind, id, state) VALUES {entities}"),
        format!(
            "INSERT INTO deliveries (id, created_at, due_at, sequence, attempts, object_kind, \
             object_id, endpoint, merchant, format, url, payload) VALUES (UUID, {due}, {due}, 1, 0, \
             3, 'order', '{endpoint}', '10001', 'gateway', 'https://shop.example', BYTES)"
        ),
        format!(
            "INSERT INTO outbox (number, kind, id, verb, envelope) \
             VALUES ({}, 2, 'bob', 'settle', BYTES)",
            3 << 20
        ),
        "INSERT INTO events (number, batch, version, correlation, causation, kind, id, name, payload) \
         VALUES (7, 3, 2, UUID, UUID, 3, 'asleep', 'captured', BYTES)"
            .to_owned(),
        "INSERT INTO answers (key, digest, answer) VALUES (UUID, DIGEST, BYTES)".to_owned(),
        format!(
            "UPDATE journals SET epoch = 5, last_batch = 3, last_event = 7, last_posting = 9, \
             published = 6, booked_at = {due}"
        ),
    ] {
        assert!(change_by_hand(target, &text).await > 0, "{text}");
    }
}

fn endpoint() -> EndpointId {
    "10001-gateway".parse().unwrap()
}

/// Everything is found by whoever has its slot, and the journal goes on.
async fn goes_on(target: StoreTarget) {
    let store = store::open(&target).await.unwrap();
    let member = node(NodeId(Uuid::now_v7()));
    let head = store.join(&member, LONG).await.unwrap();
    let expected = JournalHead {
        epoch: 6,
        batch: 3,
        event: 7,
        posting: 9,
        published: 6,
        booked_at: at(0),
        ..JournalHead::start(1)
    };
    assert_eq!(head, expected);

    let mut found = 0;
    for slot in slots() {
        let due = store.due_entities(&[slot], at(9_999), None, 9_999).await.unwrap();
        assert!(due.iter().all(|(key, _)| slot_of(key) == slot));
        found += due.len();
    }
    assert_eq!(found, WOKEN);
    let of_endpoint = [slot_of(&endpoint().key())];
    assert_eq!(super::fixture::due(&store, &of_endpoint, at(0)).await.len(), 1);
    let messages = store.outbox(&slots(), 0, 9).await.unwrap();
    assert_eq!((messages.len(), messages[0].number), (1, 3 << 20));

    let events = store.events(1, 6, 9).await.unwrap();
    let names: Vec<_> = events.iter().map(|event| (event.number, &event.name[..])).collect();
    assert_eq!(names, [(7, "captured")]);
    let key = AnswerKey(uuid::uuid!("01980000-0000-7000-8000-000000000001").into_bytes());
    let answers = store.answers(&[key]).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().answer.as_deref(), Some(&[0x80][..]));

    // A row that nobody looks for by its slot gets one with its next write.
    let write = entity(transaction("asleep"), 2, 3);
    let batch = Batch {
        journal: 1,
        epoch: head.epoch,
        losses: Some(head.losses),
        number: 4,
        booked_at: at(1),
        previous_hash: head.hash,
        hash: [4; 32],
        entities: vec![EntityWrite { wake_at: Some(at(0)), ..write }],
        ..Batch::default()
    };
    store.commit(&batch).await.unwrap();
    let own = [slot_of(&transaction("asleep"))];
    let due = store.due_entities(&own, at(0), None, 9).await.unwrap();
    assert!(due.contains(&(transaction("asleep"), at(0))), "{due:?}");
}

#[tokio::test]
async fn a_file_of_before_goes_on_with_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
    make(&target, "sqlite").await;
    goes_on(target).await;
}

#[tokio::test]
async fn a_database_of_before_goes_on_with_its_journal() {
    let url = crate::support::postgres::new_database().await;
    let target: StoreTarget = url.parse().unwrap();
    make(&target, "postgres").await;
    goes_on(target).await;
}
