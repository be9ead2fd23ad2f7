//! Which units a refused batch must leave out, and what their callers are told.

use super::unit::{Unit, Work};
use crate::{callback::MAX_ENDPOINTS, host::Owned, ports::Refusal};
use purser_subjects::{
    AccountId, EntityKind, ErrorCode, Rejection,
    account::{AccountStatus, Leg},
};
use std::collections::BTreeMap;

/// Positions of the units at fault, with the refusal of each.
pub(super) fn blame(
    units: &[Unit],
    refusals: &[Refusal],
    owned: &Owned,
) -> BTreeMap<usize, Rejection> {
    let mut blamed = BTreeMap::new();
    for refusal in refusals {
        let rejection = rejection(refusal);
        for position in at_fault(units, refusal, owned) {
            blamed.entry(position).or_insert_with(|| rejection.clone());
        }
    }
    blamed
}

fn at_fault(units: &[Unit], refusal: &Refusal, owned: &Owned) -> Vec<usize> {
    let which = |test: &dyn Fn(&Work) -> bool| {
        units
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.work.as_deref().is_some_and(test))
            .map(|(position, _)| position)
            .collect::<Vec<_>>()
    };
    match refusal {
        Refusal::LostSlot(slot) => which(&|work| owned.slot_of(&work.entity) == *slot),
        Refusal::StaleEntity(key) => which(&|work| work.entity == *key),
        Refusal::AnswerTaken(key) => which(&|work| work.answers.iter().any(|a| a.key() == *key)),
        Refusal::CredentialTaken { scheme, name } => {
            let mut taking = which(&|work| {
                work.credentials.iter().any(|c| c.scheme == *scheme && c.name == *name)
            });
            // Of several that take one name, the first may be the one that gets it.
            if taking.len() > 1 {
                taking.remove(0);
            }
            taking
        }
        Refusal::ClaimTaken(binding) => which(&|work| {
            work.binding.as_ref().is_some_and(|row| row.binding == *binding && row.claim.is_some())
        }),
        Refusal::TooManyEndpoints(endpoint) => {
            which(&|work| work.version == 0 && work.entity == endpoint.key())
        }
        Refusal::BelowFloor(account) => which(&|work| is_owner(work, account)),
        Refusal::NotEmpty(account) => which(&|work| is_owner(work, account) && work.must_be_empty),
        Refusal::AccountNotOpen(account, AccountStatus::Frozen) => {
            which(&|work| touches(work, account) && !is_owner(work, account))
        }
        Refusal::AboveCeiling(account, excess) => {
            let mut left = *excess;
            let mut crediting = which(&|work| credit(work, account) > 0);
            crediting.reverse();
            crediting.retain(|position| {
                let needed = left > 0;
                if needed && let Some(work) = &units[*position].work {
                    left -= credit(work, account);
                }
                needed
            });
            crediting
        }
        Refusal::UnknownAccount(account)
        | Refusal::AccountNotOpen(account, _)
        | Refusal::GuardedDebit(account)
        | Refusal::OutOfRange(account) => which(&|work| touches(work, account)),
    }
}

fn is_owner(work: &Work, account: &AccountId) -> bool {
    work.entity.kind == EntityKind::Account && work.entity.id == *account.entity_id()
}

fn legs<'a>(work: &'a Work, account: &AccountId) -> impl Iterator<Item = &'a Leg> {
    let legs = work.groups.iter().flat_map(|group| &group.legs);
    legs.filter(move |leg| leg.account == *account)
}

fn touches(work: &Work, account: &AccountId) -> bool {
    legs(work, account).next().is_some() || (is_owner(work, account) && work.held != 0)
}

/// Minor units that somebody else's work adds to the account.
fn credit(work: &Work, account: &AccountId) -> i64 {
    if is_owner(work, account) {
        return 0;
    }
    -legs(work, account).map(|leg| leg.amount.min(0)).sum::<i64>()
}

/// What callers of an entity are told that this node has no lease of any more.
pub(super) fn moved() -> Rejection {
    let why = "the entity has moved to another node; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50)
}

/// What the caller is told. A definite answer where the same command would be refused again; else a
/// retry after the entity has been read afresh tells.
fn rejection(refusal: &Refusal) -> Rejection {
    let (code, why) = match refusal {
        Refusal::CredentialTaken { .. } => (ErrorCode::AlreadyExists, "the log-in name is taken"),
        Refusal::ClaimTaken(_) => {
            (ErrorCode::AlreadyBound, "the customer has bound this card already, or is binding it")
        }
        Refusal::TooManyEndpoints(_) => {
            let why = format!("the merchant has {MAX_ENDPOINTS} endpoints; remove one first");
            return Rejection::new(ErrorCode::TooMany, why);
        }
        Refusal::UnknownAccount(_) => (ErrorCode::NotFound, "the account was never opened"),
        Refusal::AccountNotOpen(_, AccountStatus::Closed) => {
            (ErrorCode::AccountClosed, "the account is closed")
        }
        Refusal::AccountNotOpen(..) => (ErrorCode::AccountFrozen, "the account is frozen"),
        Refusal::AboveCeiling(..) => {
            (ErrorCode::CeilingExceeded, "the account would hold more than its ceiling")
        }
        Refusal::OutOfRange(_) => (ErrorCode::Overflow, "the balance would be out of range"),
        Refusal::NotEmpty(_) => {
            (ErrorCode::AccountNotEmpty, "the account was credited while it was being closed")
        }
        Refusal::LostSlot(_) => return moved(),
        Refusal::StaleEntity(_)
        | Refusal::AnswerTaken(_)
        | Refusal::BelowFloor(_)
        | Refusal::GuardedDebit(_) => {
            let why = "the state in memory was not the stored one; it is read afresh";
            return Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50);
        }
    };
    Rejection::new(code, why)
}
