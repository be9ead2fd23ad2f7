//! What is seen over the shoulder of whoever commits.

use purser_actors::ports::BindingRow;
use purser_subjects::{BindingId, MerchantId, binding::TokenStatus};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// What commits show that may not be, in words.
#[derive(Default)]
pub(crate) struct Commits {
    /// By writers that had no right to.
    stray: Mutex<Vec<String>>,
    /// Of a card that another binding has at the same moment.
    twice: Mutex<Vec<String>>,
    /// Who has a card: of each merchant, customer and card the bindings.
    holders: Mutex<BTreeMap<Card, BTreeSet<BindingId>>>,
}

type Card = (MerchantId, Option<String>, String);

impl Commits {
    pub(crate) fn stray(&self) -> Vec<String> {
        self.stray.lock().unwrap().clone()
    }

    pub(super) fn note_stray(&self, what: String) {
        self.stray.lock().unwrap().push(what);
    }

    pub(crate) fn twice(&self) -> Vec<String> {
        self.twice.lock().unwrap().clone()
    }

    /// Takes note of bindings that were stored in one commit.
    pub(super) fn note_holders(&self, rows: &[BindingRow]) {
        let mut holders = self.holders.lock().unwrap();
        let card =
            |row: &BindingRow| (row.merchant.clone(), row.customer.clone(), row.last4.clone());
        // A binding has one card at a time; what a commit gives back is free for others of it.
        for row in rows {
            for of in holders.values_mut() {
                of.remove(&row.binding);
            }
        }
        let is_bound = |row: &&BindingRow| {
            matches!(row.status, Some(TokenStatus::Active | TokenStatus::Blocked))
        };
        for row in rows.iter().filter(is_bound) {
            let of = holders.entry(card(row)).or_default();
            of.insert(row.binding.clone());
            if of.len() > 1 {
                let what = format!("card {} of {:?} in {of:?}", row.last4, row.customer);
                self.twice.lock().unwrap().push(what);
            }
        }
    }
}
