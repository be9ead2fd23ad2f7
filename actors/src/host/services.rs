//! What every part of a node shares.

use super::{
    calls::CallsUnderWay,
    elsewhere::Elsewhere,
    in_flight::InFlight,
    intake::Intake,
    ownership::Ownership,
    reader::Reader,
    registry::{self, Hosts},
    statistics::Statistics,
    tails::Tails,
};
use crate::{
    entity::Signal,
    journal::{Committed, Journal},
    limits::Limits,
    ports::{Acquirer, Bus, CardIssuer, Clock, Messenger, Store},
};
use purser_subjects::{EntityKey, Timestamp};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc},
};

/// Called before a command is decided, with its receiver and verb; may panic. For tests that force a
/// fault inside a handler.
pub type FaultHook = Arc<dyn Fn(&EntityKey, &str) + Send + Sync>;

/// The node's ports and the parts that all actors use.
pub(crate) struct Services {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) acquirer: Arc<dyn Acquirer>,
    pub(crate) issuer: Arc<dyn CardIssuer>,
    pub(crate) messenger: Arc<dyn Messenger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) reader: Reader,
    pub(crate) limits: Limits,
    pub(crate) fault: Option<FaultHook>,
    pub(crate) hints: Hints,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) statistics: Statistics,
    pub(super) calls: Arc<CallsUnderWay>,
    /// Runs I/O; actors run on their arbiters.
    pub(crate) io: Handle,
    pub(super) hosts: OnceLock<Hosts>,
    /// What takes messages; not kept alive from here.
    intake: OnceLock<Weak<Intake>>,
    pub(super) quarantined: Mutex<BTreeSet<EntityKey>>,
    arrivals: AtomicU64,
}

/// What wakes the background tasks.
#[derive(Debug)]
pub(crate) struct Hints {
    pub(crate) wakes: DueHint,
    pub(crate) deliveries: DueHint,
    pub(crate) messages: Notify,
    pub(crate) mails: Notify,
    pub(crate) committed: mpsc::Sender<Committed>,
    /// Events were committed that the publisher was not handed.
    pub(crate) missed: Notify,
    /// What is to be published before anything else.
    pub(crate) tails: Tails,
    /// Where other nodes have deliveries to make.
    pub(crate) elsewhere: Elsewhere,
}

/// The earliest time at which something that was just committed becomes due.
#[derive(Debug)]
pub(crate) struct DueHint {
    earliest: AtomicI64,
    changed: Notify,
}

impl Default for DueHint {
    fn default() -> Self {
        Self { earliest: AtomicI64::new(i64::MAX), changed: Notify::new() }
    }
}

impl DueHint {
    /// Something becomes due at `at`.
    pub(crate) fn offer(&self, at: Timestamp) {
        if self.earliest.fetch_min(at.as_millis(), Ordering::AcqRel) > at.as_millis() {
            self.changed.notify_one();
        }
    }

    /// The earliest offer since the last time, if there was one.
    pub(crate) fn take(&self) -> Option<Timestamp> {
        let earliest = self.earliest.swap(i64::MAX, Ordering::AcqRel);
        (earliest != i64::MAX).then(|| Timestamp::from_millis(earliest))
    }

    /// Returns after an offer that is earlier than those before it.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// What [`Services`] is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) acquirer: Arc<dyn Acquirer>,
    pub(crate) issuer: Arc<dyn CardIssuer>,
    pub(crate) messenger: Arc<dyn Messenger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) limits: Limits,
    pub(crate) fault: Option<FaultHook>,
    pub(crate) committed: mpsc::Sender<Committed>,
}

impl Services {
    /// Must be called on the runtime that is to do the I/O.
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            reader: Reader::start(&parts.store),
            store: parts.store,
            bus: parts.bus,
            acquirer: parts.acquirer,
            issuer: parts.issuer,
            messenger: parts.messenger,
            clock: parts.clock,
            journal: parts.journal,
            ownership: parts.ownership,
            limits: parts.limits,
            fault: parts.fault,
            hints: Hints {
                wakes: DueHint::default(),
                deliveries: DueHint::default(),
                messages: Notify::new(),
                mails: Notify::new(),
                committed: parts.committed,
                missed: Notify::new(),
                tails: Tails::default(),
                elsewhere: Elsewhere::default(),
            },
            in_flight: Arc::default(),
            statistics: Statistics::default(),
            calls: Arc::default(),
            io: Handle::current(),
            hosts: OnceLock::new(),
            intake: OnceLock::new(),
            quarantined: Mutex::default(),
            arrivals: AtomicU64::new(1),
        })
    }

    /// The next number that orders arrivals against readings of the store.
    pub(crate) fn next_arrival(&self) -> u64 {
        self.arrivals.fetch_add(1, Ordering::AcqRel)
    }

    /// Tells an entity of this node something; returns when it has dealt with it.
    pub(crate) async fn signal(self: &Arc<Self>, entity: &EntityKey, what: Signal) -> bool {
        registry::signal(self, entity, what, None).await
    }

    /// Tells everybody concerned what a commit brought.
    pub(crate) fn after_commit(&self, committed: Committed) {
        if let Some(at) = committed.wake_at {
            self.hints.wakes.offer(at);
        }
        if let Some(at) = committed.delivery_at {
            self.hints.deliveries.offer(at);
        }
        if !committed.elsewhere.is_empty() {
            self.hints.elsewhere.add(&committed.elsewhere);
        }
        if committed.messages {
            self.hints.messages.notify_one();
        }
        if committed.mails {
            self.hints.mails.notify_one();
        }
        if !committed.events.is_empty() && self.hints.committed.try_send(committed).is_err() {
            self.hints.missed.notify_one();
        }
    }

    /// Something may have been committed that nobody was told of, or slots were taken.
    pub(crate) fn catch_up(&self) {
        self.hints.wakes.offer(Timestamp::default());
        self.hints.deliveries.offer(Timestamp::default());
        self.hints.messages.notify_one();
        self.hints.mails.notify_one();
        self.hints.missed.notify_one();
    }

    /// Makes the hosts known; before any message is taken.
    pub(crate) fn set_hosts(&self, hosts: Hosts) {
        let _ = self.hosts.set(hosts);
    }

    /// Makes the intake known; before any slot is taken.
    pub(super) fn set_intake(&self, intake: &Arc<Intake>) {
        let _ = self.intake.set(Arc::downgrade(intake));
    }

    pub(super) fn intake(&self) -> Option<Arc<Intake>> {
        self.intake.get().and_then(Weak::upgrade)
    }

    pub(super) fn quarantined(&self) -> std::sync::MutexGuard<'_, BTreeSet<EntityKey>> {
        self.quarantined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hosts(&self) -> &Hosts {
        self.hosts.get().expect("hosts are set before any message is taken")
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Services")
    }
}
