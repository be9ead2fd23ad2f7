//! Opening, limits, status, and questions about the account.

use super::{alice, eur, hold, open, transfer};
use crate::{
    account::{Account, AccountState},
    entity::{
        Decision, Read,
        given::{Given, NOW, reply},
    },
    ledger::MAX_POSTED,
};
use purser_subjects::{
    ErrorCode, Money,
    account::{
        AccountStatus, Close, CreditAccepted, CreditCheck, Freeze, OpenAccount, ReadBalance,
        ReadStatement, SetLimits, Side, TimeBasis, Unfreeze,
    },
};

fn nothing(id: &str) -> Given<Account> {
    Given::nothing(id)
}

#[test]
fn accounts_that_cannot_be_are_not_opened() {
    let debit = |floor, ceiling| OpenAccount { side: Side::Debit, ..open(floor, ceiling) };
    for terms in [
        open(Some(1), None),
        open(Some(0), Some(-1)),
        open(Some(-MAX_POSTED - 1), None),
        open(None, Some(MAX_POSTED + 1)),
        debit(Some(0), None),
        debit(None, Some(0)),
    ] {
        assert_eq!(nothing("alice").refused(terms.clone()), ErrorCode::InvalidField, "{terms:?}");
    }
    assert_eq!(alice(0).refused(open(None, None)), ErrorCode::AlreadyExists);
    assert_eq!(nothing("10001-EUR-fees").refused(open(None, None)), ErrorCode::AlreadyExists);
    nothing("bank").when(debit(None, None)).unwrap();
}

#[test]
fn limits_move_as_far_as_the_balance_allows() {
    let limits = |floor, ceiling| SetLimits { floor, ceiling };
    let mut alice = alice(100).and(hold("h", 30));
    assert_eq!(alice.refused(limits(Some(71), None)), ErrorCode::InsufficientFunds);
    assert_eq!(alice.refused(limits(None, None)), ErrorCode::StateConflict);
    assert_eq!(alice.refused(limits(Some(70), Some(69))), ErrorCode::InvalidField);
    alice.when(limits(Some(70), Some(200))).unwrap();
    assert_eq!(alice.state.available(), Some(0));
    alice.balance_is_fresh = false;
    assert!(matches!(alice.decision(limits(Some(71), None)), Ok(Decision::Refresh)));
}

#[test]
fn only_guarded_accounts_of_the_chart_have_rules_of_their_own() {
    for role in ["clearing", "pending", "fees", "reserve"] {
        let mut system = nothing(&format!("10001-EUR-{role}"));
        let limits = SetLimits { floor: None, ceiling: Some(1) };
        assert_eq!(system.refused(limits), ErrorCode::StateConflict, "{role}");
        assert_eq!(system.refused(Freeze {}), ErrorCode::StateConflict, "{role}");
        assert_eq!(system.refused(Close {}), ErrorCode::StateConflict, "{role}");
    }
    let mut available = nothing("10001-EUR-available");
    available.when(Freeze {}).unwrap();
    available.when(Unfreeze {}).unwrap();
    assert_eq!(available.refused(Close {}), ErrorCode::StateConflict);
}

#[test]
fn a_freeze_is_repeated_without_an_event_and_ended() {
    let mut alice = alice(100).and(Freeze {});
    assert!(alice.when(Freeze {}).unwrap().events.is_empty());
    assert_eq!(alice.refused(Close {}), ErrorCode::AccountFrozen);
    alice.when(Unfreeze {}).unwrap();
    alice.when(transfer(1)).unwrap();
}

#[test]
fn only_an_empty_account_is_closed_and_then_for_good() {
    assert_eq!(alice(1).refused(Close {}), ErrorCode::AccountNotEmpty);
    assert_eq!(alice(9).and(hold("h", 9)).refused(Close {}), ErrorCode::AccountNotEmpty);
    let mut stale = alice(0);
    stale.balance_is_fresh = false;
    assert!(matches!(stale.decision(Close {}), Ok(Decision::Refresh)));

    let mut closed = alice(0);
    let effects = closed.when(Close {}).unwrap();
    assert!(effects.must_be_empty, "a credit of the same moment must undo it");
    assert_eq!(closed.state.status, AccountStatus::Closed);
    assert_eq!(closed.refused(Unfreeze {}), ErrorCode::AccountClosed);
    assert_eq!(closed.refused(Freeze {}), ErrorCode::AccountClosed);
    assert_eq!(closed.refused(hold("h", 1)), ErrorCode::AccountClosed);
    let limits = SetLimits { floor: Some(0), ceiling: None };
    assert_eq!(closed.refused(limits), ErrorCode::AccountClosed);
}

#[test]
fn a_credit_is_taken_up_to_the_ceiling() {
    let mut wallet = nothing("wallet").and(open(Some(0), Some(100)));
    wallet.state.posted = 60;
    let check = |minor| CreditCheck { amount: eur(minor) };
    let accepted: CreditAccepted = reply(&wallet.when(check(40)).unwrap());
    assert_eq!(accepted.headroom, Some(40));
    assert_eq!(wallet.refused(check(41)), ErrorCode::CeilingExceeded);
    assert_eq!(wallet.refused(check(0)), ErrorCode::InvalidField);
    let usd = CreditCheck { amount: Money::new(1, "USD".parse().unwrap()) };
    assert_eq!(wallet.refused(usd), ErrorCode::CurrencyMismatch);
    assert_eq!(wallet.and(Freeze {}).refused(check(1)), ErrorCode::AccountFrozen);
    assert_eq!(nothing("nobody").refused(check(1)), ErrorCode::NotFound);
}

#[test]
fn only_what_has_passed_is_told() {
    let mut alice = alice(0);
    let now = ReadBalance { at: Some(NOW), by: TimeBasis::Booking };
    assert_eq!(alice.refused(now), ErrorCode::TimeInFuture);
    let balance = alice.decision(ReadBalance::default());
    assert!(matches!(balance, Ok(Decision::Read(Read::Balance(_)))));

    let at = |ms: i64| purser_subjects::Timestamp::from_millis(NOW.as_millis() + ms);
    let page = |from, to, limit| ReadStatement {
        from: at(from),
        to: at(to),
        by: TimeBasis::Effective,
        after: None,
        limit,
    };
    assert!(matches!(alice.decision(page(-9, -1, 1_000)), Ok(Decision::Read(_))));
    assert_eq!(alice.refused(page(-9, 0, 10)), ErrorCode::TimeInFuture);
    assert_eq!(alice.refused(page(-1, -9, 10)), ErrorCode::InvalidField);
    assert_eq!(alice.refused(page(-9, -1, 0)), ErrorCode::InvalidField);
    assert_eq!(alice.refused(page(-9, -1, 1_001)), ErrorCode::InvalidField);
}

#[test]
fn accounts_of_the_chart_are_open_from_the_beginning() {
    let state = AccountState::initial(&"10001-EUR-available".parse().unwrap());
    assert_eq!(state.available(), Some(0));
    assert_eq!(AccountState::initial(&"alice".parse().unwrap()).terms, None);
}
