//! Hands due deliveries to their endpoints' actors. Deliveries are rows: a kill at any step loses none.

mod lanes;
mod look;
mod pace;
mod room;

use crate::{
    entity::Signal,
    host::Services,
    limits::Limits,
    ports::{Delivery, DueOfLane, Lane, StoreError},
};
use lanes::Lanes;
use look::{Look, earlier};
use pace::Buckets;
use purser_subjects::EndpointId;
use room::Room;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};
use uuid::Uuid;

/// Pause after the store could not be read, or an attempt's outcome could not be stored; the latter
/// doubles with every further failure of the endpoint.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

/// Attempts under way when the node stops have so long to end and be stored.
const LAST_ATTEMPTS: Duration = Duration::from_secs(3);

/// Deliveries of an endpoint that are read beyond those that may begin: they may soon, and some may wait
/// for others.
const SPARE: u32 = 16;

/// Endpoints whose deliveries are read at once.
const READ_AT_ONCE: usize = 64;

/// Longer than an attempt takes: deliveries that wait for one under way are put off for so long.
const ATTEMPT: Duration = Duration::from_secs(20);

/// Attempts that end within this time are followed by others together.
const TOGETHER: Duration = Duration::from_millis(10);

/// Endpoints with nothing left to do are noted together; nobody waits for that. Nor is the store asked
/// more often than that while the attempts for endpoints that answer promptly are all under way.
const SETTLE: Duration = Duration::from_millis(100);

/// Commits that bring deliveries are looked into together, if they follow each other so soon.
const NEWS: Duration = Duration::from_millis(10);

/// How an attempt ended: whether its outcome was stored.
struct Ended {
    delivery: Uuid,
    endpoint: EndpointId,
    is_stored: bool,
}

/// Failures in a row to store an outcome, and until when the endpoint pauses for it. Attempts that were
/// under way together fail as one.
struct Fault {
    times: u32,
    until: Instant,
}

struct Courier {
    room: Room,
    lanes: Lanes,
    faults: HashMap<EndpointId, Fault>,
    /// Of endpoints with a rate.
    buckets: Buckets,
    attempts: JoinSet<Ended>,
    longest_pause: Duration,
    /// When the store was last asked what is due.
    looked_at: Option<Instant>,
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier::new(&services.limits);
    let mut is_news = true;
    while !*stop.borrow() {
        is_news |= services.hints.deliveries.take().is_some();
        courier.reap();
        let mut look = Look::new(&services, is_news);
        if let Err(error) = courier.attempt_due(&services, &mut look).await {
            tracing::error!(%error, "due deliveries cannot be read");
            look.next = look.now.plus(FAULT_PAUSE);
        }
        let is_left = look.is_news && !look.is_made;
        is_news = courier.wait(&services, &look, &mut stop).await || is_left;
    }
    let last = async { while courier.attempts.join_next().await.is_some() {} };
    // What does not end in time is attempted again after the next start.
    let _ = timeout(LAST_ATTEMPTS, last).await;
}

impl Courier {
    fn new(limits: &Limits) -> Self {
        Self {
            room: Room::new(limits.deliveries),
            lanes: Lanes::default(),
            faults: HashMap::new(),
            buckets: Buckets::default(),
            attempts: JoinSet::new(),
            longest_pause: limits.retry_pause,
            looked_at: None,
        }
    }

    /// Begins attempts for what is due. Endpoints that have all the attempts they may have are passed
    /// over, so that their backlog holds nobody else up.
    async fn attempt_due(
        &mut self,
        services: &Arc<Services>,
        look: &mut Look,
    ) -> Result<(), StoreError> {
        let (store, page) = (&services.store, services.limits.due_page);
        self.room.age(Instant::now());
        self.begin(services, look);
        let again = self.looked_at.map(|at| at + SETTLE).filter(|at| *at > Instant::now());
        if self.room.is_full() && again.is_some() {
            // Whatever is due waits for an attempt to end.
            (look.has_more, look.pause) = (true, earlier(look.pause, again));
            return Ok(());
        }
        (look.is_made, self.looked_at) = (true, Some(Instant::now()));
        self.settle(services).await?;
        let slots: Vec<_> = look.working.keys().copied().collect();
        let mut after = None;
        while self.room.free() > 0 {
            let lanes = store.due_lanes(&slots, look.now, after.as_ref(), page).await?;
            let Some(last) = lanes.last() else { break };
            after = Some((last.ready_at, last.endpoint.clone()));
            let is_last = lanes.len() < page as usize;
            self.look_into(services, lanes, look).await?;
            if is_last {
                break;
            }
        }
        look.has_more |= self.room.is_full();
        if !look.park.is_empty() {
            store.park(&look.park, look.now.plus(ATTEMPT)).await?;
            // What they stood in the way of can be seen now.
            look.next = look.now;
        }
        self.settle(services).await?;
        let next = store.next_delivery(&slots, look.now).await?;
        look.next = next.map_or(look.next, |next| next.min(look.next));
        Ok(())
    }

