//! One process's share of the platform: its hosts, its journal and its background tasks.

mod arbiters;
mod commands;
mod courier;
mod leases;
mod mails;
mod outbox;
mod pipeline;
mod pruner;
mod publisher;
mod timers;
mod word;
mod writing;

use crate::{
    client::Client,
    host::{HostProbe, Intake, Ownership, Parts, Services, VerbStatistics},
    journal::Journal,
    limits::Limits,
    ports::{
        Acquirer, Bus, BusError, CardIssuer, Clock, JoinError, LeaseError, Messenger, NodeId,
        NodeInfo, Share, Slot, Store,
    },
};
use arbiters::Arbiters;
use futures_util::{FutureExt, future::BoxFuture};
use leases::Leases;
use purser_subjects::EntityKey;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet, time::timeout};
use uuid::Uuid;
use writing::Writing;

pub use crate::host::FaultHook;

/// The outside, as the node needs it.
#[derive(Clone)]
pub struct Ports {
    /// Where everything accepted lives.
    pub store: Arc<dyn Store>,
    /// How messages arrive and leave.
    pub bus: Arc<dyn Bus>,
    /// Who moves card money.
    pub acquirer: Arc<dyn Acquirer>,
    /// Who issues cards that are bound.
    pub issuer: Arc<dyn CardIssuer>,
    /// Who carries notifications.
    pub messenger: Arc<dyn Messenger>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Where a node's actors run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorThreads {
    /// On so many threads of their own, one at least.
    Own(usize),
    /// On the thread that starts the node, which must be inside a [`tokio::task::LocalSet`]. For
    /// simulations: on one thread and with a paused clock, everything happens in the same order again.
    Callers,
}

