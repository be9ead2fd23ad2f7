//! One process's share of the platform: its hosts, its journal and its background tasks.

mod arbiters;
mod courier;
mod outbox;
mod publisher;
mod timers;

use crate::{
    client::Client,
    host::{Intake, Parts, Services},
    journal::Journal,
    limits::Limits,
    ports::{Acquirer, Bus, BusError, Clock, Messenger, Store, StoreError},
};
use arbiters::Arbiters;
use futures_util::{FutureExt, future::BoxFuture};
use purser_subjects::{EntityKey, Subject, SubjectKind};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet, time::timeout};

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
    /// Who carries notifications.
    pub messenger: Arc<dyn Messenger>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// How a node is set up.
#[derive(Clone)]
pub struct NodeConfig {
    /// Partitions of the deployment; the same for ever and on every node.
    pub partitions: u32,
    /// Threads that run actors.
    pub arbiters: usize,
    /// Bounds.
    pub limits: Limits,
    /// A fault to inject, in tests.
    pub fault: Option<FaultHook>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        let arbiters = std::thread::available_parallelism().map_or(1, usize::from);
        Self { partitions: 64, arbiters, limits: Limits::default(), fault: None }
    }
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// The arbiters and the journal's writer stop when the node is dropped.
    _arbiters: Arbiters,
    _writer: JoinSet<()>,
    stop: watch::Sender<bool>,
    intake: JoinSet<()>,
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
    /// Claims the journal, resumes what an earlier process left, and begins to take messages. Must be
    /// called on a multi-threaded tokio runtime, which then does the I/O.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: NodeConfig, ports: Ports) -> Result<Self, StartError> {
        let head = ports.store.claim_journal().await?;
        let (committed, published) = tokio::sync::mpsc::channel(PUBLISH_QUEUE);
        let published_before = head.published;
        let (store, clock) = (ports.store.clone(), ports.clock.clone());
        let journal = Journal::new(store, clock, config.limits.clone(), head);
        let client =
            Client::new(ports.bus.clone(), ports.clock.clone(), config.partitions, "purser");
        let services = Services::new(Parts {
            store: ports.store,
            bus: ports.bus,
            acquirer: ports.acquirer,
            messenger: ports.messenger,
            clock: ports.clock,
            journal,
            limits: config.limits,
            fault: config.fault,
            committed,
        });
        let mut writer = JoinSet::new();
        let committing = services.clone();
        writer.spawn(async move { committing.journal.run(committing.clone()).await });
        let arbiters = Arbiters::start(&services, config.arbiters.max(1), config.partitions)?;
        let (stop, stopping) = watch::channel(false);
        let every_ask = Subject::pattern(SubjectKind::Ask);
        let requests = services.bus.subscribe(&every_ask, Some("purser")).await?;
        let mut intake = JoinSet::new();
        let taker = Arc::new(Intake::new(services.clone(), config.partitions));
        intake.spawn(taker.serve(requests, stopping.clone()));
        let mut background = JoinSet::new();
        let (failing, failed) = watch::channel(false);
        let mut spawn = |name, task: BoxFuture<'static, ()>| {
            background.spawn(watched(name, task, stopping.clone(), failing.clone()));
        };
        spawn("timers", timers::run(services.clone(), stopping.clone()).boxed());
        spawn("courier", courier::run(services.clone(), stopping.clone()).boxed());
        spawn("outbox", outbox::run(services.clone(), stopping.clone()).boxed());
        let publisher =
            publisher::run(services.clone(), published, published_before, stopping.clone());
        spawn("publisher", publisher.boxed());
        let (_arbiters, _writer) = (arbiters, writer);
        Ok(Self { services, client, _arbiters, _writer, stop, intake, background, failed })
    }

    /// A client that reaches this node's entities over the bus.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Entities that failed too often and wait for the operator.
    pub fn quarantined(&self) -> Vec<EntityKey> {
        self.services.quarantine_list()
    }

    /// Puts an entity back into service; false when it was not out of it.
    pub fn release(&self, entity: &EntityKey) -> bool {
        self.services.release(entity)
    }

    /// Writes gauges that are computed, not counted, to the metrics.
    pub fn report_metrics(&self) {
        self.services.in_flight.report(self.services.clock.now());
    }

    /// Returns when the node cannot go on: another process has taken the journal over, or a part that
    /// everything depends on has failed.
    pub async fn failed(&self) {
        let mut failed = self.failed.clone();
        tokio::select! {
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

    /// Takes no more messages, answers those taken, commits, and stops; within `within`.
    pub async fn shutdown(mut self, within: Duration) {
        self.stop.send_replace(true);
        let drained = timeout(within, async {
            while self.intake.join_next().await.is_some() {}
            while self.background.join_next().await.is_some() {}
            let _ = self.services.journal.barrier().await;
        });
        if drained.await.is_err() {
            tracing::warn!("stopped before everything was answered; callers will retry");
        }
    }
}
