//! What a batch holds, given the units in it.

use super::{PARTITIONS, account, group, owned, payment, unit, work};
use crate::{
    entity::OutMessage,
    journal::{
        NewEvent, Unit, Work,
        assemble::{assemble, is_empty},
    },
    ledger::batch_hash,
    ports::{
        AccountWrite, AnswerKey, AnswerWrite, BalanceChange, Batch, Delivery, JournalHead, Slot,
    },
};
use purser_subjects::{
    Envelope, Timestamp,
    account::{AccountStatus, AccountTerms, ReadBalance, Side},
    decode,
};
use uuid::Uuid;

const BEFORE: Timestamp = Timestamp::from_millis(1_000);
const NOW: Timestamp = Timestamp::from_millis(2_000);

fn head() -> JournalHead {
    JournalHead {
        journal: 2,
        epoch: 3,
        losses: 6,
        batch: 7,
        hash: [5; 32],
        event: 40,
        posting: 90,
        message: 20,
        booked_at: BEFORE,
        published: 38,
    }
}

fn batch(works: Vec<Work>) -> Batch {
    let units: Vec<Unit> = works.into_iter().map(unit).collect();
    assemble(&units, &head(), &owned(), NOW)
}

fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| NewEvent { name: "happened", payload: "x".into() }).collect()
}

fn balance<'a>(batch: &'a Batch, id: &str) -> &'a BalanceChange {
    batch.balances.iter().find(|change| change.account.as_str() == id).unwrap()
}

#[test]
fn numbers_go_on_from_the_head() {
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    let batch =
        batch(vec![Work { version: 2, events: events(2), groups, ..work(account("alice")) }]);
    assert_eq!((batch.journal, batch.epoch, batch.number, batch.published), (2, 3, 8, 38));
    let numbers: Vec<_> = batch.events.iter().map(|e| (e.number, e.batch, e.version)).collect();
    assert_eq!(numbers, [(41, 8, 3), (42, 8, 4)]);
    let numbers: Vec<_> = batch.postings.iter().map(|p| (p.number, p.batch, p.booked_at)).collect();
    assert_eq!(numbers, [(91, 8, NOW), (92, 8, NOW)]);
    assert!(batch.postings.iter().all(|posting| posting.effective_at == NOW));
}

#[test]
fn time_never_goes_back() {
    let units = [unit(Work { events: events(1), ..work(account("alice")) })];
    let early = assemble(&units, &head(), &owned(), Timestamp::from_millis(1));
    assert_eq!(early.booked_at, BEFORE);
}

#[test]
fn the_hash_covers_the_one_before_and_all_events_and_postings() {
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    let batch = batch(vec![Work { events: events(3), groups, ..work(account("alice")) }]);
    let hash = batch_hash(&[5; 32], 8, NOW, &batch.events, &batch.postings);
    assert_eq!((batch.previous_hash, batch.hash), ([5; 32], hash));
    let less = batch_hash(&[5; 32], 8, NOW, &batch.events[1..], &batch.postings);
    assert_ne!(hash, less);
}

#[test]
fn an_entity_that_changed_twice_is_written_once() {
    let first = Work { version: 4, events: events(2), ..work(account("alice")) };
    let other = Work { version: 0, events: events(1), ..work(account("bob")) };
    let second = Work {
        version: 6,
        events: events(1),
        state: "later".into(),
        wake_at: Some(NOW),
        ..work(account("alice"))
    };
    let batch = batch(vec![first, other, second]);
    let writes: Vec<_> = batch
        .entities
        .iter()
        .map(|w| (w.key.id.as_str(), w.expected_version, w.version, &w.state[..], w.wake_at))
        .collect();
    assert_eq!(
        writes,
        [("alice", 4, 7, &b"later"[..], Some(NOW)), ("bob", 0, 1, &b"state"[..], None),]
    );
}

#[test]
fn who_touches_a_balance_is_told() {
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    let owner = Work { groups, ..work(account("alice")) };
    let groups = vec![group(&[("10001-EUR-pending", 7), ("10001-EUR-available", -7)])];
    let stranger = Work { groups, ..work(payment("p")) };
    let holder = Work { held: 3, ..work(account("carol")) };
    let releaser = Work { held: -3, ..work(account("dave")) };
    let closing = Work { must_be_empty: true, ..work(account("erin")) };
    let batch = batch(vec![owner, stranger, holder, releaser, closing]);

    let flags = |id: &str| {
        let change = balance(&batch, id);
        (change.debited_by_owner, change.debited_by_others, change.credited_by_others)
    };
    assert_eq!(flags("alice"), (true, false, false));
    assert_eq!(flags("bob"), (false, false, true));
    assert_eq!(flags("10001-EUR-pending"), (false, true, false));
    assert_eq!(flags("10001-EUR-available"), (false, false, true));
    assert_eq!(flags("carol"), (true, false, false));
    assert_eq!(flags("dave"), (false, false, false));
    assert!(balance(&batch, "erin").must_be_empty);
    let sums = |id: &str| (balance(&batch, id).posted, balance(&batch, id).held);
    assert_eq!([sums("alice"), sums("bob"), sums("carol")], [(-5, 0), (5, 0), (0, 3)]);
    assert!(batch.balances.is_sorted_by_key(|change| change.account.as_str()));
}

