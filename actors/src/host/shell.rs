//! One actor: takes one message at a time, has it decided, and hands the effects to the journal.

mod answering;
mod reading;
mod recent;

use super::{
    deliver::{CommandInput, Deliver, Input, KeyedBy},
    keeper::Host,
    services::Services,
    work::{apply_events, assert_balanced, fill},
};
use crate::{
    entity::{Context, Decision, Effects, Entity, Facts, Reply},
    journal::{Completion, Incarnation, Stake, Unit, Work},
    ports::{AccountWrite, AnswerKey, AnswerWrite, BindingRow, EndpointRow, Slot, StoredEntity},
};
use actix::{Actor, Addr};
use bytes::Bytes;
use purser_subjects::{Command, EntityId, EntityKey};
use recent::Recent;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use tokio::sync::oneshot;
use uuid::Uuid;

type Caller = oneshot::Sender<Bytes>;

/// The actor of one entity.
pub(super) struct Shell<E: Entity> {
    key: EntityKey,
    slot: Slot,
    state: E::State,
    version: i64,
    account: Option<AccountWrite>,
    endpoint: Option<EndpointRow>,
    binding: Option<BindingRow>,
    incarnation: Arc<Incarnation>,
    services: Arc<Services>,
    host: Addr<Host<E>>,
    /// Callers who wait for operations that run outside.
    waiting: BTreeMap<Uuid, Vec<Caller>>,
    /// Answers given or promised lately, which the store may not have yet.
    recent: Recent,
    /// When the balance was last read from the store, among arrivals.
    refreshed: u64,
}

/// Where an answer goes, and under which key it is kept.
struct Asker {
    caller: Option<Caller>,
    key: Option<KeyedBy>,
    correlation: Uuid,
    causation: Uuid,
}

impl<E: Entity> Shell<E> {
    pub(super) fn new(
        id: &EntityId,
        stored: &StoredEntity,
        state: E::State,
        incarnation: Arc<Incarnation>,
        services: Arc<Services>,
        host: Addr<Host<E>>,
    ) -> Self {
        let key = EntityKey::new(E::KIND, id.clone());
        Self {
            recent: Recent::new(services.limits.recent_answers),
            slot: services.ownership.slot_of(&key),
            key,
            account: E::account(id, &state),
            endpoint: E::endpoint(id, &state),
            binding: E::binding(id, &state),
            state,
            version: stored.version,
            incarnation,
            services,
            host,
            waiting: BTreeMap::new(),
            refreshed: 0,
        }
    }

    fn handle_one(&mut self, deliver: Deliver<E>, ctx: &mut actix::Context<Self>) {
        let now = self.services.clock.now();
        let Deliver { input, reply: caller, arrival, correlation, causation, ticket, .. } = deliver;
        let mut asker = Asker { caller, key: None, correlation, causation };
        let message = self.services.clock.new_id();
        let mut context = Context {
            id: self.key.id.clone(),
            now,
            message,
            operation: message,
            facts: Facts::default(),
            balance_is_fresh: self.refreshed > arrival,
        };
        let (command, facts) = match input {
            Input::Signal(signal) => {
                let effects = E::on_signal(&self.state, signal, &context);
                return self.carry_out(effects, asker, &context);
            }
            Input::Command(input) => {
                let CommandInput { command, key, facts } = *input;
                asker.key = key;
                (command, facts)
            }
        };
        if let Some(key) = asker.key {
            context.operation = key.key.operation();
            asker = match self.answered_before(key, asker, &context) {
                Some(asker) => asker,
                None => return,
            };
        }
        if let Some(fault) = &self.services.fault {
            fault(&self.key, command.verb());
        }
        context.facts = facts.clone();
        let again = E::MAY_REFRESH.then(|| command.clone());
        match (E::decide(&self.state, command, &context), again) {
            (Ok(Decision::Do(effects)), _) => self.carry_out(*effects, asker, &context),
            (Ok(Decision::Answer(answer)), _) if asker.key.is_none() => {
                self.answer(answer, asker.caller);
            }
            (Ok(Decision::Answer(answer)), _) => {
                let effects = Effects { reply: Reply::Now(answer), ..Effects::default() };
                self.carry_out(effects, asker, &context);
            }
            (Ok(Decision::Read(read)), _) => self.read(read, asker),
            (Ok(Decision::Refresh), Some(command)) => {
                let input = CommandInput { command, key: asker.key, facts };
                let again = Deliver {
                    id: self.key.id.clone(),
                    input: Input::Command(Box::new(input)),
                    reply: asker.caller,
                    arrival,
                    correlation,
                    causation,
                    ticket,
                };
                self.refresh_then(again, ctx);
            }
            (Ok(Decision::Refresh), None) => {
                unreachable!("only kinds that say so ask for a refresh")
            }
            (Err(rejection), _) => self.refuse(rejection, asker),
        }
    }

