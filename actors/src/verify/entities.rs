//! Entities rebuilt from their events.

use super::{VerifyError, hex, same};
use crate::{
    account::Account,
    binding::Binding,
    callback::Callback,
    entity::Entity,
    merchant::Merchant,
    ports::{AuditedEntity, StoredEntity},
    transaction::{Payment, Transaction},
};
use purser_subjects::{
    AccountId, EntityKind, Event,
    account::{AccountStatus, AccountTerms},
    transaction::OperationKind,
};
use std::collections::HashMap;

/// An account's own side of the comparison with its balance.
#[derive(Clone, Copy)]
pub(super) struct ReplayedAccount {
    pub(super) terms: Option<AccountTerms>,
    pub(super) status: AccountStatus,
    pub(super) held: i64,
}

#[derive(Default)]
pub(super) struct Replayed {
    events: u64,
    accounts: HashMap<AccountId, ReplayedAccount>,
}

impl Replayed {
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    /// What was rebuilt of an account; each is asked for once.
    pub(super) fn account(&mut self, id: &AccountId) -> Option<ReplayedAccount> {
        self.accounts.remove(id)
    }

    pub(super) fn no_holds_left(&self) -> Result<(), VerifyError> {
        let left = self.accounts.iter().find(|(_, account)| account.held != 0);
        left.map_or(Ok(()), |(id, account)| {
            same("stored balance", format!("account {id}"), Some(account.held), None)
        })
    }

    pub(super) fn add(&mut self, entity: &AuditedEntity) -> Result<(), VerifyError> {
        match entity.key.kind {
            EntityKind::Merchant => self.replay::<Merchant>(entity).map(drop),
            EntityKind::Binding => self.replay::<Binding>(entity).map(drop),
            EntityKind::Callback => self.replay::<Callback>(entity).map(drop),
            EntityKind::Transaction => {
                let state = self.replay::<Transaction>(entity)?;
                state.payment.map_or(Ok(()), |payment| check_payment(&payment, entity))
            }
            EntityKind::Account => {
                let state = self.replay::<Account>(entity)?;
                let (terms, status, held) = (state.terms, state.status, state.held());
                let account = ReplayedAccount { terms, status, held };
                self.accounts.insert(entity.key.id.clone().into(), account);
                Ok(())
            }
        }
    }

    fn replay<E: Entity>(&mut self, entity: &AuditedEntity) -> Result<E::State, VerifyError> {
        let place = entity.key.to_string();
        let mut state = E::initial(&entity.key.id);
        for (version, row) in (1..).zip(&entity.events) {
            same("version", format!("an event of {place}"), version, row.version)?;
            match E::Event::decode(&row.name, &row.payload) {
                Some(Ok(event)) => E::apply(&mut state, &event),
                Some(Err(error)) => {
                    let found = format!("event {} {}: {error}", row.number, row.name);
                    same("history", &place, "readable events".to_owned(), found)?;
                }
                None => {
                    let found = format!("unknown event {}", row.name);
                    same("history", &place, "known events".to_owned(), found)?;
                }
            }
            self.events += 1;
        }
        same("version", &place, entity.events.len() as i64, entity.version)?;
        let stored = StoredEntity {
            version: entity.version,
            state: Some(entity.state.clone()),
            balance: None,
        };
        match E::restore(&entity.key.id, &stored) {
            // Compared in one encoding, so that a state written by an older version may still pass.
            Ok(stored) => {
                let (expected, found) = (E::encode(&state), E::encode(&stored));
                same("state", &place, hex(&expected), hex(&found))?;
            }
            Err(error) => same("state", &place, "readable".to_owned(), error.to_string())?,
        }
        same("wake-up time", &place, E::wake_at(&state), entity.wake_at)?;
        Ok(state)
    }
}

/// Captured <= authorised, refunded <= captured, and no money kept that was not captured.
fn check_payment(payment: &Payment, entity: &AuditedEntity) -> Result<(), VerifyError> {
    let place = entity.key.to_string();
    let capturing = payment.running_amount(OperationKind::Capture);
    let refunding = payment.running_amount(OperationKind::Refund);
    let within = |part: i64, whole: i64| (0..=whole).contains(&part);
    let captures = within(payment.captured + capturing, payment.authorised);
    same("captured at most authorised", &place, true, captures)?;
    let refunds = within(payment.refunded + refunding, payment.captured);
    same("refunded at most captured", &place, true, refunds)?;
    let kept = payment.pending >= 0 && payment.reserves.values().all(|reserved| *reserved > 0);
    same("no negative share of pending or reserve", &place, true, kept)
}
