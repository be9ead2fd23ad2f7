//! Statements and past balances, by booking time and by effective time.

use super::fixture::{Fixture, LONG, account, at, posting};
use purser_actors::ports::{PostingRow, StatementQuery};
use purser_subjects::{
    Timestamp,
    account::{StatementCursor, TimeBasis},
};

const BOTH: [TimeBasis; 2] = [TimeBasis::Booking, TimeBasis::Effective];

/// Three batches booked at 1, 2 and 2; each line is an amount and when it counts from.
const BOOKED: [(i64, [(i64, i64); 2]); 3] =
    [(1, [(1, 1), (10, 1)]), (2, [(100, 2), (1_000, 0)]), (2, [(10_000, 2), (-5, 1)])];

async fn book(fixture: &mut Fixture) {
    for (booked_at, lines) in BOOKED {
        let mut batch = fixture.batch();
        batch.booked_at = at(booked_at);
        batch.postings = lines.map(|(amount, from)| posting("alice", amount, at(from))).into();
        // Somebody else's posting in between, numbered but not counted.
        batch.postings.insert(1, posting("bob", 7, at(1)));
        fixture.commit(batch).await.unwrap();
    }
}

fn query(by: TimeBasis, from: i64, to: i64, limit: u32) -> StatementQuery {
    let (from, to) = (at(from), at(to));
    StatementQuery { account: account("alice"), from, to, by, after: None, limit }
}

fn amounts(lines: &[PostingRow]) -> Vec<i64> {
    lines.iter().map(|line| line.amount).collect()
}

fn time(line: &PostingRow, by: TimeBasis) -> Timestamp {
    match by {
        TimeBasis::Booking => line.booked_at,
        TimeBasis::Effective => line.effective_at,
    }
}

on_every_engine! {
    async fn a_posting_is_read_back_as_it_was_stored(fixture) {
        let mut fixture = fixture;
        let mut written = posting("alice", -3, at(-9));
        let mut batch = fixture.batch();
        batch.postings = vec![written.clone()];
        fixture.commit(batch).await.unwrap();
        (written.number, written.batch, written.booked_at) = (1, 1, at(1));
        let found = fixture.store.postings(&query(TimeBasis::Booking, 0, 9, 9)).await.unwrap();
        assert_eq!(found, (0, vec![written]));
    }

    async fn pages_follow_each_other_without_gap_through_ties(fixture) {
        let mut fixture = fixture;
        book(&mut fixture).await;
        let expected = [[1, 10, 100, 1_000, 10_000, -5], [1_000, 1, 10, -5, 100, 10_000]];
        for (by, expected) in BOTH.into_iter().zip(expected) {
            for limit in 1..=7 {
                let (mut lines, mut sum) = (Vec::new(), 0);
                let mut wanted = query(by, 0, 2, limit);
                loop {
                    let (opening, page) = fixture.store.postings(&wanted).await.unwrap();
                    assert_eq!(opening, sum, "{by:?}, pages of {limit}");
                    let Some(last) = page.last() else { break };
                    let (at, posting) = (time(last, by), last.number);
                    wanted.after = Some(StatementCursor { at, posting });
                    sum += amounts(&page).iter().sum::<i64>();
                    lines.extend(page);
                }
                assert_eq!(amounts(&lines), expected, "{by:?}, pages of {limit}");
            }
        }
    }

    async fn a_statement_opens_with_what_came_before_its_span(fixture) {
        let mut fixture = fixture;
        book(&mut fixture).await;
        let store = &fixture.store;
        let (opening, lines) = store.postings(&query(TimeBasis::Booking, 2, 2, 9)).await.unwrap();
        assert_eq!((opening, amounts(&lines)), (11, vec![100, 1_000, 10_000, -5]));
        let (opening, lines) = store.postings(&query(TimeBasis::Effective, 1, 1, 9)).await.unwrap();
        assert_eq!((opening, amounts(&lines)), (1_000, vec![1, 10, -5]));
        let (opening, lines) = store.postings(&query(TimeBasis::Booking, 3, 9, 9)).await.unwrap();
        assert_eq!((opening, lines), (11_106, vec![]));
        let early = StatementCursor { at: at(1), posting: 99 };
        let wanted = StatementQuery { after: Some(early), ..query(TimeBasis::Booking, 2, 2, 1) };
        let (opening, lines) = store.postings(&wanted).await.unwrap();
        assert_eq!((opening, amounts(&lines)), (11, vec![100]));
    }

    async fn past_balances_count_by_either_time(fixture) {
        let mut fixture = fixture;
        book(&mut fixture).await;
        let alice = account("alice");
        for (by, sums) in BOTH.into_iter().zip([[0, 11, 11_106], [1_000, 1_006, 11_106]]) {
            for (ms, sum) in (0..).zip(sums) {
                let found = fixture.store.posted_sum(&alice, at(ms), by).await.unwrap();
                assert_eq!(found, sum, "{by:?} at {ms}");
            }
        }
        let nobody = account("nobody");
        assert_eq!(fixture.store.posted_sum(&nobody, at(9), BOTH[0]).await.unwrap(), 0);
    }

    async fn sums_are_exact_up_to_63_bits_and_an_error_beyond(fixture) {
        let mut fixture = fixture;
        let alice = account("alice");
        for (amounts, sum) in [
            (vec![i64::MAX, 1, -1], Some(i64::MAX)),
            (vec![i64::MIN, -1, 2], Some(0)),
            (vec![i64::MAX, 1], None),
            (vec![i64::MIN, -2], Some(-2)),
            (vec![i64::MIN, 1], None),
        ] {
            let mut batch = fixture.batch();
            let lines = amounts.iter().map(|amount| posting("alice", *amount, at(0)));
            batch.postings = lines.collect();
            fixture.commit(batch).await.unwrap();
            for by in BOTH {
                let found = fixture.store.posted_sum(&alice, at(99), by).await;
                assert_eq!(found.ok(), sum, "after {amounts:?}");
                let page = fixture.store.postings(&query(by, 50, 99, 1)).await;
                assert_eq!(page.ok().map(|(opening, _)| opening), sum);
            }
        }
    }

    async fn lines_of_several_journals_are_in_the_order_of_time(fixture) {
        let mut fixture = fixture;
        let mut second = fixture.beside(LONG).await;
        for (booked_at, amount) in [(1, 1), (2, 10), (2, 100), (3, 1_000), (4, 10_000), (4, 5)] {
            let member = if [1, 1_000, 5].contains(&amount) { &mut second } else { &mut fixture };
            let mut batch = member.batch();
            batch.booked_at = at(booked_at);
            batch.postings = vec![posting("alice", amount, at(booked_at))];
            member.commit(batch).await.unwrap();
        }
        for by in BOTH {
            for limit in 1..=7 {
                let (mut lines, mut sum) = (Vec::new(), 0);
                let mut wanted = query(by, 0, 4, limit);
                loop {
                    let (opening, page) = fixture.store.postings(&wanted).await.unwrap();
                    assert_eq!(opening, sum, "{by:?}, pages of {limit}");
                    let Some(last) = page.last() else { break };
                    wanted.after = Some(StatementCursor { at: time(last, by), posting: last.number });
                    sum += amounts(&page).iter().sum::<i64>();
                    lines.extend(page);
                }
                assert_eq!(amounts(&lines), [1, 10, 100, 1_000, 10_000, 5], "{by:?} by {limit}");
            }
            let alice = account("alice");
            assert_eq!(fixture.store.posted_sum(&alice, at(3), by).await.unwrap(), 1_111);
        }
    }
}
