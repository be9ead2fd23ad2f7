//! `verify` over the journals of several nodes, clean and tampered with.

use super::fixture::{Fixture, LONG, account, at, change, entity, event, key, posting, unguarded};
use purser_actors::{
    Difference, VerifyError,
    account::AccountState,
    ports::{AccountWrite, BalanceChange, EntityWrite, EventRow, PostingRow},
    verify,
};
use purser_subjects::{
    Event,
    account::{AccountEvent, AccountStatus, Opened, SystemAccount, TransferBooked},
    encode,
};
use uuid::Uuid;

const CLEARING: &str = "10001-EUR-clearing";

/// Stores the account's next event, and moves money to the clearing account with it.
async fn book(member: &mut Fixture, name: &str, version: i64) {
    let terms = unguarded();
    let (transfer, to) = (Uuid::now_v7(), account(CLEARING));
    let happened: AccountEvent = if version == 1 {
        Opened { terms, at: at(0) }.into()
    } else {
        TransferBooked { transfer, to, amount: 5 }.into()
    };
    let state = AccountState { terms: Some(terms), ..AccountState::default() };
    let mut batch = member.batch();
    let write = entity(key(name), version - 1, version);
    batch.entities = vec![EntityWrite { state: encode(&state).into(), ..write }];
    batch.events = vec![EventRow {
        name: happened.name().to_owned(),
        payload: encode(&happened).into(),
        ..event(key(name), version)
    }];
    if version == 1 {
        let status = AccountStatus::Open;
        batch.accounts = vec![AccountWrite { account: account(name), terms, status }];
    } else {
        let group = transfer;
        batch.postings = [(name, 5), (CLEARING, -5)]
            .map(|(id, amount)| PostingRow { group, ..posting(id, amount, at(0)) })
            .into();
        let system = SystemAccount::parse(&account(CLEARING)).map(|system| system.terms());
        batch.balances =
            vec![BalanceChange { create: system, ..change(CLEARING, 5) }, change(name, -5)];
    }
    member.commit(batch).await.unwrap();
}

/// Two journals; alice's history goes from one to the other and back.
async fn books(fixture: &mut Fixture) -> Fixture {
    let mut second = fixture.beside(LONG).await;
    book(fixture, "alice", 1).await;
    book(&mut second, "bob", 1).await;
    book(&mut second, "alice", 2).await;
    book(&mut second, "bob", 2).await;
    book(fixture, "alice", 3).await;
    second
}

async fn difference(fixture: &Fixture) -> Difference {
    match verify(fixture.audit().await.unwrap(), |_| {}).await {
        Err(VerifyError::Difference(difference)) => *difference,
        other => panic!("expected a difference, got {other:?}"),
    }
}

/// What is told after the statement.
async fn after(fixture: &mut Fixture, statement: &str) -> (String, String) {
    books(fixture).await;
    fixture.sql(statement).await;
    let Difference { what, place, .. } = difference(fixture).await;
    (what, place)
}

/// The number of the second journal's `n`th batch, event or posting.
fn second(n: i64) -> i64 {
    (1 << 40) + n
}

on_both_engines! {
    async fn histories_that_go_over_several_journals_are_clean(fixture) {
        let mut fixture = fixture;
        let third = fixture.beside(LONG).await;
        books(&mut fixture).await;
        let report = verify(fixture.audit().await.unwrap(), |_| {}).await.unwrap();
        assert_eq!((report.journals, report.batches, report.events), (3, 5, 5));
        assert_eq!((report.postings, report.entities, report.accounts), (6, 2, 3));
        assert_eq!(third.head.journal, 2, "one journal was never written to");
    }

    async fn a_changed_event_of_the_second_journal_is_found(fixture) {
        let mut fixture = fixture;
        let change = format!("UPDATE events SET name = 'x' WHERE number = {}", second(2));
        let (what, place) = after(&mut fixture, &change).await;
        assert_eq!((what.as_str(), place), ("hash", format!("batch {}", second(2))));
    }

    async fn a_changed_posting_of_the_second_journal_is_found(fixture) {
        let mut fixture = fixture;
        let change = format!("UPDATE postings SET amount = 6 WHERE number = {}", second(3));
        let (what, place) = after(&mut fixture, &change).await;
        assert_eq!((what.as_str(), place), ("hash", format!("batch {}", second(3))));
    }

    async fn a_batch_that_is_missing_from_the_second_journal_is_found(fixture) {
        let mut fixture = fixture;
        let change = format!("DELETE FROM batches WHERE number = {}", second(2));
        let (what, place) = after(&mut fixture, &change).await;
        assert_eq!((what.as_str(), place), ("number", format!("batch {}", second(3))));
    }

    async fn the_end_that_is_missing_from_the_second_journal_is_found(fixture) {
        let mut fixture = fixture;
        let change = format!("DELETE FROM batches WHERE number = {}", second(3));
        let (what, place) = after(&mut fixture, &change).await;
        let head = "the head of journal 2".to_owned();
        assert_eq!((what, place), ("number of the last batch".to_owned(), head));
    }

    async fn a_head_that_is_missing_is_found(fixture) {
        let mut fixture = fixture;
        let (what, place) = after(&mut fixture, "DELETE FROM journals WHERE id = 2").await;
        assert_eq!((what.as_str(), place.as_str()), ("journal without a head", "all batches"));
    }

    async fn a_journal_passed_off_as_another_is_found(fixture) {
        let mut fixture = fixture;
        let mut other = books(&mut fixture).await;
        let empty = other.batch();
        other.commit(empty).await.unwrap();
        // The same batch with the same hash, at the beginning of a third journal.
        fixture.sql(&format!("UPDATE batches SET number = {} WHERE number = {}",
            (2_i64 << 40) + 1, second(4))).await;
        let Difference { what, place, .. } = difference(&fixture).await;
        assert_eq!((what.as_str(), place), ("hash", format!("batch {}", (2_i64 << 40) + 1)));
    }

    async fn a_gap_in_a_history_over_two_journals_is_found(fixture) {
        let mut fixture = fixture;
        let change = "UPDATE entities SET version = 2 WHERE id = 'alice'";
        let (what, place) = after(&mut fixture, change).await;
        assert_eq!((what.as_str(), place.as_str()), ("version", &key("alice").to_string()[..]));
    }
}