    async fn settle(&mut self, services: &Services) -> Result<(), StoreError> {
        match &self.lanes.take_idle()[..] {
            [] => Ok(()),
            idle => services.store.settle_lanes(idle).await,
        }
    }

    /// Reads what is due of these endpoints, as far as it can begin.
    async fn look_into(
        &mut self,
        services: &Arc<Services>,
        lanes: Vec<Lane>,
        look: &mut Look,
    ) -> Result<(), StoreError> {
        let mut lanes = lanes.into_iter();
        loop {
            let mut wanted = Vec::new();
            while wanted.len() < READ_AT_ONCE
                && let Some(lane) = lanes.next()
            {
                let known = self.lanes.is_known(&lane.endpoint, look.now, look.is_news);
                if let Some(next) = known {
                    look.next = next.map_or(look.next, |next| next.min(look.next));
                    continue;
                }
                let room = self.room_for(&lane, look);
                if room > 0 {
                    wanted.push((lane, room));
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
            self.read(services, wanted, look).await?;
            self.begin(services, look);
        }
    }

    async fn read(
        &mut self,
        services: &Services,
        wanted: Vec<(Lane, usize)>,
        look: &mut Look,
    ) -> Result<(), StoreError> {
        let scan = |lane: &Lane, room: usize| {
            let least = self.lanes.under_way(&lane.endpoint) + room;
            u32::try_from(least).unwrap_or(u32::MAX).saturating_add(SPARE)
        };
        let scans: Vec<_> =
            wanted.iter().map(|(lane, room)| (lane.endpoint.clone(), scan(lane, *room))).collect();
        let found = services.store.due_of_lanes(&scans, look.now).await?;
        for ((lane, room), found) in wanted.into_iter().zip(found) {
            self.take_in(services, lane, room, found, look);
        }
        Ok(())
    }

    fn take_in(
        &mut self,
        services: &Services,
        lane: Lane,
        room: usize,
        mut found: DueOfLane,
        look: &mut Look,
    ) {
        let under_way = self.lanes.under_way(&lane.endpoint);
        found.first.retain(|delivery| !self.room.has(delivery.id));
        // They wait for one that is not due, or leave no place in what is read for those that do not wait.
        let is_idle = found.first.is_empty() && under_way == 0;
        let is_put_off = if found.is_all { is_idle } else { found.first.len() < room };
        if is_put_off {
            look.park.extend(&found.waiting);
        }
        // An endpoint with attempts under way is not settled, so its next time is known here alone.
        look.next = found.next.map_or(look.next, |next| next.min(look.next));
        look.has_more |= !found.is_all || !found.waiting.is_empty();
        let slot = services.ownership.slot_of(&lane.endpoint.key());
        if let Some(epoch) = look.working.get(&slot) {
            self.lanes.read(lane, *epoch, found, is_put_off, room);
        }
    }

    /// How many more attempts the endpoint may have now. Notes in `look` what that depends on.
    fn room_for(&mut self, lane: &Lane, look: &mut Look) -> usize {
        if let Some(fault) = self.faults.get(&lane.endpoint)
            && fault.until > Instant::now()
        {
            look.pause = earlier(look.pause, Some(fault.until));
            return 0;
        }
        let under_way = self.lanes.under_way(&lane.endpoint);
        let room = self.room.of(&lane.endpoint, under_way, lane.width);
        if room == 0 {
            look.has_more = true;
        }
        if lane.rate_per_minute == 0 || room == 0 {
            return room;
        }
        let bucket = self.buckets.of(lane, look.now);
        let tokens = bucket.tokens(look.now);
        if tokens < room {
            look.next = look.next.min(bucket.next());
        }
        room.min(tokens)
    }

    /// Begins what is ready, as far as there is room.
    fn begin(&mut self, services: &Arc<Services>, look: &mut Look) {
        for _ in 0..self.lanes.in_line() {
            let Some((lane, epoch)) = self.lanes.turn() else { continue };
            let slot = services.ownership.slot_of(&lane.endpoint.key());
            if look.working.get(&slot) != Some(&epoch) {
                self.lanes.distrust(&lane.endpoint);
                continue;
            }
            let room = self.room_for(&lane, look);
            for delivery in self.lanes.begin(&lane.endpoint, room) {
                if lane.rate_per_minute != 0 {
                    self.buckets.of(&lane, look.now).take();
                }
                self.attempt(services, delivery);
            }
        }
        look.has_more |= self.lanes.in_line() > 0;
    }

    fn attempt(&mut self, services: &Arc<Services>, delivery: Delivery) {
        self.room.begin(delivery.id, delivery.endpoint.clone(), Instant::now());
        let services = services.clone();
        self.attempts.spawn(async move {
            let (id, endpoint) = (delivery.id, delivery.endpoint.clone());
            let due = Signal::Due(Box::new(delivery));
            let is_stored = services.signal(&endpoint.key(), due).await;
            Ended { delivery: id, endpoint, is_stored }
        });
    }

    /// Waits until it is worth looking again; whether because there may be news.
    async fn wait(
        &mut self,
        services: &Services,
        look: &Look,
        stop: &mut watch::Receiver<bool>,
    ) -> bool {
        let mut again = look.pause;
        let mut is_news = false;
        loop {
            let aged = self.room.next_age().filter(|_| look.has_more).map(|at| at + TOGETHER);
            tokio::select! {
                biased;
                () = services.clock.sleep_until(look.next) => return true,
                () = services.hints.deliveries.changed() => {
                    is_news = true;
                    let soon = self.looked_at.map_or_else(Instant::now, |at| at + NEWS);
                    again = earlier(again, Some(soon));
                }
                () = reached(again) => return is_news,
                () = reached(aged) => return is_news,
                Some(ended) = self.attempts.join_next() => {
                    let soon = earlier(self.ended(ended.ok()), self.reap());
                    let soon = if look.has_more { Some(TOGETHER) } else { soon };
                    if soon == Some(TOGETHER) && self.room.is_empty() {
                        return is_news;
                    }
                    again = earlier(again, soon.map(|soon| Instant::now() + soon));
                }
                _ = stop.wait_for(|stop| *stop) => return true,
            }
        }
    }

    /// Takes note of all attempts that have ended; how soon it is worth looking again.
    fn reap(&mut self) -> Option<Duration> {
        let mut soon = None;
        while let Some(ended) = self.attempts.try_join_next() {
            soon = earlier(soon, self.ended(ended.ok()));
        }
        soon
    }

    /// How soon it is worth looking again.
    fn ended(&mut self, ended: Option<Ended>) -> Option<Duration> {
        let Ended { delivery, endpoint, is_stored } = ended?;
        let now = Instant::now();
        let begun = self.room.end(delivery, now);
        self.lanes.ended(&endpoint);
        if is_stored {
            self.faults.remove(&endpoint);
            // If it is to be repeated, only the store knows when.
            let is_unknown = self.lanes.has_idle() || self.lanes.under_way(&endpoint) > 0;
            return is_unknown.then_some(SETTLE);
        }
        self.lanes.distrust(&endpoint);
        let last = self.faults.get(&endpoint);
        if last.is_some_and(|last| begun < Some(last.until)) {
            return Some(TOGETHER);
        }
        let times = last.map_or(0, |fault| fault.times);
        let pause = FAULT_PAUSE * 2u32.pow(times.min(10));
        let until = now + pause.min(self.longest_pause);
        self.faults.insert(endpoint, Fault { times: times + 1, until });
        Some(TOGETHER)
    }
}

async fn reached(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
