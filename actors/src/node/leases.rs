//! Membership: renews this node's lease, takes the slots that are its by right, hands over those that
//! are not, and lets go of those that it has lost.

mod hand_over;
mod news;
mod plan;

pub(super) use news::changed;

use super::NodeConfig;
use crate::{
    host::{Intake, Services, merged},
    ports::{Cluster, Lease, LeaseError, NodeId, Share, Slot, StoreError, Subscription},
};
use futures_util::{FutureExt, future::join_all};
use hand_over::HandOver;
use news::News;
use plan::{Plan, plan};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

/// Renewals within the time that a lease lasts: three may fail before it has run out.
const RENEWALS: u32 = 4;

/// Commands at work in a slot that moves because of a new node have so long to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// How much later than its lease ends a node is missed.
const GRACE: Duration = Duration::from_millis(20);

/// Keeps the leases of one node.
pub(super) struct Leases {
    services: Arc<Services>,
    intake: Arc<Intake>,
    node: NodeId,
    /// The journal's, which this process was given when it joined.
    epoch: i64,
    ttl: Duration,
    /// Slots that this node works on, with the epochs of their leases.
    held: BTreeMap<Slot, i64>,
    /// Slots whose entities have not gone yet.
    leaving: BTreeSet<Slot>,
    departures: JoinSet<Vec<Slot>>,
    /// Told by other nodes.
    news: Subscription,
    /// As it was last read, without nodes that are about to leave.
    cluster: Cluster,
    /// Nodes that have told that they are about to leave.
    parting: BTreeSet<NodeId>,
    /// Nothing is taken from the bus, because the lease may have run out.
    is_deaf: bool,
    /// Nothing is taken before, because the bus could not be listened to.
    take_after: Instant,
}

/// The node is no member any more: another process has its journal.
#[derive(Debug)]
pub(super) struct Expelled;

impl Leases {
    /// Leases of a node that has joined with `epoch`, and what is its by right already taken.
    ///
    /// # Errors
    /// [`LeaseError`] when that fails; the bus is tried again later.
    pub(super) async fn start(
        config: &NodeConfig,
        epoch: i64,
        services: Arc<Services>,
        intake: Arc<Intake>,
        news: Subscription,
    ) -> Result<Self, LeaseError> {
        let mut leases = Self {
            services,
            intake,
            node: config.id,
            epoch,
            ttl: config.lease,
            held: BTreeMap::new(),
            leaving: BTreeSet::new(),
            departures: JoinSet::new(),
            news,
            cluster: Cluster::default(),
            parting: BTreeSet::new(),
            is_deaf: false,
            take_after: Instant::now(),
        };
        leases.renew().await?;
        leases.act().await?;
        News::Joined.tell(&leases.services, leases.node).await;
        Ok(leases)
    }

    /// Runs until told to stop; all slots have been handed over then, in about `within`.
    ///
    /// # Errors
    /// [`Expelled`].
    pub(super) async fn run(
        mut self,
        mut stop: watch::Receiver<Option<Duration>>,
    ) -> Result<(), Expelled> {
        let mut next = Instant::now();
        loop {
            let services = self.services.clone();
            let believed = services.ownership.valid_until().filter(|_| !self.is_deaf);
            tokio::select! {
                biased;
                () = sleep_until(believed.unwrap_or(next)), if believed.is_some() => {
                    self.stop_listening().await;
                    continue;
                }
                within = told(&mut stop) => return self.hand_all_over(within).await,
                () = sleep_until(next) => {}
                () = services.ownership.lost() => {}
                Some(gone) = self.departures.join_next() => self.have_gone(gone.ok()),
                Some(first) = self.news.next() => {
                    let mut is_news = self.heard(&first.payload);
                    while let Some(Some(next)) = self.news.next().now_or_never() {
                        is_news |= self.heard(&next.payload);
                    }
                    if !is_news {
                        continue;
                    }
                }
            }
            next = Instant::now() + self.look_again().await?;
        }
    }

    /// Notes what a node tells; false when it is this one.
    fn heard(&mut self, payload: &[u8]) -> bool {
        let Some((news, node)) = News::read(payload).filter(|(_, node)| *node != self.node) else {
            return false;
        };
        match news {
            News::Changed => {}
            News::Joined => {
                self.parting.remove(&node);
            }
            News::Parting => {
                self.parting.insert(node);
            }
        }
        true
    }

