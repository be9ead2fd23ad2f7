//! What the postings of all journals come to.

use super::{VerifyError, entities::ReplayedAccount, same};
use crate::ports::{AuditedBatch, BalanceRow, PostingRow};
use purser_subjects::{AccountId, Currency, account::SystemAccount};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Sums {
    accounts: HashMap<AccountId, (i128, Currency)>,
}

impl Sums {
    /// Counts the batch's postings in.
    pub(super) fn add(&mut self, batch: &AuditedBatch) -> Result<(), VerifyError> {
        for posting in &batch.postings {
            self.post(posting)?;
        }
        zero_sums(&batch.postings)
    }

    fn post(&mut self, posting: &PostingRow) -> Result<(), VerifyError> {
        let account = posting.account.clone();
        let (sum, currency) = self.accounts.entry(account).or_insert((0, posting.currency));
        *sum -= i128::from(posting.amount);
        same("currency", format!("posting {}", posting.number), *currency, posting.currency)
    }

    /// Compares a stored balance with the postings and with the account's own state.
    pub(super) fn compare(
        &mut self,
        row: &BalanceRow,
        replayed: Option<ReplayedAccount>,
    ) -> Result<(), VerifyError> {
        let place = format!("account {}", row.account);
        let (posted, currency) =
            self.accounts.remove(&row.account).unwrap_or((0, row.terms.currency));
        same("posted balance", &place, posted, i128::from(row.posted))?;
        same("currency", &place, currency, row.terms.currency)?;
        let system = SystemAccount::parse(&row.account).map(|system| system.terms());
        let (terms, held, status) = match replayed {
            Some(account) => (account.terms, account.held, account.status),
            None => (system, 0, Default::default()),
        };
        same("terms", &place, terms, Some(row.terms))?;
        same("held balance", &place, held, row.held)?;
        same("status", &place, status, row.status)?;
        let above = row.terms.floor.is_none_or(|floor| row.posted - row.held >= floor);
        same("balance at or above its floor", &place, true, above)
    }

    /// Every account with postings had a balance.
    pub(super) fn nothing_left(&self) -> Result<(), VerifyError> {
        let left: BTreeMap<_, _> = self.accounts.iter().filter(|(_, (sum, _))| *sum != 0).collect();
        match left.first_key_value() {
            Some((account, (sum, _))) => {
                same("stored balance", format!("account {account}"), Some(*sum), None)
            }
            None => Ok(()),
        }
    }
}

fn zero_sums(postings: &[PostingRow]) -> Result<(), VerifyError> {
    let mut groups: HashMap<(Uuid, Currency), i128> = HashMap::new();
    for posting in postings {
        *groups.entry((posting.group, posting.currency)).or_default() += i128::from(posting.amount);
    }
    groups
        .into_iter()
        .try_for_each(|((group, _), sum)| same("sum", format!("posting group {group}"), 0, sum))
}
