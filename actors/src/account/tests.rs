//! Given a state, when a command, then effects; and random sequences of commands.

mod holds;
mod sequences;
mod terms;
mod transfers;

use super::Account;
use crate::entity::given::Given;
use purser_subjects::{
    AccountId, Money,
    account::{Leg, OpenAccount, PlaceHold, SettleHold, Side, Transfer, VoidHold},
};

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn open(floor: Option<i64>, ceiling: Option<i64>) -> OpenAccount {
    OpenAccount { currency: eur(0).currency, side: Side::Credit, floor, ceiling }
}

/// A customer's account with floor zero, to which others have credited `funds`.
fn alice(funds: i64) -> Given<Account> {
    let mut alice = Given::<Account>::nothing("alice").and(open(Some(0), None));
    alice.state.posted = funds;
    alice
}

fn transfer(minor: i64) -> Transfer {
    Transfer { to: account("bob"), amount: eur(minor), effective: None, memo: None }
}

fn hold(name: &str, minor: i64) -> PlaceHold {
    PlaceHold { hold: name.parse().unwrap(), amount: eur(minor) }
}

fn settle(name: &str, minor: i64, release_rest: bool) -> SettleHold {
    let legs = vec![Leg { account: account("bob"), amount: -minor }];
    let hold = name.parse().unwrap();
    SettleHold { hold, amount: eur(minor), legs, release_rest, memo: None }
}

fn void(name: &str) -> VoidHold {
    VoidHold { hold: name.parse().unwrap() }
}
