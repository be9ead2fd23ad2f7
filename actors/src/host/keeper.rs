//! The host: owns the actors of one kind on one arbiter, from activation to passivation.

use super::{
    deliver::Deliver,
    leaving::Leaving,
    reader::ReadFailed,
    restarts::{Restarts, Verdict},
    services::Services,
    shell::Shell,
};
use crate::{
    entity::{Entity, answer_error},
    journal::{HostNotice, Incarnation},
    ports::{Slot, StoredEntity},
};
use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Handler, WrapFuture};
use lru::LruCache;
use purser_subjects::{EntityId, EntityKey, ErrorCode, Rejection, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// How often idle actors are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// Messages that wait for one activation.
const MAX_QUEUE: usize = 16_384;

/// Owns actors by id.
pub(crate) struct Host<E: Entity> {
    pub(super) services: Arc<Services>,
    arbiter: usize,
    active: LruCache<EntityId, Active<E>>,
    /// Entities that are being loaded or drained, with the messages that wait for that.
    pausing: HashMap<EntityId, Pausing<E>>,
    restarts: HashMap<EntityId, Restarts>,
    quarantined: HashSet<EntityId>,
    incarnations: u64,
    /// Entities of slots that this node gives up.
    pub(super) leaving: Vec<Leaving>,
}

struct Active<E: Entity> {
    actor: Addr<Shell<E>>,
    incarnation: std::sync::Weak<Incarnation>,
    number: u64,
    used_at: Timestamp,
}

struct Pausing<E: Entity> {
    queue: Vec<Deliver<E>>,
    /// The incarnation that drains; `None` while loading.
    draining: Option<u64>,
    /// Pause before the next activation, after a failure.
    pause: Duration,
    /// Epoch of the slot while loading: what was read under another one is not believed.
    epoch: i64,
}

/// Puts an entity back into service.
pub(crate) struct Release(pub(crate) EntityId);

impl actix::Message for Release {
    type Result = ();
}

impl<E: Entity> Host<E> {
    /// The host on the arbiter with this number.
    pub(crate) fn new(services: Arc<Services>, arbiter: usize) -> Self {
        Self {
            services,
            arbiter,
            active: LruCache::unbounded(),
            pausing: HashMap::new(),
            restarts: HashMap::new(),
            quarantined: HashSet::new(),
            incarnations: 0,
            leaving: Vec::new(),
        }
    }

    /// Reads the entity, unless its slot is another node's: then the messages are dropped, which tells
    /// their senders to look for its owner.
    fn activate(&mut self, id: EntityId, queue: Vec<Deliver<E>>, ctx: &mut actix::Context<Self>) {
        let key = EntityKey::new(E::KIND, id.clone());
        let Some(epoch) = self.open_epoch(&key) else { return };
        let pausing = Pausing { queue, draining: None, pause: Duration::ZERO, epoch };
        self.pausing.insert(id.clone(), pausing);
        let services = self.services.clone();
        let loading = async move { services.reader.entity(key).await };
        let loading =
            loading.into_actor(self).map(|stored, host, ctx| host.loaded(id, stored, ctx));
        ctx.spawn(loading);
    }

    fn loaded(
        &mut self,
        id: EntityId,
        stored: Result<StoredEntity, ReadFailed>,
        ctx: &mut actix::Context<Self>,
    ) {
        let Some(Pausing { queue, epoch, .. }) = self.pausing.remove(&id) else { return };
        self.has_gone(&id);
        if self.open_epoch(&EntityKey::new(E::KIND, id.clone())) != Some(epoch) {
            return self.activate(id, queue, ctx);
        }
        let Ok(stored) = stored else {
            return refuse_all(
                queue,
                ErrorCode::Unavailable,
                "the database does not answer",
                1_000,
            );
        };
        let state = match E::restore(&id, &stored) {
            Ok(state) => state,
            Err(error) => {
                tracing::error!(entity = %EntityKey::new(E::KIND, id.clone()), %error,
                    "the stored state cannot be read");
                self.note_failure(&id);
                return refuse_all(
                    queue,
                    ErrorCode::Unavailable,
                    "the entity cannot be read",
                    1_000,
                );
            }
        };
        self.incarnations += 1;
        let number = self.incarnations;
        let notices = ctx.address().recipient();
        let incarnation = Arc::new(Incarnation::new(id.clone(), number, notices));
        let weak = Arc::downgrade(&incarnation);
        let services = self.services.clone();
        let shell = Shell::new(&id, &stored, state, incarnation, services, ctx.address());
        let actor = shell.start();
        queue.into_iter().for_each(|deliver| actor.do_send(deliver));
        let used_at = self.services.clock.now();
        self.active.push(id, Active { actor, incarnation: weak, number, used_at });
        Services::count("purser_entities_activated_total", E::KIND);
        self.evict(|host, _| host.active.len() > host.services.limits.active_entities);
    }

    /// Drops the address of the actor, so that its queue drains; it is not activated again before.
    fn drain(&mut self, id: EntityId, number: u64, pause: Duration) {
        self.active.pop(&id);
        let pausing = Pausing { queue: Vec::new(), draining: Some(number), pause, epoch: 0 };
        self.pausing.insert(id, pausing);
    }

    /// Drains every active entity that `leaves`; if the slot is lost, what it has under way fails.
    pub(super) fn drain_all(&mut self, leaves: impl Fn(&EntityId) -> bool, is_lost: bool) {
        let leaving = self.active.iter().filter(|(id, _)| leaves(id));
        let leaving: Vec<_> = leaving
            .map(|(id, active)| (id.clone(), active.number, active.incarnation.upgrade()))
            .collect();
        for (id, number, incarnation) in leaving {
            if let Some(incarnation) = incarnation.filter(|_| is_lost) {
                incarnation.poison();
            }
            self.drain(id, number, Duration::ZERO);
            Services::count("purser_entities_passivated_total", E::KIND);
        }
    }

    /// Entities that are being loaded or drained.
    pub(super) fn pausing_ids(&self) -> impl Iterator<Item = &EntityId> {
        self.pausing.keys()
    }

    /// Forgets failures and quarantines: the next owner begins afresh.
    pub(super) fn forget_faults(&mut self, leaves: impl Fn(&EntityId) -> bool) {
        self.restarts.retain(|id, _| !leaves(id));
        self.quarantined.retain(|id| !leaves(id));
        self.services.quarantined().retain(|key| key.kind != E::KIND || !leaves(&key.id));
        self.report();
    }

    /// Epoch of the entity's slot, if it is this node's and takes messages.
    fn open_epoch(&self, key: &EntityKey) -> Option<i64> {
        let ownership = &self.services.ownership;
        ownership.open_epoch(Slot::of(key, ownership.partitions()))
    }

    /// Passivates least recently used actors as long as `should` says so.
    fn evict(&mut self, should: impl Fn(&Self, &Active<E>) -> bool) {
        for _ in 0..self.active.len() {
            let Some((id, active)) = self.active.peek_lru() else { return };
            if !should(self, active) {
                return;
            }
            let (id, number) = (id.clone(), active.number);
            if active.incarnation.upgrade().is_some_and(|i| i.has_waiting_callers()) {
                self.active.promote(&id);
                continue;
            }
            self.drain(id, number, Duration::ZERO);
            Services::count("purser_entities_passivated_total", E::KIND);
        }
    }

    fn sweep(&mut self) {
        let now = self.services.clock.now();
        let idle = self.services.limits.idle;
        self.evict(|_, active| now.since(active.used_at) >= idle);
        let window = self.services.limits.restart_window;
        self.restarts.retain(|_, restarts| !restarts.forget(now, window));
        self.report();
    }

    fn report(&self) {
        let set = |name: &'static str, value: usize| {
            metrics::gauge!(name, "kind" => E::KIND.token(), "arbiter" => self.arbiter.to_string())
                .set(value as f64);
        };
        set("purser_entities_active", self.active.len());
        set("purser_entities_quarantined", self.quarantined.len());
    }

    fn is_current(&self, id: &EntityId, number: u64) -> bool {
        self.active.peek(id).is_some_and(|active| active.number == number)
    }

    /// Notes a failure of the entity; the pause before it is activated again.
    fn note_failure(&mut self, id: &EntityId) -> Duration {
        let limits = &self.services.limits;
        let now = self.services.clock.now();
        let spread = self.services.next_arrival();
        let restarts = self.restarts.entry(id.clone()).or_default();
        match restarts.failed(now, limits.restarts, limits.restart_window, spread) {
            Verdict::Restart(pause) => pause,
            Verdict::Quarantine => {
                let key = EntityKey::new(E::KIND, id.clone());
                tracing::error!(entity = %key, "quarantined: it failed too often");
                self.quarantined.insert(id.clone());
                self.services.quarantined().insert(key);
                self.report();
                Duration::ZERO
            }
        }
    }

    fn drained(&mut self, id: EntityId, number: u64, ctx: &mut actix::Context<Self>) {
        let Some(pausing) = self.pausing.get_mut(&id) else { return };
        if pausing.draining != Some(number) {
            return;
        }
        if !pausing.pause.is_zero() && !self.quarantined.contains(&id) {
            let pause = std::mem::take(&mut pausing.pause);
            ctx.run_later(pause, move |host, ctx| host.drained(id, number, ctx));
            return;
        }
        let Some(Pausing { queue, .. }) = self.pausing.remove(&id) else { return };
        self.has_gone(&id);
        if self.quarantined.contains(&id) {
            return refuse_quarantined(queue);
        }
        if !queue.is_empty() {
            self.activate(id, queue, ctx);
        }
    }
}

