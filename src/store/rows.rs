//! Between stored columns and the types of the contract.

use super::failure::Failure;
use purser_actors::ports::BalanceRow;
use purser_subjects::{
    EntityId, EntityKey, EntityKind,
    account::{AccountStatus, AccountTerms, Side},
};
use std::str::FromStr;

pub(super) const fn side_number(side: Side) -> i16 {
    match side {
        Side::Debit => 0,
        Side::Credit => 1,
    }
}

/// A stored balance before its values are checked.
pub(super) struct RawBalance<'r> {
    pub(super) account: &'r str,
    pub(super) currency: &'r str,
    pub(super) side: i16,
    pub(super) floor: Option<i64>,
    pub(super) ceiling: Option<i64>,
    pub(super) status: i16,
    pub(super) posted: i64,
    pub(super) held: i64,
}

impl RawBalance<'_> {
    pub(super) fn check(self) -> Result<BalanceRow, Failure> {
        let side = match self.side {
            0 => Side::Debit,
            1 => Side::Credit,
            other => return Err(corrupt("a side", &other)),
        };
        let status = AccountStatus::from_number(self.status);
        Ok(BalanceRow {
            account: id(self.account)?.into(),
            terms: AccountTerms {
                currency: parse("a currency", self.currency)?,
                side,
                floor: self.floor,
                ceiling: self.ceiling,
            },
            status: status.ok_or_else(|| corrupt("an account status", &self.status))?,
            posted: self.posted,
            held: self.held,
        })
    }
}

pub(super) fn id(text: &str) -> Result<EntityId, Failure> {
    parse("an id", text)
}

pub(super) fn key(kind: i16, text: &str) -> Result<EntityKey, Failure> {
    let kind = EntityKind::from_number(kind).ok_or_else(|| corrupt("a kind of entity", &kind))?;
    Ok(EntityKey::new(kind, id(text)?))
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32], Failure> {
    bytes.try_into().map_err(|_| corrupt("32 bytes", &bytes.len()))
}

pub(super) fn count(number: i64) -> Result<u32, Failure> {
    u32::try_from(number).map_err(|_| corrupt("a small count", &number))
}

pub(super) fn parse<T: FromStr>(expected: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| corrupt(expected, &text))
}

fn corrupt(expected: &'static str, value: &dyn std::fmt::Display) -> Failure {
    Failure::Corrupt { expected, value: value.to_string() }
}
