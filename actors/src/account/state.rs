//! What an account remembers.

use purser_subjects::{
    AccountId, EntityId, ErrorCode, Rejection,
    account::{AccountEvent, AccountStatus, AccountTerms, AccountView, SystemAccount},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// State of an account. Holds are kept here; what is posted stands in the balance row, which others
/// credit too, and is only mirrored. Stored states decode for ever (`tests/states.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Terms; absent while the account is not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<AccountTerms>,
    /// Status.
    pub status: AccountStatus,
    /// Open holds and what each still has, in minor units.
    pub holds: BTreeMap<EntityId, i64>,
    /// Credits less debits in minor units, as far as this actor knows: its own debits are in it at once,
    /// what others post once it has read the store. Others only credit a guarded account, so there it is
    /// never too high.
    #[serde(skip)]
    pub posted: i64,
}

impl AccountState {
    /// The state before anything happened: a system account is open from the beginning.
    pub fn initial(id: &EntityId) -> Self {
        let system = SystemAccount::parse(&AccountId::from(id.clone()));
        Self { terms: system.map(|account| account.terms()), ..Self::default() }
    }

    /// Minor units held.
    pub fn held(&self) -> i64 {
        self.holds.values().sum()
    }

    /// Minor units that can be debited; `None` without a floor.
    pub fn available(&self) -> Option<i64> {
        let floor = self.terms?.floor?;
        Some(self.posted.saturating_sub(self.held()).saturating_sub(floor))
    }

    /// The terms of an open account.
    ///
    /// # Errors
    /// `not_found`.
    pub fn terms(&self) -> Result<AccountTerms, Rejection> {
        self.terms
            .ok_or_else(|| Rejection::new(ErrorCode::NotFound, "the account was never opened"))
    }

    /// That the account takes part in business.
    ///
    /// # Errors
    /// `account_frozen` or `account_closed`.
    pub fn require_open(&self) -> Result<(), Rejection> {
        match self.status {
            AccountStatus::Open => Ok(()),
            AccountStatus::Frozen => {
                Err(Rejection::new(ErrorCode::AccountFrozen, "the account is frozen"))
            }
            AccountStatus::Closed => {
                Err(Rejection::new(ErrorCode::AccountClosed, "the account is closed"))
            }
        }
    }

    /// The account as others see it, with the mirrored balance.
    pub fn view(&self, id: &EntityId, terms: AccountTerms) -> AccountView {
        AccountView {
            account: id.clone().into(),
            terms,
            status: self.status,
            posted: terms.side.normal(self.posted),
            held: self.held(),
            available: self.available(),
        }
    }

    /// Makes the state one event older.
    pub fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened(opened) => self.terms = Some(opened.terms),
            AccountEvent::TransferBooked(booked) => self.posted -= booked.amount,
            AccountEvent::HoldPlaced(placed) => {
                self.holds.insert(placed.hold.clone(), placed.amount);
            }
            AccountEvent::HoldSettled(settled) => {
                self.posted -= settled.amount;
                self.reduce_hold(&settled.hold, settled.amount.saturating_add(settled.released));
            }
            AccountEvent::HoldVoided(voided) => self.reduce_hold(&voided.hold, voided.amount),
            AccountEvent::StatusChanged(changed) => self.status = changed.status,
            AccountEvent::LimitsSet(limits) => {
                if let Some(terms) = &mut self.terms {
                    (terms.floor, terms.ceiling) = (limits.floor, limits.ceiling);
                }
            }
        }
    }

    fn reduce_hold(&mut self, hold: &EntityId, amount: i64) {
        let rest = self.holds.get(hold).map_or(0, |held| held - amount);
        if rest > 0 {
            self.holds.insert(hold.clone(), rest);
        } else {
            self.holds.remove(hold);
        }
    }
}
