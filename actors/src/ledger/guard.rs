//! The last line of defence: what a balance may be after a batch, checked inside its transaction.

use crate::ports::{BalanceChange, BalanceRow, Refusal};
use purser_subjects::account::AccountStatus;
use std::collections::HashMap;

/// Most minor units in one posting. With the limit on postings in a batch it keeps sums from overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Most minor units, either way, on one account.
pub const MAX_POSTED: i64 = 1 << 61;

/// What in `changes` may not be stored, given `after`: the changed rows as they are after the change,
/// with status and limits as they were before the batch.
///
/// Both stores call this before they commit, so a rule about balances is written once.
pub fn refusals(changes: &[BalanceChange], after: &[BalanceRow]) -> Vec<Refusal> {
    let rows: HashMap<_, _> = after.iter().map(|row| (&row.account, row)).collect();
    changes
        .iter()
        .filter_map(|change| match rows.get(&change.account) {
            Some(row) => refusal(change, row),
            None => Some(Refusal::UnknownAccount(change.account.clone())),
        })
        .collect()
}

fn refusal(change: &BalanceChange, row: &BalanceRow) -> Option<Refusal> {
    let account = || change.account.clone();
    let by_others = change.credited_by_others || change.debited_by_others;
    let out_of_range = |value: i64| !(-MAX_POSTED..=MAX_POSTED).contains(&value);
    match (row.terms.floor, row.terms.ceiling) {
        _ if row.status == AccountStatus::Closed
            || (row.status == AccountStatus::Frozen && by_others) =>
        {
            Some(Refusal::AccountNotOpen(account(), row.status))
        }
        _ if out_of_range(row.posted) || out_of_range(row.held) || row.held < 0 => {
            Some(Refusal::OutOfRange(account()))
        }
        _ if change.must_be_empty && (row.posted != 0 || row.held != 0) => {
            Some(Refusal::NotEmpty(account()))
        }
        (Some(_), _) if change.debited_by_others => Some(Refusal::GuardedDebit(account())),
        (Some(floor), _) if change.debited_by_owner && row.posted - row.held < floor => {
            Some(Refusal::BelowFloor(account()))
        }
        (_, Some(ceiling)) if change.credited_by_others && row.posted > ceiling => {
            Some(Refusal::AboveCeiling(account(), row.posted - ceiling))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::account::{AccountTerms, Side};

    fn change() -> BalanceChange {
        BalanceChange {
            account: "alice".parse().unwrap(),
            create: None,
            posted: 0,
            held: 0,
            credited_by_others: false,
            debited_by_others: false,
            debited_by_owner: false,
            must_be_empty: false,
        }
    }

    fn row(posted: i64, held: i64, floor: Option<i64>, ceiling: Option<i64>) -> BalanceRow {
        let currency = "EUR".parse().unwrap();
        BalanceRow {
            account: "alice".parse().unwrap(),
            terms: AccountTerms { currency, side: Side::Credit, floor, ceiling },
            status: AccountStatus::Open,
            posted,
            held,
        }
    }

    #[test]
    fn the_owner_may_not_go_below_the_floor() {
        let change = BalanceChange { debited_by_owner: true, ..change() };
        assert!(refusals(std::slice::from_ref(&change), &[row(5, 5, Some(0), None)]).is_empty());
        let below = refusals(std::slice::from_ref(&change), &[row(5, 6, Some(0), None)]);
        assert_eq!(below, [Refusal::BelowFloor(change.account.clone())]);
        assert!(refusals(&[change], &[row(-500, 0, Some(-500), None)]).is_empty());
    }

    #[test]
    fn strangers_debit_only_unguarded_accounts() {
        let change = BalanceChange { debited_by_others: true, ..change() };
        assert!(refusals(std::slice::from_ref(&change), &[row(-9, 0, None, None)]).is_empty());
        let refused = refusals(std::slice::from_ref(&change), &[row(9, 0, Some(0), None)]);
        assert_eq!(refused, [Refusal::GuardedDebit(change.account)]);
    }

    #[test]
    fn strangers_credit_up_to_the_ceiling_of_an_open_account() {
        let change = BalanceChange { credited_by_others: true, ..change() };
        let changes = std::slice::from_ref(&change);
        assert!(refusals(changes, &[row(10, 0, Some(0), Some(10))]).is_empty());
        let above = refusals(changes, &[row(11, 0, Some(0), Some(10))]);
        assert_eq!(above, [Refusal::AboveCeiling(change.account.clone(), 1)]);
        let frozen = BalanceRow { status: AccountStatus::Frozen, ..row(1, 0, Some(0), None) };
        assert_eq!(refusals(changes, &[frozen]).len(), 1);
        assert_eq!(refusals(changes, &[]), [Refusal::UnknownAccount(change.account.clone())]);
    }
}
