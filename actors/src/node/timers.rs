//! Wakes entities when their time has come. Wake-up times are rows: a kill loses none, and an idle node
//! sleeps until the next one.

use crate::{
    entity::Signal,
    host::Services,
    ports::{Slot, StoreError},
};
use purser_subjects::{EntityKey, Timestamp};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// When a slot is taken, its entities that are due within this time are told so, so that what an earlier
/// owner had begun outside is looked into at once. Covers the first check of an operation.
const RECOVERY_HORIZON: Duration = Duration::from_secs(60);

/// An entity that stays due after it was woken waits this long at first, then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Longest sleep: bounds how late a wake-up can be that no hint announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Entities being woken at once.
const CONCURRENT: usize = 64;

/// While so many are being woken, no more are read, unless that takes longer than the pause: each look
/// reads those too that are being woken.
const ENOUGH: usize = CONCURRENT / 2;
const ENOUGH_PAUSE: Duration = Duration::from_millis(100);

/// Longest memory of entities that stay due, and so the most of them that are paused and not retried.
const REMEMBERED: usize = 65_536;

/// An entity that was woken for a due time and should have moved it.
struct Woken {
    due: Timestamp,
    pause: Duration,
    again_at: Timestamp,
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut timers = Timers::default();
    while !*stop.borrow() {
        services.hints.wakes.take();
        timers.recover_taken(&services, &stop).await;
        let now = services.clock.now();
        let next = match timers.wake_due(&services, now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "wake-up times cannot be read");
                now.plus(FIRST_PAUSE)
            }
        };
        timers.until_due(&services, next, &mut stop).await;
        timers.until_few(&services, &mut stop).await;
    }
}

#[derive(Default)]
struct Timers {
    /// Slots that were looked through when they were taken, with the epochs of their leases.
    recovered: BTreeMap<Slot, i64>,
    /// Entities that were due when they were woken, until they no longer are.
    woken: HashMap<EntityKey, Woken>,
    busy: HashSet<EntityKey>,
    running: JoinSet<EntityKey>,
}

impl Timers {
    fn ended(&mut self, ended: Result<EntityKey, tokio::task::JoinError>) {
        if let Ok(entity) = ended {
            self.busy.remove(&entity);
        }
    }

    /// Waits until `next`, or until something that was committed meanwhile is due, or was woken.
    async fn until_due(
        &mut self,
        services: &Arc<Services>,
        mut next: Timestamp,
        stop: &mut watch::Receiver<bool>,
    ) {
        loop {
            tokio::select! {
                biased;
                () = services.clock.sleep_until(next) => return,
                () = services.hints.wakes.changed() => {
                    // What is due later needs no look before.
                    next = services.hints.wakes.take().map_or(next, |at| next.min(at));
                }
                Some(ended) = self.running.join_next() => return self.ended(ended),
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Waits until few are being woken, for a while at most.
    async fn until_few(&mut self, services: &Arc<Services>, stop: &mut watch::Receiver<bool>) {
        let until = services.clock.now().plus(ENOUGH_PAUSE);
        loop {
            while let Some(ended) = self.running.try_join_next() {
                self.ended(ended);
            }
            if self.busy.len() < ENOUGH {
                return;
            }
            tokio::select! {
                biased;
                Some(ended) = self.running.join_next() => self.ended(ended),
                () = services.clock.sleep_until(until) => return,
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Looks through slots that were taken since the last time.
    async fn recover_taken(&mut self, services: &Arc<Services>, stop: &watch::Receiver<bool>) {
        let working = services.ownership.working();
        let is_new = |slot: &Slot| self.recovered.get(slot) != working.get(slot);
        let taken: Vec<Slot> = working.keys().copied().filter(is_new).collect();
        if !taken.is_empty() {
            recover(services, &taken, stop).await;
        }
        self.recovered = working;
    }

    /// Wakes what is due and is not being woken; returns when to look again. Pages past entities that
    /// stay due, so that any number of them holds nobody else up.
    async fn wake_due(
        &mut self,
        services: &Arc<Services>,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let mut next = now.plus(LONGEST_SLEEP);
        let mut still_due = HashMap::new();
        let mut after = None;
        let slots = services.ownership.slots();
        while self.busy.len() < CONCURRENT {
            // Those that are being woken are read too, and those that are paused.
            let enough = u32::try_from(CONCURRENT + self.woken.len()).unwrap_or(u32::MAX);
            let limit = services.limits.due_page.min(enough);
            let due = services.store.due_entities(&slots, now, after.as_ref(), limit).await?;
            let Some(last) = due.last().cloned() else { break };
            after = Some(last);
            for (entity, at) in due {
                if self.busy.len() >= CONCURRENT || still_due.len() >= REMEMBERED {
                    break;
                }
                let woken = self.woken.remove(&entity);
                let again = match woken {
                    _ if self.busy.contains(&entity) => woken,
                    Some(woken) if woken.due == at && woken.again_at > now => {
                        next = next.min(woken.again_at);
                        Some(woken)
                    }
                    woken => Some(self.wake(services, entity.clone(), at, woken, now)),
                };
                still_due.extend(again.map(|again| (entity, again)));
            }
        }
        // What was not come to on this round is remembered; what is no longer due is forgotten with the
        // first round that gets to the end.
        if self.busy.len() < CONCURRENT {
            self.woken.clear();
        }
        self.woken.extend(still_due);
        if let Some(at) = services.store.next_wake(&slots, now).await? {
            next = next.min(at);
        }
        Ok(next)
    }

    fn wake(
        &mut self,
        services: &Arc<Services>,
        entity: EntityKey,
        due: Timestamp,
        before: Option<Woken>,
        now: Timestamp,
    ) -> Woken {
        let before = before.filter(|before| before.due == due);
        let longest = services.limits.retry_pause;
        let pause = before.map_or(FIRST_PAUSE, |before| (before.pause * 2).min(longest));
        self.busy.insert(entity.clone());
        let services = services.clone();
        self.running.spawn(async move {
            services.signal(&entity, Signal::Wake).await;
            entity
        });
        Woken { due, pause, again_at: now.plus(pause) }
    }
}

/// Tells entities of `slots` that may have had calls under way at an earlier owner.
async fn recover(services: &Arc<Services>, slots: &[Slot], stop: &watch::Receiver<bool>) {
    let until = services.clock.now().plus(RECOVERY_HORIZON);
    let mut after = None;
    while !*stop.borrow() {
        let limit = services.limits.due_page;
        let due = services.store.due_entities(slots, until, after.as_ref(), limit);
        let due = match due.await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "wake-up times cannot be read");
                tokio::time::sleep(FIRST_PAUSE).await;
                continue;
            }
        };
        // Operations that are told are looked at again a few seconds from now: some may be told twice,
        // which asks the acquirer twice and changes nothing.
        let Some(last) = due.last().cloned() else { return };
        after = Some(last);
        let mut running = JoinSet::new();
        for (entity, _) in due {
            let services = services.clone();
            running.spawn(async move { services.signal(&entity, Signal::Restarted).await });
        }
        while running.join_next().await.is_some() {}
    }
}
