//! Holds: placed, settled whole and in part, voided.

use super::{account, alice, eur, hold, open, settle, void};
use crate::{
    account::Account,
    entity::given::{Given, reply},
};
use purser_subjects::{
    ErrorCode,
    account::{Freeze, HoldView, Leg, SettleHold},
};

#[test]
fn a_hold_is_settled_in_parts_and_its_rest_given_back() {
    let mut alice = alice(100).and(hold("h", 80));
    assert_eq!((alice.state.held(), alice.state.available()), (80, Some(20)));

    let part = alice.when(settle("h", 30, false)).unwrap();
    assert_eq!((part.held, reply::<HoldView, _>(&part).remaining), (-30, 50));
    let last = alice.when(settle("h", 20, true)).unwrap();
    assert_eq!((last.held, reply::<HoldView, _>(&last).remaining), (-50, 0));
    assert_eq!((alice.state.posted, alice.state.held()), (50, 0));
    assert_eq!(alice.refused(void("h")), ErrorCode::StateConflict);
}

#[test]
fn what_cannot_be_held_is_refused() {
    let mut alice = alice(100).and(hold("h", 80));
    assert_eq!(alice.refused(hold("i", 21)), ErrorCode::InsufficientFunds);
    assert_eq!(alice.refused(hold("h", 1)), ErrorCode::AlreadyExists);
    assert_eq!(alice.refused(hold("i", 0)), ErrorCode::InvalidField);
    let mut bank = Given::<Account>::nothing("bank").and(open(None, None));
    assert_eq!(bank.refused(hold("h", 1)), ErrorCode::StateConflict);
}

#[test]
fn an_account_has_at_most_a_thousand_holds() {
    let mut alice = alice(10_000);
    for n in 0..1_000 {
        alice.when(hold(&format!("h{n}"), 1)).unwrap();
    }
    assert_eq!(alice.refused(hold("more", 1)), ErrorCode::TooMany);
}

#[test]
fn the_other_side_of_a_settled_hold_is_checked() {
    let leg = |id: &str, amount| Leg { account: account(id), amount };
    let with = |legs: Vec<Leg>| SettleHold { legs, ..settle("h", 50, true) };
    for (command, code) in [
        (settle("h", 81, true), ErrorCode::AmountExceeded),
        (settle("other", 1, true), ErrorCode::StateConflict),
        (with(vec![]), ErrorCode::InvalidField),
        (with(vec![leg("bob", -49)]), ErrorCode::InvalidField),
        (with(vec![leg("bob", -51), leg("carol", 1)]), ErrorCode::InvalidField),
        (with(vec![leg("bob", -49), leg("alice", -1)]), ErrorCode::InvalidField),
        (with(vec![leg("bob", -50), leg("carol", 0)]), ErrorCode::InvalidField),
        (with(vec![leg("bob", i64::MIN)]), ErrorCode::InvalidField),
        (with(vec![leg("bob", -1); 50]), ErrorCode::InvalidField),
        (with(vec![leg("10001-USD-fees", -50)]), ErrorCode::CurrencyMismatch),
        (
            SettleHold { memo: Some("m".repeat(141)), ..settle("h", 1, true) },
            ErrorCode::InvalidField,
        ),
    ] {
        assert_eq!(alice(100).and(hold("h", 80)).refused(command.clone()), code, "{command:?}");
    }
    let fee_back = with(vec![leg("bob", -60), leg("10001-EUR-fees", 10)]);
    alice(100).and(hold("h", 80)).when(fee_back).unwrap();
}

#[test]
fn a_freeze_leaves_what_was_promised_before() {
    let mut alice = alice(100).and(hold("h", 80)).and(hold("i", 10)).and(Freeze {});
    assert_eq!(alice.refused(hold("j", 1)), ErrorCode::AccountFrozen);
    alice.when(settle("h", 80, true)).unwrap();
    alice.when(void("i")).unwrap();
    assert_eq!(alice.state.posted, eur(20).minor);
}
