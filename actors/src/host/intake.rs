//! Where messages enter: permits, decoding, stored answers, and what must be known of others.

use super::{
    deliver::{CommandInput, Deliver, Input, KeyedBy},
    questions::Inquiry,
    registry::Hosted,
    services::Services,
};
use crate::{
    account::Account,
    binding::Binding,
    callback::Callback,
    entity::answer_error,
    merchant::Merchant,
    ports::{AnswerKey, BusError, BusMessage, Share, Slot, Subscription},
    transaction::Transaction,
};
use bytes::Bytes;
use purser_subjects::{
    Address, Ask, Command, EntityKey, EntityKind, Envelope, ErrorCode, Rejection, Subject,
    account::CreditCheck, decode_command, encode, merchant::ReadStanding, partition_of,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    task::JoinSet,
    time::timeout,
};

/// No command holds a permit longer; operations go on after it, and a retry learns their outcome.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Pauses before the store is asked whether it holds a refusal that nobody could be told.
const REFUSAL_PAUSES: [Duration; 4] = [
    Duration::from_millis(10),
    Duration::from_millis(40),
    Duration::from_millis(100),
    Duration::from_millis(250),
];

/// Subscriptions of one slot.
struct Listening {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Takes requests from the bus and answers every one of them, unless its slot is another node's.
pub(crate) struct Intake {
    services: Arc<Services>,
    /// Back-pressure: actix mailboxes do not bound what is sent to them, so this does.
    commands: Arc<Semaphore>,
    /// One for each slot, in the order of [`Slot::all`].
    slots: Vec<Arc<Semaphore>>,
    questions: Arc<Semaphore>,
    listening: Mutex<HashMap<Slot, Listening>>,
    /// Told when a subscription ends that was not closed.
    failing: watch::Sender<bool>,
}

/// Held by a message from its arrival to its answer.
struct Permit {
    _node: OwnedSemaphorePermit,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Intake {
    pub(crate) fn new(services: Arc<Services>, failing: watch::Sender<bool>) -> Arc<Self> {
        let permits = |limit| Arc::new(Semaphore::new(limit));
        let limits = &services.limits;
        let each = limits.commands_per_partition;
        let all = Slot::all(&Share::ALL, services.ownership.partitions());
        let slots = all.map(|_| permits(each)).collect();
        let (commands, questions) = (permits(limits.commands), permits(limits.questions));
        let listening = Mutex::default();
        let intake = Arc::new(Self { services, commands, slots, questions, listening, failing });
        intake.services.set_intake(&intake);
        intake
    }

    /// Begins to take what is asked of the entities of `slot`. Every node that listens gets every
    /// message, and the one that has the slot answers: one that lost it without knowing is in nobody's
    /// way.
    ///
    /// # Errors
    /// [`BusError`] when the bus cannot be reached.
    pub(crate) async fn listen(self: &Arc<Self>, slot: Slot) -> Result<(), BusError> {
        let (stop, stopping) = watch::channel(false);
        let mut listening = Listening { stop, tasks: JoinSet::new() };
        for kind in EntityKind::ALL.into_iter().filter(|kind| Share::of(*kind) == slot.share) {
            let pattern = Subject::asks_in(kind, slot.partition);
            let requests = self.services.bus.subscribe(&pattern, None).await?;
            listening.tasks.spawn(self.clone().serve(requests, stopping.clone()));
        }
        self.listening().insert(slot, listening);
        Ok(())
    }

    /// Takes no more from the bus for `slot`; returns when what had come before is taken.
    pub(crate) async fn stop_listening(&self, slot: Slot) {
        let listening = self.listening().remove(&slot);
        if let Some(Listening { stop, mut tasks }) = listening {
            stop.send_replace(true);
            while tasks.join_next().await.is_some() {}
        }
    }

    /// Takes nothing any more, at once; what waits is lost.
    pub(crate) fn abandon(&self) {
        self.listening().clear();
    }

    fn listening(&self) -> MutexGuard<'_, HashMap<Slot, Listening>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(
        self: Arc<Self>,
        mut requests: Subscription,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop), if !is_stopping => {
                    is_stopping = true;
                    requests.stop();
                }
                message = requests.next() => match message {
                    Some(message) => self.clone().take(message),
                    None => break,
                },
            }
        }
        if !is_stopping {
            tracing::error!("the bus has ended a subscription");
            self.failing.send_replace(true);
        }
    }

    /// Those of `slots` in which commands or calls are at work.
    pub(crate) fn busy(&self, slots: impl Iterator<Item = Slot>) -> HashSet<Slot> {
        let each = self.services.limits.commands_per_partition;
        let calling = self.services.slots_with_calls();
        let is_busy =
            |slot: &Slot| self.permits(*slot).available_permits() < each || calling.contains(slot);
        slots.filter(is_busy).collect()
    }

    fn permits(&self, slot: Slot) -> &Arc<Semaphore> {
        &self.slots[self.services.ownership.index(slot)]
    }

    fn take(self: Arc<Self>, message: BusMessage) {
        let address = match message.subject.parse() {
            Ok(Subject::Ask(address)) => address,
            Ok(_) | Err(_) => {
                let why = "the subject is not purser.ask.<entity>.<partition>.<id>.<verb>";
                return respond(message, refusal(ErrorCode::InvalidMessage, why));
            }
        };
        let partitions = self.services.ownership.partitions();
        if address.partition != partition_of(&address.entity.id, partitions) {
            let why = format!("the id belongs to another of the {partitions} partitions");
            return respond(message, refusal(ErrorCode::InvalidMessage, &why));
        }
        if !self.services.ownership.may_answer(slot_of(&address)) {
            return message.leave_to_others();
        }
        let permit = match self.permit(&address) {
            Ok(permit) => permit,
            Err(overloaded) => return respond(message, overloaded),
        };
        let io = self.services.io.clone();
        io.spawn(async move {
            let answer = self.answer(&address, &message.payload).await;
            drop(permit);
            respond(message, answer);
        });
    }

    /// The answer to a message from this node itself.
    pub(super) async fn ask(&self, to: &Address, payload: &Bytes) -> Bytes {
        match self.permit(to) {
            Ok(_permit) => self.answer(to, payload).await,
            Err(overloaded) => overloaded,
        }
    }

    /// Questions that entities ask each other have permits of their own: the commands they are for hold
    /// theirs meanwhile. In place of a permit there may be the answer.
    fn permit(&self, to: &Address) -> Result<Permit, Bytes> {
        let overloaded = |_| {
            metrics::counter!("purser_overloaded_total").increment(1);
            let why = "too many commands wait for this partition";
            let overloaded = Rejection::new(ErrorCode::Overloaded, why).retry_after_ms(1_000);
            answer_error(overloaded)
        };
        if is_question(to) {
            let permit = self.questions.clone().try_acquire_owned().map_err(overloaded)?;
            return Ok(Permit { _node: permit, _slot: None });
        }
        let slot = self.permits(slot_of(to)).clone().try_acquire_owned().map_err(overloaded)?;
        let node = self.commands.clone().try_acquire_owned().map_err(overloaded)?;
        Ok(Permit { _node: node, _slot: Some(slot) })
    }

    async fn answer(&self, to: &Address, payload: &Bytes) -> Bytes {
        let begun = stopwatch();
        let answered = match to.entity.kind {
            EntityKind::Merchant => self.deliver::<Merchant>(to, payload).await,
            EntityKind::Account => self.deliver::<Account>(to, payload).await,
            EntityKind::Transaction => self.deliver::<Transaction>(to, payload).await,
            EntityKind::Binding => self.deliver::<Binding>(to, payload).await,
            EntityKind::Callback => self.deliver::<Callback>(to, payload).await,
        };
        let answer = answered.unwrap_or_else(answer_error);
        self.services.statistics.count(to.entity.kind, &to.verb, &answer, begun.elapsed());
        answer
    }

    async fn deliver<E: Hosted>(&self, to: &Address, payload: &Bytes) -> Result<Bytes, Rejection> {
        let services = &self.services;
        let ticket = services.in_flight.enter(E::KIND, services.clock.now());
        let arrival = services.next_arrival();
        let envelope = decode_command::<E::Command>(&to.verb, payload)?;
        let key = match self.look_up::<E>(&to.entity, &envelope).await? {
            Known::Answered(answer) => return Ok(answer),
            Known::Not => None,
            Known::By(key) => Some(key),
        };
        if envelope.deadline.is_some_and(|deadline| deadline <= services.clock.now()) {
            let why = "the deadline passed before the command was begun";
            return Err(Rejection::new(ErrorCode::DeadlineExceeded, why));
        }
        let inquiry = Inquiry {
            services,
            permits: &self.questions,
            correlation: envelope.correlation,
            causation: envelope.id,
        };
        let facts = inquiry.answer(E::questions(&envelope.payload)).await;
        let may_repeat = key.is_some() || E::is_query(&envelope.payload);
        let (reply, answered) = oneshot::channel();
        services.hosts().of::<E>(to.partition).do_send(Deliver {
            id: to.entity.id.clone(),
            correlation: envelope.correlation,
            causation: envelope.id,
            input: Input::Command(Box::new(CommandInput { command: envelope.payload, key, facts })),
            reply: Some(reply),
            arrival,
            ticket,
        });
        let unavailable =
            |why: &str| Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(200);
        match timeout(LONGEST_WAIT, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) if may_repeat && !services.ownership.is_open(slot_of(to)) => {
                let left =
                    envelope.deadline.map_or(LONGEST_WAIT, |at| at.since(services.clock.now()));
                services.ask_owner(to.clone(), payload.clone(), left.min(LONGEST_WAIT)).await
            }
            Ok(Err(_)) => {
                let failed = "the entity failed at it; retry with the same idempotency key";
                self.refused_meanwhile(key).await.ok_or_else(|| unavailable(failed))
            }
            Err(_) => Err(unavailable("no outcome in time; retry with the same idempotency key")),
        }
    }

    /// The refusal of a command that was to be answered later: where the store's guard refuses its unit,
    /// whoever waits is let go with the entity, and the refusal is stored a moment after.
    async fn refused_meanwhile(&self, key: Option<KeyedBy>) -> Option<Bytes> {
        let KeyedBy { key, digest, .. } = key?;
        for pause in REFUSAL_PAUSES {
            tokio::time::sleep(pause).await;
            let stored = self.services.reader.answer(key).await.ok().flatten();
            if let Some(stored) = stored.filter(|stored| stored.digest == digest) {
                return stored.answer;
            }
        }
        None
    }

    /// Whether the command was answered before.
    async fn look_up<E: Hosted>(
        &self,
        entity: &EntityKey,
        envelope: &Envelope<E::Command>,
    ) -> Result<Known, Rejection> {
        let key = envelope.key.as_ref().filter(|_| !E::is_query(&envelope.payload));
        let Some(key) = key else { return Ok(Known::Not) };
        let digest = digest(envelope);
        let key = AnswerKey::of(entity, key);
        let stored = self.services.reader.answer(key).await.map_err(|_| {
            let why = "the database does not answer; nothing was done";
            Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(1_000)
        })?;
        match stored {
            None => Ok(Known::By(KeyedBy { key, digest, is_promised: false })),
            Some(stored) if stored.digest != digest => Err(Rejection::new(
                ErrorCode::IdempotencyConflict,
                "the idempotency key was used before with another body",
            )),
            Some(stored) => Ok(match stored.answer {
                Some(answer) => Known::Answered(answer),
                None => Known::By(KeyedBy { key, digest, is_promised: true }),
            }),
        }
    }
}

fn slot_of(to: &Address) -> Slot {
    Slot { share: Share::of(to.entity.kind), partition: to.partition }
}

/// Whether it is what entities ask each other.
fn is_question(to: &Address) -> bool {
    matches!(to.verb.as_str(), CreditCheck::VERB | ReadStanding::VERB)
}

enum Known {
    /// The command has no key.
    Not,
    /// Under this key, without an answer so far.
    By(KeyedBy),
    Answered(Bytes),
}

/// Tells whether two commands with one key are the same one.
fn digest<C: Command>(envelope: &Envelope<C>) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(envelope.payload.verb());
    digest.update([0]);
    match &envelope.fingerprint {
        Some(fingerprint) => digest.update(fingerprint),
        None => digest.update(encode(&envelope.payload)),
    }
    digest.finalize().into()
}

fn refusal(code: ErrorCode, why: &str) -> Bytes {
    answer_error(Rejection::new(code, why))
}

fn respond(message: BusMessage, answer: Bytes) {
    if let Some(responder) = message.responder {
        responder.respond(answer);
    }
}

/// Measures how long an answer takes, finer than the clock's millisecond.
#[allow(clippy::disallowed_methods, reason = "only measures a duration")]
fn stopwatch() -> Instant {
    Instant::now()
}
