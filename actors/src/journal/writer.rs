//! The one task that commits.

use super::{
    Incarnation,
    assemble::{assemble, is_empty},
    blame::blame,
    unit::{Completion, Unit},
};
use crate::{
    host::Services,
    limits::Limits,
    ports::{Batch, Clock, CommitError, EventRow, JournalHead, Refusal, Store},
};
use purser_subjects::{ErrorCode, Rejection, Timestamp};
use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{
    Mutex,
    mpsc::{self, error::TrySendError},
    oneshot, watch,
};
use tracing::{debug, error, warn};

/// Units that wait at most. More than all permits together, so that it is never the bound that is met.
const QUEUE: usize = 131_072;

/// Pause between tries to reach a store that failed.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// What a commit brought that others act upon.
#[derive(Clone, Debug, Default)]
pub(crate) struct Committed {
    pub(crate) events: Vec<EventRow>,
    pub(crate) wake_at: Option<Timestamp>,
    pub(crate) delivery_at: Option<Timestamp>,
    pub(crate) messages: bool,
}

/// Takes units of work.
pub(crate) struct Journal {
    units: mpsc::Sender<Unit>,
    published: AtomicI64,
    end: watch::Receiver<bool>,
    start: Mutex<Option<Writer>>,
}

impl Journal {
    /// A journal that continues after `head`; it commits while [`Journal::run`] runs.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        head: JournalHead,
    ) -> Self {
        let (units, queue) = mpsc::channel(QUEUE);
        let (ending, end) = watch::channel(false);
        let published = AtomicI64::new(head.published);
        let writer = Writer { store, clock, limits, head, queue, ending, carried: VecDeque::new() };
        Self { units, published, end, start: Mutex::new(Some(writer)) }
    }

    /// Commits, until the journal is fenced or the caller stops it. Only the first call does anything.
    pub(crate) async fn run(&self, services: Arc<Services>) {
        let writer = self.start.lock().await.take();
        if let Some(writer) = writer {
            writer.run(services).await;
        }
    }

    /// Hands a unit over; it is answered in any case.
    pub(crate) fn submit(&self, unit: Unit) {
        if let Err(error) = self.units.try_send(unit) {
            let unit = match error {
                TrySendError::Full(unit) | TrySendError::Closed(unit) => unit,
            };
            unit.fail(&Rejection::new(ErrorCode::Overloaded, "the journal's queue is full"));
        }
    }

    /// Waits until everything submitted before is committed.
    ///
    /// # Errors
    /// `unavailable` when the journal has stopped.
    pub(crate) async fn barrier(&self) -> Result<(), Rejection> {
        self.pass(Unit::without_work(Completion::default())).await
    }

    /// The same for what one actor decided: fails when that is not what is stored.
    ///
    /// # Errors
    /// `unavailable` when a commit of the actor failed or the journal has stopped.
    pub(crate) async fn barrier_of(&self, incarnation: Arc<Incarnation>) -> Result<(), Rejection> {
        let incarnation = Some(incarnation);
        let completion = Completion { incarnation, ..Completion::default() };
        self.pass(Unit::without_work(completion)).await
    }

    async fn pass(&self, mut unit: Unit) -> Result<(), Rejection> {
        let (barrier, passed) = oneshot::channel();
        unit.completion.barrier = Some(barrier);
        self.submit(unit);
        passed.await.unwrap_or_else(|_| Err(unavailable()))
    }

    /// Strikes an outbox message off with the next commit.
    ///
    /// # Errors
    /// `unavailable` when that failed; the message is still there then, and sending it again is harmless.
    pub(crate) async fn confirm(&self, message: i64) -> Result<(), Rejection> {
        let completion = Completion::default();
        self.pass(Unit { work: None, confirmed: Some(message), completion }).await
    }

    /// Tells up to which event everything has been published.
    pub(crate) fn set_published(&self, event: i64) {
        self.published.fetch_max(event, Ordering::Relaxed);
    }

    /// Returns when the writer has stopped: another process has the journal, or it failed.
    pub(crate) async fn ended(&self) {
        // An error means that the writer is gone without a word.
        let _ = self.end.clone().wait_for(|ended| *ended).await;
    }
}

struct Writer {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    head: JournalHead,
    queue: mpsc::Receiver<Unit>,
    ending: watch::Sender<bool>,
    carried: VecDeque<Unit>,
}

impl Writer {
    async fn run(mut self, services: Arc<Services>) {
        while let Some(units) = self.next_units().await {
            if !self.commit(units, &services).await {
                error!("another process has taken the journal over; this one stops");
                break;
            }
        }
        self.ending.send_replace(true);
        self.queue.close();
        while let Some(unit) = self.queue.recv().await {
            self.carried.push_back(unit);
        }
        fail_all(self.carried.into(), &unavailable());
    }

    /// What has collected, up to the limits of one batch.
    async fn next_units(&mut self) -> Option<Vec<Unit>> {
        if self.carried.is_empty() {
            let mut units = Vec::new();
            self.queue.recv_many(&mut units, self.limits.batch_units).await;
            self.carried.extend(units);
        }
        let mut postings = 0;
        let mut fits = 0;
        for unit in &self.carried {
            postings += unit.postings();
            if fits > 0 && postings > self.limits.batch_postings {
                break;
            }
            fits += 1;
        }
        (fits > 0).then(|| self.carried.drain(..fits).collect())
    }

