//! Turning units into one batch.

use super::unit::{Unit, Work};
use crate::{
    entity::{OutMessage, PostingGroup},
    host::Owned,
    ledger::batch_hash,
    ports::{
        AccountWrite, AnswerWrite, BalanceChange, Batch, BindingRow, DeliveryWrite, EndpointWrite,
        EntityWrite, EventRow, JournalHead, MailWrite, OutboxRow, PostingRow,
    },
};
use purser_subjects::{
    AccountId, BindingId, EndpointId, EntityKey, EntityKind, Envelope, Timestamp,
    account::SystemAccount,
};
use std::collections::{BTreeMap, HashMap};

/// The batch that follows `head` with all the work of `units`, whose slots are all `owned`. It may be
/// empty: barriers have none.
pub(super) fn assemble(units: &[Unit], head: &JournalHead, owned: &Owned, now: Timestamp) -> Batch {
    let mut draft = Draft {
        batch: Batch {
            journal: head.journal,
            epoch: head.epoch,
            losses: Some(head.losses),
            fences: owned.fences(),
            number: head.batch + 1,
            booked_at: now.max(head.booked_at),
            previous_hash: head.hash,
            published: head.published,
            ..Batch::default()
        },
        next_event: head.event + 1,
        next_posting: head.posting + 1,
        next_message: head.message + 1,
        owned,
        entities: HashMap::new(),
        balances: BTreeMap::new(),
        accounts: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        bindings: BTreeMap::new(),
        answers: HashMap::new(),
    };
    let works = || units.iter().filter_map(|unit| unit.work.as_deref());
    // Long lists that grew by themselves would be moved again and again.
    draft.batch.events.reserve_exact(works().map(|work| work.events.len()).sum());
    draft.batch.postings.reserve_exact(units.iter().map(Unit::postings).sum());
    draft.batch.entities.reserve_exact(works().count());
    for work in works() {
        draft.add(work);
    }
    draft.batch.outbox_done = units.iter().filter_map(|unit| unit.confirmed).collect();
    draft.finish()
}

/// Whether there is anything to store.
pub(super) fn is_empty(batch: &Batch) -> bool {
    batch.entities.is_empty()
        && batch.answers.is_empty()
        && batch.delivery_updates.is_empty()
        && batch.outbox_done.is_empty()
}

struct Draft<'o> {
    batch: Batch,
    next_event: i64,
    next_posting: i64,
    next_message: i64,
    owned: &'o Owned,
    entities: HashMap<EntityKey, usize>,
    balances: BTreeMap<AccountId, BalanceChange>,
    accounts: BTreeMap<AccountId, AccountWrite>,
    endpoints: BTreeMap<EndpointId, EndpointWrite>,
    bindings: BTreeMap<BindingId, BindingRow>,
    answers: HashMap<[u8; 16], usize>,
}

