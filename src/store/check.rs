//! What may not be stored, and why. Asked by both engines, inside the transaction where it matters.

use super::failure::Failure;
use purser_actors::{
    ledger,
    ports::{
        AnswerKey, AnswerWrite, BalanceChange, BalanceRow, Batch, CommitError, JournalHead,
        Refusal, Slot, StoredAnswer,
    },
};
use purser_subjects::{AccountId, Currency, account::AccountTerms};
use std::collections::{HashMap, HashSet, hash_map::Entry};

/// Largest change of one balance in one batch, in minor units. A stored balance is within ±2^61, so
/// that with it no engine's addition can overflow before the result is checked.
const MAX_CHANGE: i64 = 1 << 62;

/// Whether a batch may be stored although its journal's losses are not those that it names, given the
/// head of the journal and the epochs of all slots: its losses then.
pub(super) fn fences(
    batch: &Batch,
    head: &JournalHead,
    epochs: &HashMap<Slot, i64>,
) -> Result<i64, CommitError> {
    if (batch.epoch, batch.number - 1, batch.previous_hash) != (head.epoch, head.batch, head.hash) {
        return Err(CommitError::Fenced);
    }
    let is_lost = |(slot, epoch): &&(Slot, i64)| epochs.get(slot) != Some(epoch);
    let lost: Vec<_> =
        batch.fences.iter().filter(is_lost).map(|(slot, _)| Refusal::LostSlot(*slot)).collect();
    if lost.is_empty() { Ok(head.losses) } else { Err(CommitError::Refused(lost)) }
}

/// Refuses changes that are too large to be added; gives the rest.
pub(super) fn addable(changes: &[BalanceChange]) -> (Vec<Refusal>, Vec<&BalanceChange>) {
    let in_range = |value: i64| (-MAX_CHANGE..=MAX_CHANGE).contains(&value);
    let (good, bad): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| in_range(change.posted) && in_range(change.held));
    (bad.into_iter().map(|change| Refusal::OutOfRange(change.account.clone())).collect(), good)
}

/// What the balances refuse: `after` are the changed rows, with limits and status as before the batch.
pub(super) fn balances(
    batch: &Batch,
    mut refused: Vec<Refusal>,
    after: &[BalanceRow],
) -> Vec<Refusal> {
    let too_large = refused.len();
    let found = ledger::refusals(&batch.balances, after).into_iter();
    // A change that was too large was not tried, so its row is missing without being unknown.
    let tried = |refusal: &Refusal| {
        let untried = &refused[..too_large];
        !matches!(refusal, Refusal::UnknownAccount(account)
            if untried.contains(&Refusal::OutOfRange(account.clone())))
    };
    let found: Vec<_> = found.filter(tried).collect();
    refused.extend(found);
    let currencies = after.iter().map(|row| (&row.account, row.terms.currency)).collect();
    for account in in_another_currency(batch, &currencies) {
        let refusal = Refusal::OutOfRange(account.clone());
        if !refused.contains(&refusal) {
            refused.push(refusal);
        }
    }
    refused
}

/// Accounts that the batch believes to be in a currency that they are not in.
fn in_another_currency<'b>(
    batch: &'b Batch,
    currencies: &HashMap<&AccountId, Currency>,
) -> Vec<&'b AccountId> {
    let differs = |account: &AccountId, currency: Currency| {
        currencies.get(account).is_some_and(|stored| *stored != currency)
    };
    let created = batch.balances.iter().filter_map(|change| {
        let terms = change.create.as_ref()?;
        differs(&change.account, terms.currency).then_some(&change.account)
    });
    let posted = batch.postings.iter().filter_map(|posting| {
        differs(&posting.account, posting.currency).then_some(&posting.account)
    });
    created.chain(posted).collect()
}

/// What is stored of the parts of a batch that can be refused for what is stored.
pub(super) struct Stored {
    /// Versions of the batch's entities, in its order; 0 for none.
    pub(super) versions: Vec<i64>,
    /// The batch's answers, in its order.
    pub(super) answers: Vec<Option<StoredAnswer>>,
    /// Whether the batch's log-in names are taken, in its order.
    pub(super) taken: Vec<bool>,
    /// Balances of the accounts whose terms the batch writes, in its order.
    pub(super) accounts: Vec<Option<BalanceRow>>,
}

/// Everything to be refused, once a statement has shown that something is: `refused` by the balances,
/// and whatever else `stored` does not allow.
pub(super) fn explain(
    batch: &Batch,
    mut refused: Vec<Refusal>,
    stored: &Stored,
) -> Result<Vec<Refusal>, Failure> {
    let stale = batch.entities.iter().zip(&stored.versions);
    refused.extend(
        stale
            .filter(|(entity, version)| entity.expected_version != **version)
            .map(|(entity, _)| Refusal::StaleEntity(entity.key.clone())),
    );
    refused.extend(taken_answers(&batch.answers, &stored.answers));
    let mut names = HashSet::new();
    for (credential, taken) in batch.credentials.iter().zip(&stored.taken) {
        if *taken || !names.insert((&credential.scheme, &credential.name)) {
            let (scheme, name) = (credential.scheme.clone(), credential.name.clone());
            refused.push(Refusal::CredentialTaken { scheme, name });
        }
    }
    for (write, stored) in batch.accounts.iter().zip(&stored.accounts) {
        let fixed = |terms: &AccountTerms| (terms.currency, terms.side);
        if stored.as_ref().is_some_and(|row| fixed(&row.terms) != fixed(&write.terms)) {
            refused.push(Refusal::OutOfRange(write.account.clone()));
        }
    }
    if refused.is_empty() { Err(Failure::Unexplained) } else { Ok(refused) }
}

/// Plays the writes over what is stored: a key is inserted once and completed once.
fn taken_answers(writes: &[AnswerWrite], stored: &[Option<StoredAnswer>]) -> Vec<Refusal> {
    let answered = |answer: &StoredAnswer| answer.answer.is_some();
    let mut known: HashMap<AnswerKey, bool> = HashMap::new();
    for (write, stored) in writes.iter().zip(stored) {
        if let Some(stored) = stored {
            known.insert(write.key(), answered(stored));
        }
    }
    let mut refused = Vec::new();
    for write in writes {
        let allowed = match (write, known.entry(write.key())) {
            (AnswerWrite::Insert { answer, .. }, Entry::Vacant(entry)) => {
                entry.insert(answer.is_some());
                true
            }
            (AnswerWrite::Complete { .. }, Entry::Occupied(mut entry)) => !entry.insert(true),
            _ => false,
        };
        if !allowed && !refused.contains(&Refusal::AnswerTaken(write.key())) {
            refused.push(Refusal::AnswerTaken(write.key()));
        }
    }
    refused
}