    /// Renews, and does what follows; when to do so again.
    async fn look_again(&mut self) -> Result<Duration, Expelled> {
        let done = match self.renew().await {
            Ok(()) => self.act().await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(self.next_look()),
            Err(LeaseError::Lost) => {
                tracing::error!("another process has the journal of this node");
                Err(Expelled)
            }
            Err(LeaseError::Store(error)) => {
                tracing::warn!(%error, "the lease cannot be renewed");
                Ok(self.ttl / (2 * RENEWALS))
            }
        }
    }

    /// At the next renewal, or earlier when a node that failed to renew will have run out.
    fn next_look(&self) -> Duration {
        let renewal = self.ttl / RENEWALS;
        let others = self.cluster.nodes.iter().filter(|node| node.id != self.node);
        let missed = others.map(|node| node.alive_for + GRACE).min();
        missed.map_or(renewal, |missed| missed.min(renewal))
    }

    async fn renew(&mut self) -> Result<(), LeaseError> {
        let sent = Instant::now();
        let renewing = self.services.store.renew(self.node, self.epoch, self.ttl);
        self.cluster = within(self.ttl / 2, renewing).await?;
        let alive = self.cluster.nodes.iter().map(|node| node.id).collect();
        self.parting = self.parting.intersection(&alive).copied().collect();
        self.cluster.nodes.retain(|node| !self.parting.contains(&node.id));
        self.services.ownership.renewed(sent, self.ttl);
        if self.is_deaf {
            self.listen_again().await;
        }
        let rows: HashMap<Slot, _> = self.cluster.slots.iter().map(|row| (row.slot, row)).collect();
        let is_held = |slot: &Slot, epoch: i64| {
            let stored = rows.get(slot);
            stored.is_some_and(|row| (row.owner, row.epoch) == (Some(self.node), epoch))
                && self.services.ownership.epoch(*slot) == Some(epoch)
        };
        let lost = self.held.iter().filter(|(slot, epoch)| !is_held(slot, **epoch));
        let lost: Vec<_> = lost.map(|(slot, epoch)| (*slot, *epoch)).collect();
        self.let_go(&lost);
        Ok(())
    }

    /// Takes and hands over what the plan says.
    async fn act(&mut self) -> Result<(), LeaseError> {
        let Plan { mut take, hand_over } =
            plan(self.node, self.services.ownership.partitions(), &self.cluster);
        // Taken by a request whose answer was lost.
        let ours = self.cluster.slots.iter().filter(|row| row.owner == Some(self.node));
        take.extend(ours.map(|row| row.slot).filter(|slot| !self.held.contains_key(slot)));
        let may_take = Instant::now() >= self.take_after;
        take.retain(|slot| may_take && !self.leaving.contains(slot));
        if !take.is_empty() {
            let taking = self.services.store.take(self.node, self.epoch, &take);
            let leases = within(self.ttl, taking).await?;
            self.adopt(leases).await;
        }
        let hand_over: Vec<_> =
            hand_over.into_iter().filter(|slot| !self.leaving.contains(slot)).collect();
        if !hand_over.is_empty() {
            self.hand_over(hand_over, PATIENCE);
        }
        Ok(())
    }

    /// Begins to work on slots that were taken.
    async fn adopt(&mut self, leases: Vec<Lease>) {
        let count = leases.len();
        // Known before anything of the slots is committed here, and so published before that.
        let tails = leases.iter().map(|lease| lease.tails.clone()).collect();
        self.services.hints.tails.add(merged(tails));
        for Lease { slot, epoch, .. } in leases {
            self.services.ownership.set(slot, epoch);
            self.held.insert(slot, epoch);
            if let Err(error) = self.intake.listen(slot).await {
                tracing::warn!(%error, %slot, "the bus cannot be listened to");
                self.take_after = Instant::now() + self.ttl / RENEWALS;
                self.let_go(&[(slot, epoch)]);
            }
        }
        if count > 0 {
            tracing::info!(count, held = self.held.len(), "took slots");
            metrics::counter!("purser_slots_taken_total").increment(count as u64);
            self.services.catch_up();
        }
    }