    /// Commits what may be committed of `units` and answers all of them. False when fenced.
    async fn commit(&mut self, units: Vec<Unit>, services: &Arc<Services>) -> bool {
        let (stale, mut units): (Vec<_>, Vec<_>) = units.into_iter().partition(Unit::is_poisoned);
        fail_all(stale, &reloading());
        for _ in 0..self.limits.commit_tries {
            self.head.published = services.journal.published.load(Ordering::Relaxed);
            let batch = assemble(&units, &self.head, self.clock.now());
            if is_empty(&batch) {
                units.into_iter().for_each(|unit| unit.succeed(services));
                return true;
            }
            let begun = stopwatch();
            match self.store.commit(&batch).await {
                Ok(()) => {
                    measure(&units, &batch, begun.elapsed());
                    self.committed(batch, services);
                    units.into_iter().for_each(|unit| unit.succeed(services));
                    return true;
                }
                Err(CommitError::Refused(refusals)) => {
                    debug!(?refusals, "parts of a batch were refused");
                    units = leave_out(units, &refusals);
                }
                Err(CommitError::Fenced) => return self.fenced(units, services).await,
                Err(CommitError::Store(error)) => {
                    error!(%error, "a commit failed; its outcome is not known");
                    return self.find_out(batch, units, services).await;
                }
            }
        }
        error!(tries = self.limits.commit_tries, "a batch was refused again and again");
        fail_all(units, &unavailable());
        true
    }

    fn committed(&mut self, batch: Batch, services: &Arc<Services>) {
        let last_event = batch.events.last().map(|event| event.number);
        let last_posting = batch.postings.last().map(|posting| posting.number);
        self.head.batch = batch.number;
        self.head.hash = batch.hash;
        self.head.event = last_event.unwrap_or(self.head.event);
        self.head.posting = last_posting.unwrap_or(self.head.posting);
        self.head.booked_at = batch.booked_at;
        services.after_commit(Committed {
            wake_at: batch.entities.iter().filter_map(|entity| entity.wake_at).min(),
            delivery_at: batch.deliveries.iter().map(|delivery| delivery.due_at).min(),
            messages: !batch.outbox.is_empty(),
            events: batch.events,
        });
    }

    /// The store says that the journal is elsewhere. If only a commit of unknown outcome had happened
    /// after all, this writer goes on after it.
    async fn fenced(&mut self, units: Vec<Unit>, services: &Arc<Services>) -> bool {
        fail_all(units, &unavailable());
        let known = self.head.batch;
        let goes_on = self.find_head().await && self.head.batch > known;
        if goes_on {
            services.catch_up();
        }
        goes_on
    }

    /// Finds out whether a batch was committed. Its units are kept meanwhile, so that no entity in it is
    /// read from the store before the outcome is certain.
    async fn find_out(&mut self, batch: Batch, units: Vec<Unit>, services: &Arc<Services>) -> bool {
        if !self.find_head().await {
            fail_all(units, &unavailable());
            return false;
        }
        if (self.head.batch, self.head.hash) == (batch.number, batch.hash) {
            self.committed(batch, services);
            units.into_iter().for_each(|unit| unit.succeed(services));
        } else {
            fail_all(units, &unavailable());
        }
        true
    }

    /// Reads where the journal ends until the store answers; what arrives meanwhile fails at once. False
    /// when another process has the journal.
    async fn find_head(&mut self) -> bool {
        loop {
            match self.store.journal_head().await {
                Ok(head) if head.epoch != self.head.epoch => return false,
                Ok(head) => {
                    self.head = head;
                    return true;
                }
                Err(error) => warn!(%error, "the store does not answer"),
            }
            let mut waiting: Vec<Unit> = self.carried.drain(..).collect();
            while let Ok(unit) = self.queue.try_recv() {
                waiting.push(unit);
            }
            fail_all(waiting, &store_down());
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }
}

/// The units without those at fault and without what the same actors decided after them.
fn leave_out(units: Vec<Unit>, refusals: &[Refusal]) -> Vec<Unit> {
    let blamed = blame(&units, refusals);
    if blamed.is_empty() {
        fail_all(units, &unavailable());
        return Vec::new();
    }
    let mut kept = Vec::with_capacity(units.len());
    let mut dropped = HashSet::new();
    for (position, unit) in units.into_iter().enumerate() {
        let incarnation = unit.completion.incarnation.as_ref().map(Arc::as_ptr);
        if let Some(rejection) = blamed.get(&position) {
            dropped.extend(incarnation);
            unit.fail(rejection);
        } else if incarnation.is_some_and(|incarnation| dropped.contains(&incarnation)) {
            unit.fail(&reloading());
        } else {
            kept.push(unit);
        }
    }
    kept
}

fn fail_all(units: Vec<Unit>, rejection: &Rejection) {
    units.into_iter().for_each(|unit| unit.fail(rejection));
}

/// Commits take less than the clock's millisecond.
#[allow(clippy::disallowed_methods, reason = "only measures a duration for the metrics")]
fn stopwatch() -> Instant {
    Instant::now()
}

fn measure(units: &[Unit], batch: &Batch, took: Duration) {
    metrics::histogram!("purser_batch_units").record(units.len() as f64);
    metrics::histogram!("purser_commit_seconds").record(took.as_secs_f64());
    metrics::counter!("purser_postings_total").increment(batch.postings.len() as u64);
    metrics::counter!("purser_events_total").increment(batch.events.len() as u64);
}

fn unavailable() -> Rejection {
    let why = "the outcome is not known; retry with the same idempotency key to learn it";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(500)
}

fn reloading() -> Rejection {
    let why = "the entity is being read afresh; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50)
}

fn store_down() -> Rejection {
    let why = "the database does not answer; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(1_000)
}