impl Draft<'_> {
    fn add(&mut self, work: &Work) {
        self.add_events(work);
        for group in &work.groups {
            self.add_group(work, group);
        }
        if work.held != 0 || work.must_be_empty {
            let change = self.balance(work.entity.id.clone().into());
            change.held += work.held;
            change.debited_by_owner |= work.held > 0;
            change.must_be_empty |= work.must_be_empty;
        }
        if let Some(write) = &work.account {
            self.accounts.insert(write.account.clone(), write.clone());
        }
        for answer in &work.answers {
            self.add_answer(answer);
        }
        for message in &work.messages {
            self.add_message(work, message);
        }
        let deliveries = work.deliveries.iter().map(|delivery| DeliveryWrite {
            slot: self.owned.slot_of(&delivery.endpoint.key()),
            delivery: delivery.clone(),
        });
        self.batch.deliveries.extend(deliveries);
        self.batch.delivery_updates.extend(work.delivery_updates.iter().cloned());
        self.batch.notices.extend(work.notices.iter().cloned());
        self.batch.requeues.extend(work.requeues.iter().cloned());
        self.batch.attempts.extend(work.attempts.iter().cloned());
        let slot = self.owned.slot_of(&work.entity);
        let mails = work.mails.iter().map(|mail| MailWrite { slot, mail: mail.clone() });
        self.batch.mails.extend(mails);
        if let Some(row) = &work.endpoint {
            self.endpoints.insert(row.endpoint.clone(), EndpointWrite { slot, row: row.clone() });
        }
        if let Some(row) = &work.binding {
            self.bindings.insert(row.binding.clone(), row.clone());
        }
        self.batch.credentials.extend(work.credentials.iter().cloned());
    }

    fn add_events(&mut self, work: &Work) {
        if work.events.is_empty() {
            return;
        }
        for (n, event) in (1..).zip(&work.events) {
            self.batch.events.push(EventRow {
                number: self.next_event,
                batch: self.batch.number,
                entity: work.entity.clone(),
                version: work.version + n,
                name: event.name.to_owned(),
                payload: event.payload.clone(),
                correlation: work.correlation,
                causation: work.causation,
            });
            self.next_event += 1;
        }
        let version = work.version + work.events.len() as i64;
        let (state, wake_at) = (work.state.clone(), work.wake_at);
        if let Some(index) = self.entities.get(&work.entity) {
            let write = &mut self.batch.entities[*index];
            (write.version, write.state, write.wake_at) = (version, state, wake_at);
        } else {
            self.entities.insert(work.entity.clone(), self.batch.entities.len());
            self.batch.entities.push(EntityWrite {
                key: work.entity.clone(),
                slot: self.owned.slot_of(&work.entity),
                expected_version: work.version,
                version,
                state,
                wake_at,
            });
        }
    }

    fn add_group(&mut self, work: &Work, group: &PostingGroup) {
        let booked_at = self.batch.booked_at;
        for leg in &group.legs {
            self.batch.postings.push(PostingRow {
                number: self.next_posting,
                batch: self.batch.number,
                group: group.id,
                account: leg.account.clone(),
                amount: leg.amount,
                currency: group.currency,
                booked_at,
                effective_at: group.effective_at.unwrap_or(booked_at),
                memo: group.memo.clone(),
            });
            self.next_posting += 1;
            let is_owner = work.entity.kind == EntityKind::Account
                && work.entity.id == *leg.account.entity_id();
            let change = self.balance(leg.account.clone());
            // Bounded by the limits on amounts and on postings in a batch.
            change.posted -= leg.amount;
            change.credited_by_others |= leg.amount < 0 && !is_owner;
            change.debited_by_others |= leg.amount > 0 && !is_owner;
            change.debited_by_owner |= leg.amount > 0 && is_owner;
        }
    }

    fn balance(&mut self, account: AccountId) -> &mut BalanceChange {
        self.balances.entry(account).or_insert_with_key(|account| BalanceChange {
            account: account.clone(),
            create: SystemAccount::parse(account).map(|system| system.terms()),
            posted: 0,
            held: 0,
            credited_by_others: false,
            debited_by_others: false,
            debited_by_owner: false,
            must_be_empty: false,
        })
    }

    /// An answer that completes one promised in the same batch is stored as one row.
    fn add_answer(&mut self, write: &AnswerWrite) {
        let key = write.key().0;
        let promised = self.answers.get(&key).copied();
        match (write, promised.map(|index| &mut self.batch.answers[index])) {
            (
                AnswerWrite::Complete { answer, .. },
                Some(AnswerWrite::Insert { answer: promised, .. }),
            ) => *promised = Some(answer.clone()),
            _ => {
                self.answers.insert(key, self.batch.answers.len());
                self.batch.answers.push(write.clone());
            }
        }
    }

    fn add_message(&mut self, work: &Work, message: &OutMessage) {
        let envelope = Envelope {
            key: Some(message.key.clone()),
            correlation: work.correlation,
            causation: Some(work.causation),
            ..Envelope::new(work.entity.to_string(), ())
        };
        self.batch.outbox.push(OutboxRow {
            number: self.next_message,
            slot: self.owned.slot_of(&work.entity),
            to: message.to.clone(),
            verb: message.verb.to_owned(),
            envelope: envelope.encode_around(&message.payload).into(),
        });
        self.next_message += 1;
    }

    fn finish(mut self) -> Batch {
        // An account that is opened in this batch has no row yet when balances are changed.
        for (account, write) in &self.accounts {
            if let Some(change) = self.balances.get_mut(account) {
                change.create = change.create.or(Some(write.terms));
            }
        }
        self.batch.balances = self.balances.into_values().collect();
        self.batch.accounts = self.accounts.into_values().collect();
        self.batch.endpoints = self.endpoints.into_values().collect();
        self.batch.bindings = self.bindings.into_values().collect();
        let batch = &mut self.batch;
        batch.hash = batch_hash(
            &batch.previous_hash,
            batch.number,
            batch.booked_at,
            &batch.events,
            &batch.postings,
        );
        self.batch
    }
}