    /// Drops what is in memory of slots that are another node's.
    fn let_go(&mut self, lost: &[(Slot, i64)]) {
        if lost.is_empty() {
            return;
        }
        tracing::warn!(count = lost.len(), "lost slots");
        metrics::counter!("purser_slots_lost_total").increment(lost.len() as u64);
        for (slot, epoch) in lost {
            self.held.remove(slot);
            self.leaving.insert(*slot);
            self.services.ownership.lose(*slot, *epoch);
        }
        let slots: Vec<Slot> = lost.iter().map(|(slot, _)| *slot).collect();
        let (services, intake) = (self.services.clone(), self.intake.clone());
        self.departures.spawn(async move {
            join_all(slots.iter().map(|slot| intake.stop_listening(*slot))).await;
            services.passivate(&slots, true).await;
            slots
        });
    }

    /// Hands slots over that commands are at work in; those have so long to end.
    fn hand_over(&mut self, slots: Vec<Slot>, patience: Duration) {
        tracing::info!(count = slots.len(), "handing slots over");
        let mut leases = Vec::new();
        for slot in slots {
            // One that was taken and could not be listened to is not held, and is given up all the same.
            let row = self.cluster.slots.iter().find(|row| row.slot == slot);
            let Some(epoch) = self.held.remove(&slot).or(row.map(|row| row.epoch)) else {
                continue;
            };
            leases.push((slot, epoch));
            self.leaving.insert(slot);
        }
        let hand_over = HandOver {
            services: self.services.clone(),
            intake: self.intake.clone(),
            node: self.node,
            epoch: self.epoch,
            patience,
            all_at_once: !self.has_others(),
        };
        self.departures.spawn(hand_over.run(leases));
    }

    /// Whether other nodes can take this one's slots.
    fn has_others(&self) -> bool {
        let others = || self.cluster.nodes.iter().filter(|node| node.id != self.node);
        Share::ALL.iter().all(|share| others().any(|node| node.shares.contains(share)))
    }

    fn have_gone(&mut self, gone: Option<Vec<Slot>>) {
        for slot in gone.into_iter().flatten() {
            self.leaving.remove(&slot);
        }
    }

    /// The lease may have run out: others answer now, or nobody, and callers look for them.
    async fn stop_listening(&mut self) {
        tracing::warn!("the lease has run out; nothing is taken until it is renewed");
        self.is_deaf = true;
        join_all(self.held.keys().map(|slot| self.intake.stop_listening(*slot))).await;
    }

    async fn listen_again(&mut self) {
        self.is_deaf = false;
        for slot in self.held.keys() {
            if let Err(error) = self.intake.listen(*slot).await {
                tracing::warn!(%error, %slot, "the bus cannot be listened to");
                self.is_deaf = true;
            }
        }
    }

    /// Hands everything over, renewing meanwhile, and leaves: others may have this node's journal then,
    /// in which hardly anything is written any more.
    async fn hand_all_over(mut self, within: Duration) -> Result<(), Expelled> {
        News::Parting.tell(&self.services, self.node).await;
        let all = self.held.keys().copied().collect();
        self.hand_over(all, within);
        loop {
            tokio::select! {
                biased;
                gone = self.departures.join_next() => match gone {
                    Some(gone) => self.have_gone(gone.ok()),
                    None => break,
                },
                () = tokio::time::sleep(self.ttl / RENEWALS) => {
                    if let Err(LeaseError::Lost) = self.renew().await {
                        return Err(Expelled);
                    }
                }
            }
        }
        if let Err(error) = self.services.store.leave(self.node, self.epoch).await {
            tracing::warn!(%error, "others find out only later that this node has left");
        }
        News::Changed.tell(&self.services, self.node).await;
        Ok(())
    }
}

/// What the store says, if it says so in time.
async fn within<T>(
    time: Duration,
    request: impl Future<Output = Result<T, LeaseError>>,
) -> Result<T, LeaseError> {
    let late = |_| LeaseError::Store(StoreError("the store does not answer".into()));
    timeout(time, request).await.map_err(late).flatten()
}

/// Returns when the node is to stop, with the time that it has for that.
async fn told(stop: &mut watch::Receiver<Option<Duration>>) -> Duration {
    match stop.wait_for(Option::is_some).await {
        Ok(within) => within.unwrap_or_default(),
        Err(_) => Duration::ZERO,
    }
}
