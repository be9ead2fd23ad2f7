//! Transfers and batches of them.

use super::{account, alice, eur, open, transfer};
use crate::{
    account::Account,
    entity::{
        Decision,
        given::{Given, NOW, reply},
    },
    ledger::MAX_AMOUNT,
};
use purser_subjects::{
    Answer, ErrorCode, Money, Rejection,
    account::{Freeze, Leg, Transfer, TransferBatch, TransferBatchResult},
};
use std::time::Duration;

#[test]
fn a_transfer_debits_the_owner_and_credits_the_other() {
    let mut alice = alice(100);
    let effects = alice.when(transfer(40)).unwrap();
    let leg = |id, amount| Leg { account: account(id), amount };
    assert_eq!(effects.groups[0].legs, [leg("alice", 40), leg("bob", -40)]);
    assert_eq!((effects.events.len(), effects.held, alice.state.posted), (1, 0, 60));
}

#[test]
fn what_cannot_be_transferred_is_refused() {
    let refused: [(Transfer, ErrorCode); 9] = [
        (transfer(101), ErrorCode::InsufficientFunds),
        (transfer(0), ErrorCode::InvalidField),
        (transfer(-1), ErrorCode::InvalidField),
        (transfer(MAX_AMOUNT + 1), ErrorCode::InvalidField),
        (Transfer { to: account("alice"), ..transfer(1) }, ErrorCode::InvalidField),
        (Transfer { memo: Some("m".repeat(141)), ..transfer(1) }, ErrorCode::InvalidField),
        (Transfer { to: account("10001-USD-fees"), ..transfer(1) }, ErrorCode::CurrencyMismatch),
        (
            Transfer { amount: Money::new(1, "USD".parse().unwrap()), ..transfer(1) },
            ErrorCode::CurrencyMismatch,
        ),
        (
            Transfer { effective: Some(NOW.plus(Duration::from_millis(1))), ..transfer(1) },
            ErrorCode::TimeInFuture,
        ),
    ];
    for (command, code) in refused {
        assert_eq!(alice(100).refused(command.clone()), code, "{command:?}");
    }
    assert_eq!(alice(100).and(Freeze {}).refused(transfer(1)), ErrorCode::AccountFrozen);
    assert_eq!(Given::<Account>::nothing("alice").refused(transfer(1)), ErrorCode::NotFound);
}

#[test]
fn a_debit_that_seems_not_covered_has_the_balance_read_first() {
    let mut alice = alice(100);
    alice.balance_is_fresh = false;
    assert!(matches!(alice.decision(transfer(101)), Ok(Decision::Refresh)));
    assert!(matches!(alice.decision(transfer(100)), Ok(Decision::Do(_))));
}

#[test]
fn an_overdraft_ends_at_the_floor_and_an_unguarded_account_has_none() {
    let mut overdrawn = Given::<Account>::nothing("alice").and(open(Some(-50), None));
    assert_eq!(overdrawn.refused(transfer(51)), ErrorCode::InsufficientFunds);
    overdrawn.when(transfer(50)).unwrap();
    Given::<Account>::nothing("bank").and(open(None, None)).when(transfer(MAX_AMOUNT)).unwrap();
}

#[test]
fn a_batch_goes_on_after_a_refusal() {
    let mut alice = alice(100);
    let transfers = [60, 50, 40, 1].map(transfer).to_vec();
    let effects = alice.when(TransferBatch { transfers }).unwrap();
    let results = reply::<TransferBatchResult, _>(&effects).results;
    let granted: Vec<bool> = results.iter().map(|r| matches!(r, Answer::Ok(_))).collect();
    assert_eq!(granted, [true, false, true, false]);
    assert_eq!((effects.groups.len(), alice.state.posted), (2, 0));
    assert_ne!(effects.groups[0].id, effects.groups[1].id);
}

#[test]
fn a_batch_fills_the_headroom_of_a_receiver_and_no_more() {
    let mut alice = alice(100);
    alice.facts.credits = vec![Ok(Some(50)); 3];
    let effects = alice.when(TransferBatch { transfers: [30, 30, 20].map(transfer).to_vec() });
    let results = reply::<TransferBatchResult, _>(&effects.unwrap()).results;
    let code = |result: &Answer<_>| match result {
        Answer::Ok(_) => None,
        Answer::Error(rejection) => Some(rejection.code),
    };
    let codes: Vec<_> = results.iter().map(code).collect();
    assert_eq!(codes, [None, Some(ErrorCode::CeilingExceeded), None]);
}

#[test]
fn a_batch_is_refused_whole_when_a_receiver_cannot_be_asked() {
    let mut alice = alice(100);
    let unavailable = Rejection::new(ErrorCode::Unavailable, "no answer");
    alice.facts.credits = vec![Ok(None), Err(unavailable)];
    let batch = TransferBatch { transfers: [1, 1].map(transfer).to_vec() };
    assert_eq!(alice.refused(batch), ErrorCode::Unavailable);
    for size in [0, 1_001] {
        let transfers = vec![transfer(1); size];
        assert_eq!(alice.refused(TransferBatch { transfers }), ErrorCode::InvalidField);
    }
    assert_eq!(eur(100).minor, alice.state.posted);
}