    /// Applies the effects, and hands them to the journal.
    fn carry_out(&mut self, mut effects: Effects<E::Event>, asker: Asker, context: &Context) {
        assert_balanced(&effects.groups);
        let mut completion = self.completion();
        let mut answers = Vec::new();
        let version = self.version;
        let stores = effects.changes_something();
        let events = apply_events::<E>(&mut self.state, &effects.events);
        self.version += events.len() as i64;
        let reply = std::mem::replace(&mut effects.reply, Reply::None);
        self.route_reply(reply, asker.caller, asker.key, &mut completion, &mut answers);
        let completes = !effects.completions.is_empty();
        for (operation, answer) in std::mem::take(&mut effects.completions) {
            for caller in self.waiting.remove(&operation).unwrap_or_default() {
                completion.replies.push((caller, answer.clone()));
            }
            if let Some(key) = AnswerKey::of_operation(operation) {
                self.recent.complete(&key, &answer);
                answers.push(AnswerWrite::Complete { key, answer });
            }
        }
        self.note_waiting();
        completion.calls = std::mem::take(&mut effects.calls);
        completion.correlation = Some(asker.correlation);
        if !stores && answers.is_empty() {
            return self.after_commits(completion);
        }
        let account = E::account(&self.key.id, &self.state);
        let endpoint = E::endpoint(&self.key.id, &self.state);
        let binding = E::binding(&self.key.id, &self.state);
        let mut work = Work {
            events,
            state: E::encode(&self.state).into(),
            wake_at: E::wake_at(&self.state),
            account: account.filter(|account| Some(account) != self.account.as_ref()),
            endpoint: endpoint.filter(|endpoint| Some(endpoint) != self.endpoint.as_ref()),
            binding: binding.filter(|binding| Some(binding) != self.binding.as_ref()),
            answers,
            completes_operation: completes,
            ..self.empty_work(version, asker.correlation, asker.causation)
        };
        if work.account.is_some() {
            self.account.clone_from(&work.account);
        }
        if work.endpoint.is_some() {
            self.endpoint.clone_from(&work.endpoint);
        }
        if work.binding.is_some() {
            self.binding.clone_from(&work.binding);
        }
        fill(&mut work, &mut effects, context.now);
        self.services.journal.submit(Unit {
            work: Some(Box::new(work)),
            confirmed: None,
            completion,
        });
    }

    fn completion(&self) -> Completion {
        Completion {
            entity: Some(self.key.clone()),
            incarnation: Some(self.incarnation.clone()),
            ..Completion::default()
        }
    }

    fn empty_work(&self, version: i64, correlation: Uuid, causation: Uuid) -> Work {
        Work {
            entity: self.key.clone(),
            stake: Stake::in_(&self.incarnation),
            version,
            events: Vec::new(),
            state: Bytes::new(),
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
            correlation,
            causation,
        }
    }

    /// Handles a message; a panic drops the state, of which a part may have changed, and the caller of
    /// whatever waits here is told to retry.
    fn supervised(&mut self, deliver: Deliver<E>, ctx: &mut actix::Context<Self>) {
        if self.incarnation.is_poisoned() {
            self.host.do_send(deliver);
            return;
        }
        let handled = catch_unwind(AssertUnwindSafe(|| self.handle_one(deliver, ctx)));
        if handled.is_err() {
            tracing::error!(entity = %self.key, "a handler panicked; the state is read afresh");
            Services::count("purser_entity_restarts_total", E::KIND);
            self.waiting.clear();
            self.incarnation.crash();
        }
    }
}

impl<E: Entity> Actor for Shell<E> {
    type Context = actix::Context<Self>;
}

impl<E: Entity> actix::Handler<Deliver<E>> for Shell<E> {
    type Result = ();

    fn handle(&mut self, deliver: Deliver<E>, ctx: &mut Self::Context) {
        self.supervised(deliver, ctx);
    }
}
