//! Between stored columns and the types of the contract.

use super::failure::Failure;
use purser_actors::ports::{self, BalanceRow, DeliveryState, MailState, Share, Slot};
use purser_subjects::{
    EntityId, EntityKey, EntityKind,
    account::{AccountStatus, AccountTerms, Side},
    binding::TokenStatus,
    callback::{EndpointKind, EndpointStatus, NoticeType},
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

pub(super) fn slot(number: i32) -> Result<Slot, Failure> {
    Slot::from_number(number).ok_or_else(|| corrupt("a slot", &number))
}

/// A set of shares as it is stored: one bit of each.
pub(super) fn share_bits(shares: &[Share]) -> i32 {
    shares.iter().fold(0, |bits, share| bits | 1 << share.number())
}

/// The shares whose bits are set.
pub(super) fn shares(bits: i32) -> Vec<Share> {
    Share::ALL.into_iter().filter(|share| bits & 1 << share.number() != 0).collect()
}

pub(super) fn small(number: u32) -> Result<u16, Failure> {
    u16::try_from(number).map_err(|_| corrupt("a number below 65536", &number))
}

pub(super) fn notice_type(text: &str) -> Result<NoticeType, Failure> {
    NoticeType::from_text(text).ok_or_else(|| corrupt("a type of notice", &text))
}

pub(super) fn endpoint_kind(number: i16) -> Result<EndpointKind, Failure> {
    EndpointKind::from_number(number).ok_or_else(|| corrupt("a kind of endpoint", &number))
}

pub(super) fn endpoint_status(number: i16) -> Result<EndpointStatus, Failure> {
    EndpointStatus::from_number(number).ok_or_else(|| corrupt("an endpoint's status", &number))
}

pub(super) fn delivery_state(number: i16) -> Result<DeliveryState, Failure> {
    DeliveryState::from_number(number).ok_or_else(|| corrupt("a delivery's state", &number))
}

pub(super) fn mail_state(number: i16) -> Result<MailState, Failure> {
    MailState::from_number(number).ok_or_else(|| corrupt("an e-mail's state", &number))
}

/// The wanted notices of an endpoint, as they were joined by commas.
pub(super) fn events(text: &str) -> Vec<String> {
    text.split(',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Headers as JSON: an array of pairs.
pub(super) fn header_text(headers: &[(String, String)]) -> String {
    serde_json::json!(headers).to_string()
}

pub(super) fn headers(text: &str) -> Result<Vec<(String, String)>, Failure> {
    serde_json::from_str(text).map_err(|_| corrupt("headers", &text.len()))
}

pub(super) fn parse<T: FromStr>(expected: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| corrupt(expected, &text))
}

pub(super) fn binding_status(number: i16) -> Result<Option<TokenStatus>, Failure> {
    ports::binding_status(number).ok_or_else(|| corrupt("a status of a token", &number))
}

fn corrupt(expected: &'static str, value: &dyn std::fmt::Display) -> Failure {
    Failure::Corrupt { expected, value: value.to_string() }
}
