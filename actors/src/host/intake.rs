//! Where messages enter: permits, decoding, stored answers, and what must be known of others.

use super::{
    deliver::{CommandInput, Deliver, Input, KeyedBy},
    questions::Inquiry,
    registry::Hosted,
    services::Services,
};
use crate::{
    account::Account,
    callback::Callback,
    entity::answer_error,
    merchant::Merchant,
    ports::{AnswerKey, BusMessage, Subscription},
    transaction::Transaction,
};
use bytes::Bytes;
use purser_subjects::{
    Address, Ask, Command, EntityKey, EntityKind, Envelope, ErrorCode, Rejection, Subject,
    account::CreditCheck, decode_command, encode, merchant::ReadStanding, partition_of,
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    time::timeout,
};

/// No command holds a permit longer; operations go on after it, and a retry learns their outcome.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Takes requests from the bus and answers every one of them.
pub(crate) struct Intake {
    services: Arc<Services>,
    partitions: u32,
    /// Back-pressure: actix mailboxes do not bound what is sent to them, so this does.
    commands: Arc<Semaphore>,
    partitioned: Vec<Arc<Semaphore>>,
    questions: Arc<Semaphore>,
}

/// Held by a message from its arrival to its answer.
struct Permit {
    _node: OwnedSemaphorePermit,
    _partition: Option<OwnedSemaphorePermit>,
}

impl Intake {
    pub(crate) fn new(services: Arc<Services>, partitions: u32) -> Self {
        let permits = |limit| Arc::new(Semaphore::new(limit));
        let limits = &services.limits;
        let each = limits.commands_per_partition;
        let partitioned = (0..partitions).map(|_| permits(each)).collect();
        let (commands, questions) = (permits(limits.commands), permits(limits.questions));
        Self { services, partitions, commands, partitioned, questions }
    }

    /// Serves `requests` until told to stop, then waits until all that was begun is answered.
    pub(crate) async fn serve(
        self: Arc<Self>,
        mut requests: Subscription,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let message = tokio::select! {
                message = requests.next() => message,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Some(message) = message else { return };
            self.clone().take(message, false);
        }
        // Commands at work may still ask others; new ones are refused.
        let idle = self.idle();
        tokio::pin!(idle);
        loop {
            tokio::select! {
                () = &mut idle => return,
                Some(message) = requests.next() => self.clone().take(message, true),
            }
        }
    }

    /// Returns when no command is at work any more.
    async fn idle(&self) {
        let all = u32::try_from(self.services.limits.commands).unwrap_or(u32::MAX);
        let _ = self.commands.acquire_many(all).await;
    }

    fn take(self: Arc<Self>, message: BusMessage, is_stopping: bool) {
        let address = match message.subject.parse() {
            Ok(Subject::Ask(address)) => address,
            Ok(_) | Err(_) => {
                let why = "the subject is not purser.ask.<entity>.<partition>.<id>.<verb>";
                return respond(message, refusal(ErrorCode::InvalidMessage, why));
            }
        };
        if address.partition != partition_of(&address.entity.id, self.partitions) {
            let why = format!("the id belongs to another of the {} partitions", self.partitions);
            return respond(message, refusal(ErrorCode::InvalidMessage, &why));
        }
        if is_stopping && !is_question(&address) {
            let stopping = Rejection::new(ErrorCode::Unavailable, "the node is stopping");
            return respond(message, answer_error(stopping.retry_after_ms(1_000)));
        }
        let Some(permit) = self.permit(&address) else {
            metrics::counter!("purser_overloaded_total").increment(1);
            let why = "too many commands wait for this partition";
            let overloaded = Rejection::new(ErrorCode::Overloaded, why).retry_after_ms(1_000);
            return respond(message, answer_error(overloaded));
        };
        let io = self.services.io.clone();
        io.spawn(async move {
            let answer = self.answer(&address, &message.payload).await;
            drop(permit);
            respond(message, answer);
        });
    }

    /// Questions that entities ask each other have permits of their own: the commands they are for hold
    /// theirs meanwhile.
    fn permit(&self, to: &Address) -> Option<Permit> {
        if is_question(to) {
            let permit = self.questions.clone().try_acquire_owned().ok()?;
            return Some(Permit { _node: permit, _partition: None });
        }
        let partition = &self.partitioned[to.partition as usize];
        let partition = partition.clone().try_acquire_owned().ok()?;
        let node = self.commands.clone().try_acquire_owned().ok()?;
        Some(Permit { _node: node, _partition: Some(partition) })
    }

    async fn answer(&self, to: &Address, payload: &[u8]) -> Bytes {
        let answered = match to.entity.kind {
            EntityKind::Merchant => self.deliver::<Merchant>(to, payload).await,
            EntityKind::Account => self.deliver::<Account>(to, payload).await,
            EntityKind::Transaction => self.deliver::<Transaction>(to, payload).await,
            EntityKind::Callback => self.deliver::<Callback>(to, payload).await,
        };
        answered.unwrap_or_else(answer_error)
    }

    async fn deliver<E: Hosted>(&self, to: &Address, payload: &[u8]) -> Result<Bytes, Rejection> {
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
        let (reply, answered) = oneshot::channel();
        services.hosts().of::<E>(&to.entity.id).do_send(Deliver {
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
            Ok(Err(_)) => {
                Err(unavailable("the entity failed at it; retry with the same idempotency key"))
            }
            Err(_) => Err(unavailable("no outcome in time; retry with the same idempotency key")),
        }
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