fn refuse_all<E: Entity>(queue: Vec<Deliver<E>>, code: ErrorCode, why: &str, retry_ms: u32) {
    let answer = answer_error(Rejection::new(code, why).retry_after_ms(retry_ms));
    for caller in queue.into_iter().filter_map(|deliver| deliver.reply) {
        let _ = caller.send(answer.clone());
    }
}

fn refuse_quarantined<E: Entity>(queue: Vec<Deliver<E>>) {
    let why = "temporarily unavailable: it failed too often and waits for the operator";
    refuse_all(queue, ErrorCode::Quarantined, why, 30_000);
}

impl<E: Entity> Actor for Host<E> {
    type Context = actix::Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.report();
        ctx.run_interval(SWEEP, |host, _| host.sweep());
    }
}

impl<E: Entity> Handler<Deliver<E>> for Host<E> {
    type Result = ();

    fn handle(&mut self, deliver: Deliver<E>, ctx: &mut Self::Context) {
        if let Some(active) = self.active.get_mut(&deliver.id) {
            active.used_at = self.services.clock.now();
            active.actor.do_send(deliver);
        } else if let Some(pausing) = self.pausing.get_mut(&deliver.id) {
            if pausing.queue.len() < MAX_QUEUE {
                pausing.queue.push(deliver);
            } else {
                refuse_all(vec![deliver], ErrorCode::Overloaded, "too many wait already", 1_000);
            }
        } else if self.quarantined.contains(&deliver.id) {
            refuse_quarantined(vec![deliver]);
        } else {
            self.activate(deliver.id.clone(), vec![deliver], ctx);
        }
    }
}

impl<E: Entity> Handler<HostNotice> for Host<E> {
    type Result = ();

    fn handle(&mut self, notice: HostNotice, ctx: &mut Self::Context) {
        match notice {
            HostNotice::Poisoned(id, number) if self.is_current(&id, number) => {
                self.drain(id, number, Duration::ZERO);
            }
            HostNotice::Crashed(id, number) if self.is_current(&id, number) => {
                let pause = self.note_failure(&id);
                self.drain(id, number, pause);
            }
            HostNotice::Poisoned(..) => {}
            HostNotice::Crashed(id, _) => {
                self.note_failure(&id);
            }
            HostNotice::Drained(id, number) => self.drained(id, number, ctx),
        }
    }
}

impl<E: Entity> Handler<Release> for Host<E> {
    type Result = ();

    fn handle(&mut self, Release(id): Release, _: &mut Self::Context) {
        self.quarantined.remove(&id);
        self.restarts.remove(&id);
        self.report();
    }
}
