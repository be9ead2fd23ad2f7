//! Units that are not stored, and what their callers are told.

use super::{
    blame::{blame, moved},
    unit::Unit,
};
use crate::{host::Owned, ports::Refusal};
use purser_subjects::{ErrorCode, Rejection};
use std::{collections::HashSet, sync::Arc};

/// The units without those of slots that this node does not have, and without what the same actors
/// answered after them: it rests on what is not stored.
pub(super) fn leave_out_moved(units: Vec<Unit>, owned: &Owned) -> Vec<Unit> {
    let mut kept = Vec::with_capacity(units.len());
    let mut dropped = HashSet::new();
    for unit in units {
        let incarnation = unit.completion.incarnation.as_ref().map(Arc::as_ptr);
        let is_here = unit.work.as_ref().is_none_or(|work| owned.has(&work.entity));
        if is_here && incarnation.is_none_or(|incarnation| !dropped.contains(&incarnation)) {
            kept.push(unit);
        } else {
            dropped.extend(incarnation);
            unit.fail(&moved());
        }
    }
    kept
}

/// The units without those at fault and without what the same actors decided after them. Of a unit at
/// fault its refusal is left, if that is to be stored. Slots may have been lost without a unit at fault.
pub(super) fn leave_out(
    units: Vec<Unit>,
    refusals: &[Refusal],
    owned: &Owned,
    lost_slots: bool,
) -> Vec<Unit> {
    let blamed = blame(&units, refusals, owned);
    if blamed.is_empty() && !lost_slots {
        fail_all(units, &unavailable());
        return Vec::new();
    }
    let mut kept = Vec::with_capacity(units.len());
    let mut dropped = HashSet::new();
    for (position, mut unit) in units.into_iter().enumerate() {
        let incarnation = unit.completion.incarnation.as_ref().map(Arc::as_ptr);
        if let Some(rejection) = blamed.get(&position) {
            dropped.extend(incarnation);
            if unit.becomes_refusal(rejection) {
                kept.push(unit);
            } else {
                unit.fail(rejection);
            }
        } else if incarnation.is_some_and(|incarnation| dropped.contains(&incarnation)) {
            unit.fail(&reloading());
        } else {
            kept.push(unit);
        }
    }
    kept
}

pub(super) fn fail_all(units: Vec<Unit>, rejection: &Rejection) {
    units.into_iter().for_each(|unit| unit.fail(rejection));
}

pub(super) fn unavailable() -> Rejection {
    let why = "the outcome is not known; retry with the same idempotency key to learn it";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(500)
}

pub(super) fn reloading() -> Rejection {
    let why = "the entity is being read afresh; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50)
}

pub(super) fn store_down() -> Rejection {
    let why = "the database does not answer; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(1_000)
}