/// How a node is set up.
#[derive(Clone)]
pub struct NodeConfig {
    /// Names the node, also when it is started again.
    pub id: NodeId,
    /// What operators call it.
    pub name: String,
    /// What it takes a share in; a node without any only sends.
    pub shares: Vec<Share>,
    /// How long others wait for a node that does not renew its leases before they take its work.
    pub lease: Duration,
    /// Partitions of the deployment; the same for ever and on every node.
    pub partitions: u32,
    /// Where actors run.
    pub arbiters: ActorThreads,
    /// Bounds.
    pub limits: Limits,
    /// A fault to inject, in tests.
    pub fault: Option<FaultHook>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        let arbiters = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            id: NodeId(Uuid::now_v7()),
            name: "purser".to_owned(),
            shares: Share::ALL.to_vec(),
            lease: Duration::from_secs(4),
            partitions: 64,
            arbiters: ActorThreads::Own(arbiters),
            limits: Limits::default(),
            fault: None,
        }
    }
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The node cannot become a member.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The leases could not be taken.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The bus failed.
    #[error("bus: {0}")]
    Bus(#[from] BusError),
    /// No thread could be started.
    #[error("cannot start a thread for actors: {0}")]
    Thread(#[from] std::io::Error),
}

/// A running node.
pub struct Node {
    services: Arc<Services>,
    client: Client,
    /// The arbiters, the journal's writer and the intake stop when the node is dropped.
    _arbiters: Arbiters,
    _writing: Writing,
    _intake: Taking,
    stop_leases: watch::Sender<Option<Duration>>,
    leases: JoinSet<()>,
    stop: watch::Sender<bool>,
    background: JoinSet<()>,
    failed: watch::Receiver<bool>,
}

/// Runs a background task; its end before the node is stopped is a failure of the node.
async fn watched(
    name: &'static str,
    task: BoxFuture<'static, ()>,
    stopping: watch::Receiver<bool>,
    failing: watch::Sender<bool>,
) {
    let ended = AssertUnwindSafe(task).catch_unwind().await;
    if ended.is_err() || !*stopping.borrow() {
        tracing::error!(task = name, "a part of the node has failed");
        failing.send_replace(true);
    }
}

/// Events that the publisher may be behind before it reads them from the store instead.
const PUBLISH_QUEUE: usize = 256;

impl Node {
    /// Joins, takes the slots that nobody has, resumes what was left in them, and begins to take
    /// messages. Must be called on a tokio runtime, which then does the I/O.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: NodeConfig, ports: Ports) -> Result<Self, StartError> {
        let ownership = Arc::new(Ownership::new(config.partitions));
        let info = NodeInfo {
            id: config.id,
            name: config.name.clone(),
            shares: config.shares.clone(),
            partitions: config.partitions,
        };
        let news = ports.bus.subscribe(&leases::changed().to_string(), None).await?;
        let heard = ports.bus.subscribe(&word::subject().to_string(), None).await?;
        let head = ports.store.join(&info, config.lease).await?;
        let epoch = head.epoch;
        let (committed, published) = tokio::sync::mpsc::channel(PUBLISH_QUEUE);
        let published_before = head.published;
        let (store, clock) = (ports.store.clone(), ports.clock.clone());
        let journal = Journal::new(store, clock, config.limits.clone(), head, ownership.clone());
        let client =
            Client::new(ports.bus.clone(), ports.clock.clone(), config.partitions, "purser");
        let services = Services::new(Parts {
            store: ports.store,
            bus: ports.bus,
            acquirer: ports.acquirer,
            issuer: ports.issuer,
            messenger: ports.messenger,
            clock: ports.clock,
            journal,
            ownership,
            limits: config.limits.clone(),
            fault: config.fault.clone(),
            committed,
        });
        let writing = Writing::start(&services, config.arbiters)?;
        let arbiters = Arbiters::start(&services, config.arbiters)?;
        let (stop, stopping) = watch::channel(false);
        let (failing, failed) = watch::channel(false);
        let intake = Intake::new(services.clone(), failing.clone());
        let keeper = Leases::start(&config, epoch, services.clone(), intake.clone(), news).await?;
        let mut background = JoinSet::new();
        let mut spawn = |name, task: BoxFuture<'static, ()>| {
            background.spawn(watched(name, task, stopping.clone(), failing.clone()));
        };
        spawn("timers", timers::run(services.clone(), stopping.clone()).boxed());
        spawn("courier", courier::run(services.clone(), stopping.clone()).boxed());
        spawn("pruner", pruner::run(services.clone(), stopping.clone()).boxed());
        spawn("mails", mails::run(services.clone(), stopping.clone()).boxed());
        spawn("outbox", outbox::run(services.clone(), stopping.clone()).boxed());
        let publisher =
            publisher::run(services.clone(), published, published_before, stopping.clone());
        spawn("publisher", publisher.boxed());
        if config.shares.contains(&Share::Actors) {
            let commands = commands::run(services.clone(), config.partitions, stopping.clone());
            spawn("commands", commands.boxed());
        }
        spawn("word", word::run(services.clone(), heard, stopping.clone()).boxed());
        let (stop_leases, leases_stopping) = watch::channel(None);
        let mut leases = JoinSet::new();
        leases.spawn(keeping(keeper, leases_stopping, failing));
        let (_arbiters, _writing, _intake) = (arbiters, writing, Taking(intake));
        Ok(Self {
            services,
            client,
            _arbiters,
            _writing,
            _intake,
            stop_leases,
            leases,
            stop,
            background,
            failed,
        })
    }

    /// A client that reaches this node's entities over the bus.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// How requests have gone on this node since it was started, one entry per verb.
    pub fn statistics(&self) -> Vec<VerbStatistics> {
        self.services.statistics.read()
    }

    /// A way past the bus, for measurements of the hosts alone.
    pub fn probe(&self) -> HostProbe {
        HostProbe::new(self.services.clone())
    }

    /// Entities that failed too often and wait for the operator.
    pub fn quarantined(&self) -> Vec<EntityKey> {
        self.services.quarantine_list()
    }

    /// Puts an entity back into service; false when it was not out of it.
    pub fn release(&self, entity: &EntityKey) -> bool {
        self.services.release(entity)
    }

    /// The slots that this node works on.
    pub fn slots(&self) -> Vec<Slot> {
        self.services.ownership.slots()
    }

    /// Whether what this node has in memory may be believed; not when it could not renew in time.
    pub fn has_valid_lease(&self) -> bool {
        self.services.ownership.is_valid()
    }

    /// Writes gauges that are computed, not counted, to the metrics.
    pub fn report_metrics(&self) {
        self.services.in_flight.report(self.services.clock.now());
        self.services.ownership.report();
    }

    /// Returns when the node cannot go on: another process has taken the journal over, or a part that
    /// everything depends on has failed.
    pub async fn failed(&self) {
        let mut failed = self.failed.clone();
        tokio::select! {
            biased;
            () = self.services.journal.ended() => {}
            _ = failed.wait_for(|failed| *failed) => {}
        }
    }

    /// Waits until everything decided so far is stored.
    ///
    /// # Errors
    /// A [`purser_subjects::Rejection`] when the journal has stopped.
    pub async fn settle_commits(&self) -> Result<(), purser_subjects::Rejection> {
        self.services.journal.barrier().await
    }

    /// Hands all slots over, answering what was taken, commits, and leaves; within `within`.
    pub async fn shutdown(mut self, within: Duration) {
        // What is left of the time is for the entities to go, and for what was committed to be told.
        self.stop_leases.send_replace(Some(within * 5 / 8));
        let drained = timeout(within, async {
            while self.leases.join_next().await.is_some() {}
            self.stop.send_replace(true);
            while self.background.join_next().await.is_some() {}
            let _ = self.services.journal.barrier().await;
        });
        if drained.await.is_err() {
            tracing::warn!("stopped before everything was answered; callers will retry");
        }
    }
}

/// Takes messages while it lives.
struct Taking(Arc<Intake>);

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Keeps the leases until told to stop; a node that loses its membership has failed.
async fn keeping(
    leases: Leases,
    stopping: watch::Receiver<Option<Duration>>,
    failing: watch::Sender<bool>,
) {
    let kept = AssertUnwindSafe(leases.run(stopping)).catch_unwind().await;
    if !matches!(kept, Ok(Ok(()))) {
        tracing::error!("this node is no member any more");
        failing.send_replace(true);
    }
}
