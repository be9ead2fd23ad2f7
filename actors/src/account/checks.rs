//! What the rules of an account have in common. Pure.

use crate::ledger::MAX_AMOUNT;
use purser_subjects::{
    AccountId, Currency, ErrorCode, Money, Rejection,
    account::{AccountTerms, Role, SystemAccount},
};

/// Longest memo, in bytes.
pub(super) const MAX_MEMO: usize = 140;

pub(super) fn reject<T>(code: ErrorCode, why: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(code, why))
}

/// Whether any transaction may debit the account: a system account without a floor.
pub(super) fn is_unguarded_system(account: &AccountId) -> bool {
    SystemAccount::parse(account).is_some_and(|system| system.role != Role::Available)
}

/// The minor units of a positive amount in the account's currency.
pub(super) fn amount_of(terms: AccountTerms, amount: Money) -> Result<i64, Rejection> {
    if amount.currency != terms.currency {
        let why =
            format!("the account is in {}, the amount in {}", terms.currency, amount.currency);
        return reject(ErrorCode::CurrencyMismatch, why);
    }
    if !(1..=MAX_AMOUNT).contains(&amount.minor) {
        return reject(ErrorCode::InvalidField, "an amount is 1 to 10^15 minor units");
    }
    Ok(amount.minor)
}

/// A system account tells its currency by its id; others are asked before.
pub(super) fn check_currency(account: &AccountId, currency: Currency) -> Result<(), Rejection> {
    match SystemAccount::parse(account) {
        Some(system) if system.currency != currency => {
            let why = format!("{account} is not in {currency}");
            reject(ErrorCode::CurrencyMismatch, why)
        }
        _ => Ok(()),
    }
}

pub(super) fn insufficient(available: i64, amount: i64) -> Rejection {
    let why = format!("{amount} minor units asked for, {} available", available.max(0));
    Rejection::new(ErrorCode::InsufficientFunds, why)
}

pub(super) fn above_ceiling() -> Rejection {
    let why = "the account would hold more than its ceiling";
    Rejection::new(ErrorCode::CeilingExceeded, why)
}
