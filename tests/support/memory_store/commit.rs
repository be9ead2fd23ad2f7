//! Storing a batch: first everything that may refuse it is looked at, then all of it is written.

use super::{
    error,
    tables::{BatchRow, EntityRow, Tables, place},
};
use purser_actors::{
    callback, ledger,
    ports::{
        AnswerKey, AnswerWrite, BalanceChange, BalanceRow, Batch, BindingRow, CommitError,
        EntityWrite, Refusal, Slot, StoredAnswer,
    },
};
use purser_subjects::{AccountId, account::AccountTerms};
use std::collections::{BTreeMap, BTreeSet};

/// Largest change of one balance in one batch, in minor units; as in the real engines.
const MAX_CHANGE: i64 = 1 << 62;

impl Tables {
    /// All of `batch` or nothing; the losses of its journal.
    pub(super) fn commit(&mut self, batch: &Batch) -> Result<i64, CommitError> {
        let losses = self.pass_fence(batch)?;
        let after = self.accepted(batch)?;
        self.balances.extend(after);
        self.write(batch);
        Ok(losses)
    }

    /// What [`Tables::commit`] would say.
    pub(super) fn check(&self, batch: &Batch) -> Result<i64, CommitError> {
        let losses = self.pass_fence(batch)?;
        self.accepted(batch).map(|_| losses)
    }

    fn pass_fence(&self, batch: &Batch) -> Result<i64, CommitError> {
        let Some(head) = self.journals.get(&batch.journal) else {
            return Err(CommitError::Fenced);
        };
        let follows = (head.batch + 1, head.hash) == (batch.number, batch.previous_hash);
        if head.epoch != batch.epoch || !follows {
            return Err(CommitError::Fenced);
        }
        if batch.losses == Some(head.losses) {
            return Ok(head.losses);
        }
        let holds = |slot: &Slot, epoch: i64| {
            self.slots.get(slot).is_some_and(|lease| lease.epoch == epoch)
        };
        let lost = batch.fences.iter().filter(|(slot, epoch)| !holds(slot, *epoch));
        let lost: Vec<_> = lost.map(|(slot, _)| Refusal::LostSlot(*slot)).collect();
        if lost.is_empty() { Ok(head.losses) } else { Err(CommitError::Refused(lost)) }
    }

    /// The changed balances as they will be.
    fn accepted(&self, batch: &Batch) -> Result<BTreeMap<AccountId, BalanceRow>, CommitError> {
        let (after, refused) = self.look_at(batch);
        if !refused.is_empty() {
            return Err(CommitError::Refused(refused));
        }
        let mut mails = BTreeSet::new();
        let is_new = |id| !self.callbacks.mails.contains_key(&id);
        match batch.mails.iter().all(|write| is_new(write.mail.id) && mails.insert(write.mail.id)) {
            true => Ok(after),
            false => Err(error("an e-mail has the id of another").into()),
        }
    }

    /// The balances as they would be, and everything that is refused.
    fn look_at(&self, batch: &Batch) -> (BTreeMap<AccountId, BalanceRow>, Vec<Refusal>) {
        let (mut after, mut refused) = self.changed_balances(batch);
        let too_large = refused.clone();
        let rows: Vec<_> = after.values().cloned().collect();
        let tried = |refusal: &Refusal| {
            !matches!(refusal, Refusal::UnknownAccount(account)
                if too_large.contains(&Refusal::OutOfRange(account.clone())))
        };
        refused.extend(ledger::refusals(&batch.balances, &rows).into_iter().filter(tried));
        for account in other_currencies(batch, &after) {
            let refusal = Refusal::OutOfRange(account);
            if !refused.contains(&refusal) {
                refused.push(refusal);
            }
        }
        let stale = |entity: &&EntityWrite| {
            let stored = self.entities.get(&place(&entity.key)).map_or(0, |row| row.version);
            stored != entity.expected_version
        };
        let stale = batch.entities.iter().filter(stale);
        refused.extend(stale.map(|entity| Refusal::StaleEntity(entity.key.clone())));
        refused.extend(self.taken_answers(&batch.answers));
        refused.extend(self.taken_names(batch));
        refused.extend(self.taken_claims(batch));
        let registered = self.callbacks.registered();
        refused.extend(callback::surplus(batch, &registered));
        for write in &batch.accounts {
            let fixed = |terms: &AccountTerms| (terms.currency, terms.side);
            let row = after.entry(write.account.clone()).or_insert_with(|| {
                let new = || new_row(&write.account, write.terms);
                self.balances.get(&write.account).cloned().unwrap_or_else(new)
            });
            if fixed(&row.terms) != fixed(&write.terms) {
                refused.push(Refusal::OutOfRange(write.account.clone()));
            }
            (row.terms, row.status) = (write.terms, write.status);
        }
        (after, refused)
    }

    fn changed_balances(&self, batch: &Batch) -> (BTreeMap<AccountId, BalanceRow>, Vec<Refusal>) {
        let in_range = |value: i64| (-MAX_CHANGE..=MAX_CHANGE).contains(&value);
        let (mut after, mut too_large) = (BTreeMap::new(), Vec::new());
        for change in &batch.balances {
            let BalanceChange { account, create, posted, held, .. } = change;
            if !in_range(*posted) || !in_range(*held) {
                too_large.push(Refusal::OutOfRange(account.clone()));
                continue;
            }
            let stored = self.balances.get(account).cloned();
            let row = stored.or_else(|| create.map(|terms| new_row(account, terms)));
            let Some(mut row) = row else { continue };
            row.posted += posted;
            row.held += held;
            after.insert(account.clone(), row);
        }
        (after, too_large)
    }