#[test]
fn a_payment_with_the_id_of_an_account_is_a_stranger_to_it() {
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    let batch = batch(vec![Work { groups, ..work(payment("alice")) }]);
    assert!(balance(&batch, "alice").debited_by_others);
}

#[test]
fn an_account_opened_in_the_batch_can_be_posted_to_in_it() {
    let currency = "EUR".parse().unwrap();
    let terms = AccountTerms { currency, side: Side::Credit, floor: Some(0), ceiling: None };
    let write = |status| AccountWrite { account: "bob".parse().unwrap(), terms, status };
    let open = Work { account: Some(write(AccountStatus::Open)), ..work(account("bob")) };
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    let pay = Work { groups, ..work(account("alice")) };
    let freeze = Work { account: Some(write(AccountStatus::Frozen)), ..work(account("bob")) };
    let batch = batch(vec![open, pay, freeze]);
    assert_eq!(balance(&batch, "bob").create, Some(terms));
    assert_eq!(balance(&batch, "alice").create, None);
    assert_eq!(batch.accounts, [write(AccountStatus::Frozen)], "the last one counts");
}

#[test]
fn accounts_of_the_chart_bring_their_terms() {
    let groups = vec![group(&[("10001-EUR-clearing", 5), ("10001-EUR-available", -5)])];
    let batch = batch(vec![Work { groups, ..work(payment("p")) }]);
    assert_eq!(balance(&batch, "10001-EUR-available").create.unwrap().floor, Some(0));
    assert_eq!(balance(&batch, "10001-EUR-clearing").create.unwrap().side, Side::Debit);
}

#[test]
fn an_answer_promised_in_the_batch_is_written_with_it() {
    let (key, other) = (AnswerKey([1; 16]), AnswerKey([2; 16]));
    let promise = AnswerWrite::Insert { key, digest: [0; 32], answer: None };
    let complete = |key| AnswerWrite::Complete { key, answer: "done".into() };
    let batch = batch(vec![
        Work { answers: vec![promise], ..work(payment("p")) },
        Work { answers: vec![complete(key), complete(other)], ..work(payment("p")) },
    ]);
    let [AnswerWrite::Insert { answer: Some(answer), .. }, AnswerWrite::Complete { key, .. }] =
        &batch.answers[..]
    else {
        panic!("{:?}", batch.answers)
    };
    assert_eq!((&answer[..], *key), (&b"done"[..], other));
}

#[test]
fn messages_are_numbered_in_order_and_say_what_caused_them() {
    let message = OutMessage::new(&"bob".parse().unwrap(), &ReadBalance::default(), "k".to_owned());
    let messages = vec![message.clone(), message];
    let batch = batch(vec![Work { messages, ..work(payment("p")) }]);
    let numbers: Vec<_> = batch.outbox.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [21, 22]);
    let envelope: Envelope<ReadBalance> = decode(&batch.outbox[0].envelope).unwrap();
    assert_eq!(envelope.key.as_deref(), Some("k"));
    assert_eq!(envelope.correlation, Uuid::from_u128(1));
    assert_eq!(envelope.causation, Some(Uuid::from_u128(2)));
}

#[test]
fn everything_carries_the_slot_of_whoever_works_on_it() {
    let delivery = Delivery {
        id: Uuid::from_u128(3),
        endpoint: "endpoint".parse().unwrap(),
        merchant: "10001".parse().unwrap(),
        object: payment("p"),
        sequence: 1,
        event: None,
        format: "gateway".into(),
        url: "https://shop.example".into(),
        payload: "view".into(),
        created_at: NOW,
        due_at: NOW,
        attempts: 0,
        round: 0,
    };
    let endpoint = Slot::of(&delivery.endpoint.key(), PARTITIONS);
    let messages =
        vec![OutMessage::new(&"bob".parse().unwrap(), &ReadBalance::default(), "k".to_owned())];
    let deliveries = vec![delivery];
    let batch = batch(vec![Work { events: events(1), messages, deliveries, ..work(payment("p")) }]);
    let sender = Slot::of(&payment("p"), PARTITIONS);
    assert_eq!((batch.entities[0].slot, batch.outbox[0].slot), (sender, sender));
    assert_eq!(batch.deliveries[0].slot, endpoint);
    assert_eq!((batch.losses, batch.fences), (Some(6), owned().fences()));
}

#[test]
fn barriers_store_nothing_and_confirmations_something() {
    let barrier = || Unit::without_work(Default::default());
    assert!(is_empty(&assemble(&[barrier()], &head(), &owned(), NOW)));
    let confirmed = Unit { confirmed: Some(11), ..barrier() };
    let batch = assemble(&[barrier(), confirmed], &head(), &owned(), NOW);
    assert_eq!(batch.outbox_done, [11]);
    assert!(!is_empty(&batch));
}
