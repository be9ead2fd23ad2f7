//! One actor: takes one message at a time, has it decided, and hands the effects to the journal.

use super::{
    deliver::{CommandInput, Deliver, Input, KeyedBy},
    keeper::Host,
    reads::{self, Subject},
    services::Services,
    work::{apply_events, assert_balanced, fill},
};
use crate::{
    entity::{
        Context, Decision, Effects, Entity, Facts, Read, Reply, Signal, answer_error, answer_ok,
    },
    journal::{Completion, Incarnation, Stake, Unit, Work},
    ports::{AccountWrite, AnswerKey, AnswerWrite, StoredEntity},
};
use actix::{Actor, ActorFutureExt, Addr, AsyncContext, WrapFuture};
use bytes::Bytes;
use lru::LruCache;
use purser_subjects::{Command, EntityId, EntityKey, ErrorCode, Rejection};
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{Ordering, fence},
    },
};
use tokio::sync::oneshot;
use uuid::Uuid;

type Caller = oneshot::Sender<Bytes>;

/// The actor of one entity.
pub(super) struct Shell<E: Entity> {
    key: EntityKey,
    state: E::State,
    version: i64,
    account: Option<AccountWrite>,
    incarnation: Arc<Incarnation>,
    services: Arc<Services>,
    host: Addr<Host<E>>,
    /// Callers who wait for operations that run outside.
    waiting: HashMap<Uuid, Vec<Caller>>,
    /// Answers given or promised lately, which the store may not have yet.
    recent: LruCache<AnswerKey, ([u8; 32], Option<Bytes>)>,
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
        let recent = NonZeroUsize::new(services.limits.recent_answers).unwrap_or(NonZeroUsize::MIN);
        Self {
            key: EntityKey::new(E::KIND, id.clone()),
            account: E::account(id, &state),
            state,
            version: stored.version,
            incarnation,
            services,
            host,
            waiting: HashMap::new(),
            recent: LruCache::new(recent),
            refreshed: 0,
        }
    }

    fn handle_one(&mut self, deliver: Deliver<E>, ctx: &mut actix::Context<Self>) {
        let now = self.services.clock.now();
        let Deliver { input, reply: caller, arrival, correlation, causation, ticket, .. } = deliver;
        let mut asker = Asker { caller, key: None, correlation, causation };
        let message = Uuid::now_v7();
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

    /// Answers a repeated command. Gives the asker back when the key is new.
    fn answered_before(
        &mut self,
        key: KeyedBy,
        mut asker: Asker,
        context: &Context,
    ) -> Option<Asker> {
        match self.recent.get(&key.key) {
            Some((digest, _)) if *digest != key.digest => {
                asker.key = None;
                self.refuse(conflict(), asker);
                None
            }
            Some((_, Some(answer))) => {
                let answer = answer.clone();
                self.answer(answer, asker.caller);
                None
            }
            Some((_, None)) => {
                self.wait(key.key.operation(), asker.caller);
                None
            }
            None if !key.is_promised => Some(asker),
            None if E::is_running(&self.state, context.operation) => {
                // Begun by an earlier process or activation, whose caller is gone.
                self.recent.put(key.key, (key.digest, None));
                self.wait(context.operation, asker.caller.take());
                let resume = Signal::Resume(context.operation);
                let effects = E::on_signal(&self.state, resume, context);
                asker.key = None;
                self.carry_out(effects, asker, context);
                None
            }
            None => {
                asker.key = None;
                let why = "the answer is just being stored; ask again";
                let unavailable = Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50);
                self.refuse(unavailable, asker);
                None
            }
        }
    }

    fn wait(&mut self, operation: Uuid, caller: Option<Caller>) {
        if let Some(caller) = caller {
            self.waiting.entry(operation).or_default().push(caller);
        }
        self.note_waiting();
    }

    fn note_waiting(&self) {
        self.incarnation.set_waiting_callers(self.waiting.len());
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
                if let Some((_, promised)) = self.recent.get_mut(&key) {
                    *promised = Some(answer.clone());
                }
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
        let mut work = Work {
            events,
            state: E::encode(&self.state).into(),
            wake_at: E::wake_at(&self.state),
            account: account.filter(|account| Some(account) != self.account.as_ref()),
            answers,
            completes_operation: completes,
            ..self.empty_work(version, asker.correlation, asker.causation)
        };
        if work.account.is_some() {
            self.account.clone_from(&work.account);
        }
        fill(&mut work, &mut effects, context.now);
        self.services.journal.submit(Unit {
            work: Some(Box::new(work)),
            confirmed: None,
            completion,
        });
    }

    fn route_reply(
        &mut self,
        reply: Reply,
        caller: Option<Caller>,
        key: Option<KeyedBy>,
        completion: &mut Completion,
        answers: &mut Vec<AnswerWrite>,
    ) {
        let answer = match reply {
            // A signal is answered too: whoever sent it waits until it is dealt with.
            Reply::None => answer_ok(()),
            Reply::Now(answer) => answer,
            Reply::Later(operation) => {
                if let Some(KeyedBy { key, digest, .. }) = key {
                    self.recent.put(key, (digest, None));
                    answers.push(AnswerWrite::Insert { key, digest, answer: None });
                }
                return self.wait(operation, caller);
            }
        };
        if let Some(KeyedBy { key, digest, .. }) = key {
            self.recent.put(key, (digest, Some(answer.clone())));
            answers.push(AnswerWrite::Insert { key, digest, answer: Some(answer.clone()) });
        }
        completion.replies.extend(caller.map(|caller| (caller, answer)));
    }

    /// Refuses. A definite refusal of a command with a key is its answer for good.
    fn refuse(&mut self, rejection: Rejection, asker: Asker) {
        let retryable = rejection.code.is_retryable();
        let answer = answer_error(rejection);
        let Some(KeyedBy { key, digest, .. }) = asker.key.filter(|_| !retryable) else {
            return self.answer(answer, asker.caller);
        };
        self.recent.put(key, (digest, Some(answer.clone())));
        let mut completion = self.completion();
        completion.replies.extend(asker.caller.map(|caller| (caller, answer.clone())));
        let work = Work {
            answers: vec![AnswerWrite::Insert { key, digest, answer: Some(answer) }],
            ..self.empty_work(self.version, asker.correlation, asker.causation)
        };
        self.services.journal.submit(Unit {
            work: Some(Box::new(work)),
            confirmed: None,
            completion,
        });
    }

    fn answer(&mut self, answer: Bytes, caller: Option<Caller>) {
        let mut completion = self.completion();
        completion.replies.extend(caller.map(|caller| (caller, answer)));
        self.after_commits(completion);
    }

    /// Completes once everything that this actor decided before is committed.
    fn after_commits(&self, completion: Completion) {
        let unit = Unit::without_work(completion);
        // This actor and the unit itself hold one each; any more belong to units under way.
        let nothing_under_way = Arc::strong_count(&self.incarnation) <= 2;
        // A unit that failed has poisoned this actor before it let go: looked at in that order, a count
        // that has come down tells that all went well.
        fence(Ordering::Acquire);
        if self.incarnation.is_poisoned() {
            unit.fail(&Rejection::new(ErrorCode::Unavailable, "the entity is being read afresh"));
        } else if nothing_under_way {
            unit.succeed(&self.services);
        } else {
            self.services.journal.submit(unit);
        }
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
            groups: Vec::new(),
            held: 0,
            must_be_empty: false,
            messages: Vec::new(),
            deliveries: Vec::new(),
            delivery_updates: Vec::new(),
            credentials: Vec::new(),
            answers: Vec::new(),
            completes_operation: false,
            correlation,
            causation,
        }
    }

    /// Has the store answer.
    fn read(&mut self, read: Read, asker: Asker) {
        let Some(AccountWrite { account, terms, status }) = E::account(&self.key.id, &self.state)
        else {
            let missing = Rejection::new(ErrorCode::NotFound, "the account was never opened");
            return self.refuse(missing, asker);
        };
        let Some(caller) = asker.caller else { return };
        let services = self.services.clone();
        let incarnation = self.incarnation.clone();
        self.services.io.spawn(async move {
            let subject = Subject { account, terms, status };
            let answer = match reads::answer(&services, incarnation, subject, read).await {
                Ok(answer) => answer.into(),
                Err(rejection) => answer_error(rejection),
            };
            let _ = caller.send(answer);
        });
    }

    /// Reads the balance from the store, and takes the message again. No other message is handled
    /// meanwhile, so all that was decided before is in what is read.
    fn refresh_then(&mut self, again: Deliver<E>, ctx: &mut actix::Context<Self>) {
        let services = self.services.clone();
        let (key, incarnation) = (self.key.clone(), self.incarnation.clone());
        let reading = async move {
            services.journal.barrier_of(incarnation).await?;
            let begun = services.next_arrival();
            let stored = services.reader.entity(key).await.map_err(|_| reads::store_failed())?;
            Ok::<_, Rejection>((begun, stored))
        };
        let reading = reading.into_actor(self).map(move |read, shell, ctx| match read {
            Ok((begun, stored)) => {
                shell.refreshed = begun;
                E::refresh(&mut shell.state, &stored);
                shell.supervised(again, ctx);
            }
            Err(rejection) => {
                shell.answer(answer_error(rejection), again.reply);
            }
        });
        ctx.wait(reading);
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

fn conflict() -> Rejection {
    let why = "the idempotency key was used before with another body";
    Rejection::new(ErrorCode::IdempotencyConflict, why)
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
