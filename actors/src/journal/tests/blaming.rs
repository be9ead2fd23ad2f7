//! Who must leave a refused batch, and what they are told.

use super::{PARTITIONS, account, group, owned, payment, unit, work};
use crate::{
    journal::{Unit, Work, blame::blame},
    ports::{AnswerKey, AnswerWrite, BindingRow, CredentialWrite, Refusal, Slot},
};
use purser_subjects::{AccountId, EntityKey, ErrorCode, Timestamp, account::AccountStatus};

fn id(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn transfer(from: &str, to: &str, minor: i64) -> Work {
    Work { groups: vec![group(&[(from, minor), (to, -minor)])], ..work(account(from)) }
}

fn units(works: Vec<Work>) -> Vec<Unit> {
    works.into_iter().map(unit).collect()
}

/// Positions and codes.
fn blamed(works: Vec<Work>, refusals: &[Refusal]) -> Vec<(usize, ErrorCode)> {
    blame(&units(works), refusals, &owned()).into_iter().map(|(at, why)| (at, why.code)).collect()
}

#[test]
fn what_may_pass_when_read_afresh_is_told_to_retry() {
    let key = AnswerKey([1; 16]);
    let answers = vec![AnswerWrite::Insert { key, digest: [0; 32], answer: None }];
    let works = || {
        vec![
            transfer("alice", "bob", 5),
            Work { answers: answers.clone(), ..transfer("bob", "alice", 5) },
            Work { groups: vec![group(&[("alice", 1), ("bob", -1)])], ..work(payment("p")) },
        ]
    };
    for (refusal, at_fault) in [
        (Refusal::StaleEntity(account("alice")), vec![0]),
        (Refusal::AnswerTaken(key), vec![1]),
        (Refusal::BelowFloor(id("alice")), vec![0]),
        (Refusal::GuardedDebit(id("alice")), vec![0, 1, 2]),
    ] {
        let blamed = blame(&units(works()), std::slice::from_ref(&refusal), &owned());
        assert_eq!(blamed.keys().copied().collect::<Vec<_>>(), at_fault, "{refusal:?}");
        for rejection in blamed.values() {
            assert_eq!(rejection.code, ErrorCode::Unavailable, "{refusal:?}");
            assert!(rejection.retry_after_ms.is_some());
        }
    }
}

#[test]
fn what_will_be_refused_again_is_told_for_good() {
    let works = || vec![transfer("alice", "bob", 5), transfer("carol", "dave", 5)];
    for (refusal, code) in [
        (Refusal::UnknownAccount(id("bob")), ErrorCode::NotFound),
        (Refusal::AccountNotOpen(id("bob"), AccountStatus::Closed), ErrorCode::AccountClosed),
        (Refusal::AccountNotOpen(id("bob"), AccountStatus::Frozen), ErrorCode::AccountFrozen),
        (Refusal::OutOfRange(id("bob")), ErrorCode::Overflow),
    ] {
        assert_eq!(blamed(works(), std::slice::from_ref(&refusal)), [(0, code)], "{refusal:?}");
    }
}

#[test]
fn the_owner_of_a_frozen_account_may_settle() {
    let works = vec![transfer("alice", "bob", 5), transfer("carol", "alice", 5)];
    let refusal = Refusal::AccountNotOpen(id("alice"), AccountStatus::Frozen);
    assert_eq!(blamed(works, &[refusal]), [(1, ErrorCode::AccountFrozen)]);
}

#[test]
fn a_closing_account_that_was_credited_stays_open() {
    let closing = Work { must_be_empty: true, ..work(account("alice")) };
    let works = vec![transfer("bob", "alice", 5), closing, transfer("alice", "bob", 1)];
    let refusal = Refusal::NotEmpty(id("alice"));
    assert_eq!(blamed(works, &[refusal]), [(1, ErrorCode::AccountNotEmpty)]);
}

#[test]
fn the_last_credits_above_a_ceiling_leave_as_many_as_needed() {
    let works = || {
        vec![
            transfer("a", "wallet", 30),
            transfer("b", "wallet", 20),
            transfer("wallet", "a", 5),
            transfer("c", "wallet", 10),
        ]
    };
    let leave = |excess| {
        let refusal = Refusal::AboveCeiling(id("wallet"), excess);
        blamed(works(), &[refusal]).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(leave(1), [3]);
    assert_eq!(leave(10), [3]);
    assert_eq!(leave(11), [1, 3]);
    assert_eq!(leave(31), [0, 1, 3]);
}

#[test]
fn of_two_that_take_one_name_the_first_stays() {
    let taking = |merchant: &str| Work {
        credentials: vec![CredentialWrite {
            scheme: "gateway".to_owned(),
            name: "shop".to_owned(),
            merchant: merchant.parse().unwrap(),
        }],
        ..work(EntityKey::new(purser_subjects::EntityKind::Merchant, merchant.parse().unwrap()))
    };
    let refusal =
        || Refusal::CredentialTaken { scheme: "gateway".to_owned(), name: "shop".to_owned() };
    let both = blamed(vec![taking("1"), taking("2")], &[refusal()]);
    assert_eq!(both, [(1, ErrorCode::AlreadyExists)]);
    assert_eq!(blamed(vec![taking("1")], &[refusal()]), [(0, ErrorCode::AlreadyExists)]);
}

#[test]
fn who_takes_a_claim_of_another_binding_is_told_and_the_rest_stays() {
    let entering = |id: &str, claim: Option<&str>| Work {
        binding: Some(BindingRow {
            binding: id.parse().unwrap(),
            merchant: "10001".parse().unwrap(),
            customer: None,
            status: None,
            bank_code: None,
            last4: "4242".to_owned(),
            claim: claim.map(str::to_owned),
            created_at: Timestamp::default(),
        }),
        ..work(EntityKey::new(purser_subjects::EntityKind::Binding, id.parse().unwrap()))
    };
    let works = vec![entering("a", Some("c")), entering("b", Some("c")), entering("b", None)];
    let refusal = Refusal::ClaimTaken("b".parse().unwrap());
    assert_eq!(blamed(works, &[refusal]), [(1, ErrorCode::AlreadyBound)]);
}

#[test]
fn work_of_a_slot_that_was_lost_goes_and_the_rest_stays() {
    let slot_of = |id| Slot::of(&account(id), PARTITIONS);
    assert_ne!(slot_of("alice"), slot_of("bob"));
    let works = || {
        vec![
            transfer("alice", "bob", 5),
            transfer("bob", "alice", 5),
            Work { held: 1, ..work(account("alice")) },
        ]
    };
    let lost = Refusal::LostSlot(slot_of("alice"));
    let retry = ErrorCode::Unavailable;
    assert_eq!(blamed(works(), std::slice::from_ref(&lost)), [(0, retry), (2, retry)]);
    assert!(blamed(vec![transfer("bob", "alice", 5)], &[lost]).is_empty());
}

#[test]
fn the_first_reason_is_told_and_barriers_are_never_blamed() {
    let mut units = units(vec![transfer("alice", "bob", 5)]);
    units.push(Unit::without_work(Default::default()));
    let refusals = [Refusal::UnknownAccount(id("bob")), Refusal::OutOfRange(id("bob"))];
    let blamed = blame(&units, &refusals, &owned());
    assert_eq!(
        blamed.into_iter().map(|(at, why)| (at, why.code)).collect::<Vec<_>>(),
        [(0, ErrorCode::NotFound)]
    );
}