    /// Plays the writes over what is stored: a key is inserted once and completed once.
    fn taken_answers(&self, writes: &[AnswerWrite]) -> Vec<Refusal> {
        let mut answered: BTreeMap<AnswerKey, bool> = BTreeMap::new();
        let mut refused = Vec::new();
        for write in writes {
            let key = write.key();
            let stored = || self.answers.get(&key).map(|answer| answer.answer.is_some());
            let known = answered.get(&key).copied().or_else(stored);
            let (allowed, is_answered) = match write {
                AnswerWrite::Insert { answer, .. } => (known.is_none(), answer.is_some()),
                AnswerWrite::Complete { .. } => (known == Some(false), true),
            };
            if allowed {
                answered.insert(key, is_answered);
            } else if !refused.contains(&Refusal::AnswerTaken(key)) {
                refused.push(Refusal::AnswerTaken(key));
            }
        }
        refused
    }

    fn taken_names(&self, batch: &Batch) -> Vec<Refusal> {
        let mut names = BTreeSet::new();
        let mut refused = Vec::new();
        for credential in &batch.credentials {
            let name = (credential.scheme.clone(), credential.name.clone());
            if self.credentials.contains_key(&name) || !names.insert(name.clone()) {
                refused.push(Refusal::CredentialTaken { scheme: name.0, name: name.1 });
            }
        }
        refused
    }

    /// Claims of the batch's bindings that another one holds, when those of the batch have given back
    /// what they give back.
    fn taken_claims(&self, batch: &Batch) -> Vec<Refusal> {
        let in_batch: BTreeSet<_> = batch.bindings.iter().map(|row| &row.binding).collect();
        let others = self.bindings.values().filter(|row| !in_batch.contains(&row.binding));
        let mut held: BTreeSet<_> = others.filter_map(|row| row.claim.as_ref()).collect();
        let before = |row: &BindingRow| {
            let stored = self.bindings.get(&row.binding);
            stored.is_some_and(|stored| stored.claim.is_some() && stored.claim == row.claim)
        };
        let (had, new): (Vec<_>, Vec<_>) = batch.bindings.iter().partition(|row| before(row));
        held.extend(had.into_iter().filter_map(|row| row.claim.as_ref()));
        let mut refused = Vec::new();
        for row in new {
            if let Some(claim) = &row.claim
                && !held.insert(claim)
            {
                refused.push(Refusal::ClaimTaken(row.binding.clone()));
            }
        }
        refused
    }

    fn write(&mut self, batch: &Batch) {
        if let Some(head) = self.journals.get_mut(&batch.journal) {
            (head.batch, head.hash, head.booked_at) = (batch.number, batch.hash, batch.booked_at);
            head.event = batch.events.last().map_or(head.event, |event| event.number);
            head.posting = batch.postings.last().map_or(head.posting, |posting| posting.number);
            head.message = batch.outbox.last().map_or(head.message, |message| message.number);
            head.published = head.published.max(batch.published);
        }
        let Batch { number, booked_at, hash, .. } = *batch;
        self.batches.insert(number, BatchRow { booked_at, hash });
        self.events.entry(batch.journal).or_default().extend(batch.events.iter().cloned());
        self.postings.extend(batch.postings.iter().cloned());
        batch.entities.iter().for_each(|entity| self.write_entity(entity));
        batch.answers.iter().for_each(|answer| self.write_answer(answer));
        self.outbox.extend(batch.outbox.iter().map(|row| (row.number, row.clone())));
        for number in &batch.outbox_done {
            self.outbox.remove(number);
        }
        self.callbacks.write(batch);
        for row in &batch.bindings {
            self.bindings.insert(row.binding.clone(), row.clone());
        }
        for credential in &batch.credentials {
            let name = (credential.scheme.clone(), credential.name.clone());
            self.credentials.insert(name, credential.merchant.clone());
        }
    }

    fn write_entity(&mut self, write: &EntityWrite) {
        let EntityWrite { key, slot, version, state, wake_at, .. } = write.clone();
        let place = place(&key);
        let row = EntityRow { key, slot, version, state, wake_at };
        let before = self.entities.insert(place.clone(), row).and_then(|row| row.wake_at);
        if let Some(before) = before {
            self.wakes.remove(&(before, place.clone()));
        }
        self.wakes.extend(wake_at.map(|at| (at, place)));
    }

    fn write_answer(&mut self, write: &AnswerWrite) {
        match write {
            AnswerWrite::Insert { key, digest, answer } => {
                let stored = StoredAnswer { digest: *digest, answer: answer.clone() };
                self.answers.insert(*key, stored);
            }
            AnswerWrite::Complete { key, answer } => {
                if let Some(stored) = self.answers.get_mut(key) {
                    stored.answer = Some(answer.clone());
                }
            }
        }
    }
}

fn new_row(account: &AccountId, terms: AccountTerms) -> BalanceRow {
    let status = Default::default();
    BalanceRow { account: account.clone(), terms, status, posted: 0, held: 0 }
}

/// Accounts that the batch believes to be in a currency that they are not in.
fn other_currencies(batch: &Batch, after: &BTreeMap<AccountId, BalanceRow>) -> Vec<AccountId> {
    let differs = |account: &AccountId, currency| {
        after.get(account).is_some_and(|row| row.terms.currency != currency)
    };
    let created = batch.balances.iter().filter(|change| {
        change.create.is_some_and(|terms| differs(&change.account, terms.currency))
    });
    let created = created.map(|change| change.account.clone());
    let posted = batch.postings.iter();
    let posted = posted.filter(|posting| differs(&posting.account, posting.currency));
    let posted = posted.map(|posting| posting.account.clone());
    created.chain(posted).collect()
}
