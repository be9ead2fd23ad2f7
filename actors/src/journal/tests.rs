//! Batches made of units, and units blamed for refusals. Pure: nothing is committed.

mod assembling;
mod blaming;
mod refusing;

use super::{Completion, Stake, Unit, Work};
use crate::{
    entity::PostingGroup,
    host::Owned,
    ports::{Share, Slot},
};
use purser_subjects::{EntityKey, EntityKind, account::Leg};
use uuid::Uuid;

const PARTITIONS: u32 = 8;

/// All slots, each with its number as its epoch.
fn owned() -> Owned {
    let slots = Slot::all(&Share::ALL, PARTITIONS);
    Owned::new(PARTITIONS, slots.map(|slot| (slot, i64::from(slot.number()))))
}

fn account(id: &str) -> EntityKey {
    EntityKey::new(EntityKind::Account, id.parse().unwrap())
}

fn payment(id: &str) -> EntityKey {
    EntityKey::new(EntityKind::Transaction, id.parse().unwrap())
}

/// Work of `entity` that changes nothing.
fn work(entity: EntityKey) -> Work {
    Work {
        entity,
        stake: Stake::none(),
        version: 0,
        events: Vec::new(),
        state: "state".into(),
        wake_at: None,
        account: None,
        endpoint: None,
        binding: None,
        groups: Vec::new(),
        held: 0,
        must_be_empty: false,
        messages: Vec::new(),
        deliveries: Vec::new(),
        notices: Vec::new(),
        delivery_updates: Vec::new(),
        requeues: Vec::new(),
        attempts: Vec::new(),
        mails: Vec::new(),
        credentials: Vec::new(),
        answers: Vec::new(),
        completes_operation: false,
        correlation: Uuid::from_u128(1),
        causation: Uuid::from_u128(2),
    }
}

fn unit(work: Work) -> Unit {
    Unit { work: Some(Box::new(work)), confirmed: None, completion: Completion::default() }
}

fn group(lines: &[(&str, i64)]) -> PostingGroup {
    let leg = |(id, amount): &(&str, i64)| Leg { account: id.parse().unwrap(), amount: *amount };
    PostingGroup {
        id: Uuid::from_u128(9),
        currency: "EUR".parse().unwrap(),
        legs: lines.iter().map(leg).collect(),
        effective_at: None,
        memo: String::new(),
    }
}
