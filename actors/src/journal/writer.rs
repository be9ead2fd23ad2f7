//! The one task that commits.

use super::{
    Incarnation,
    assemble::{assemble, is_empty},
    left_out::{fail_all, leave_out, leave_out_moved, reloading, store_down, unavailable},
    settling::{Settling, Stored},
    unit::{Completion, Unit},
};
use crate::{
    host::{Owned, Ownership, Services},
    limits::Limits,
    ports::{Appended, Batch, Clock, CommitError, EventRow, JournalHead, Refusal, Slot, Store},
};
use purser_subjects::{ErrorCode, Rejection, Timestamp};
use std::{
    collections::{BTreeSet, VecDeque},
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
    /// Slots of other nodes for which there are deliveries.
    pub(crate) elsewhere: BTreeSet<Slot>,
    pub(crate) messages: bool,
    pub(crate) mails: bool,
}

impl Committed {
    /// What is told of a batch by a node that has the slots of `ownership`.
    pub(super) fn of(batch: Batch, ownership: &Ownership) -> Self {
        let slots = batch.deliveries.iter().map(|write| write.slot);
        Self {
            wake_at: batch.entities.iter().filter_map(|entity| entity.wake_at).min(),
            delivery_at: delivery_at(&batch),
            elsewhere: slots.filter(|slot| !ownership.is_open(*slot)).collect(),
            messages: !batch.outbox.is_empty(),
            mails: !batch.mails.is_empty(),
            events: batch.events,
        }
    }
}

/// Takes units of work.
pub(crate) struct Journal {
    id: i32,
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
        ownership: Arc<Ownership>,
    ) -> Self {
        let (units, queue) = mpsc::channel(QUEUE);
        let (ending, end) = watch::channel(false);
        let published = AtomicI64::new(head.published);
        let id = head.journal;
        let writer = Writer {
            store,
            clock,
            limits,
            head,
            ownership,
            confirmed: None,
            queue,
            ending,
            carried: VecDeque::new(),
        };
        Self { id, units, published, end, start: Mutex::new(Some(writer)) }
    }

    /// Which journal it is.
    pub(crate) fn id(&self) -> i32 {
        self.id
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
    ownership: Arc<Ownership>,
    /// The leases that the store has found to hold when the journal had the head's losses.
    confirmed: Option<Owned>,
    queue: mpsc::Receiver<Unit>,
    ending: watch::Sender<bool>,
    carried: VecDeque<Unit>,
}

impl Writer {
    async fn run(mut self, services: Arc<Services>) {
        let settling = Settling::start(services.clone(), self.ownership.clone());
        loop {
            let place = settling.place().await;
            let Some(units) = self.next_units().await else { break };
            let Some(stored) = self.commit(units, &services).await else {
                error!("another process has taken the journal over; this one stops");
                break;
            };
            settling.hand_over(stored, place);
        }
        settling.end().await;
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

    /// Stores what may be stored of `units`; the others are answered. `None` when the journal is elsewhere.
    async fn commit(&mut self, units: Vec<Unit>, services: &Arc<Services>) -> Option<Stored> {
        let (stale, mut units): (Vec<_>, Vec<_>) = units.into_iter().partition(Unit::is_poisoned);
        fail_all(stale, &reloading());
        let begun = stopwatch();
        for _ in 0..self.limits.commit_tries {
            let owned = self.ownership.owned();
            units = leave_out_moved(units, &owned);
            self.head.published = services.journal.published.load(Ordering::Relaxed);
            let mut batch = assemble(&units, &self.head, &owned, self.clock.now());
            if is_empty(&batch) {
                return Some(Stored { batch: None, units, durable: None, begun });
            }
            // A lease that was taken since must be looked at once: it may be lost again already.
            batch.losses = batch.losses.filter(|_| self.confirmed.as_ref() == Some(&owned));
            match self.store.append(&batch).await {
                Ok(Appended { losses, durable }) => {
                    (self.head.losses, self.confirmed) = (losses, Some(owned));
                    self.go_on_after(&batch);
                    return Some(Stored { batch: Some(batch), units, durable, begun });
                }
                Err(CommitError::Refused(refusals)) => {
                    debug!(?refusals, "parts of a batch were refused");
                    let lost = self.lose(&refusals, &owned);
                    units = leave_out(units, &refusals, &owned, lost);
                }
                Err(CommitError::Fenced) => return self.fenced(units, services).await,
                Err(CommitError::Store(error)) => {
                    error!(%error, "a commit failed; its outcome is not known");
                    return self.find_out(batch, units, begun).await;
                }
            }
        }
        error!(tries = self.limits.commit_tries, "a batch was refused again and again");
        fail_all(units, &unavailable());
        Some(Stored { batch: None, units: Vec::new(), durable: None, begun })
    }

    /// Notes which slots other nodes have; false when there are none.
    fn lose(&mut self, refusals: &[Refusal], owned: &Owned) -> bool {
        let mut any = false;
        for refusal in refusals {
            if let Refusal::LostSlot(slot) = refusal
                && let Some(epoch) = owned.epoch(*slot)
            {
                any = true;
                if self.ownership.lose(*slot, epoch) {
                    warn!(%slot, "another node has taken a slot");
                }
            }
        }
        any
    }

    /// The next batch follows this one, which is stored.
    fn go_on_after(&mut self, batch: &Batch) {
        let last_event = batch.events.last().map(|event| event.number);
        let last_posting = batch.postings.last().map(|posting| posting.number);
        let last_message = batch.outbox.last().map(|message| message.number);
        self.head.batch = batch.number;
        self.head.hash = batch.hash;
        self.head.event = last_event.unwrap_or(self.head.event);
        self.head.posting = last_posting.unwrap_or(self.head.posting);
        self.head.message = last_message.unwrap_or(self.head.message);
        self.head.booked_at = batch.booked_at;
    }

    /// The store says that the journal is elsewhere. If only a commit of unknown outcome had happened
    /// after all, this writer goes on after it.
    async fn fenced(&mut self, units: Vec<Unit>, services: &Arc<Services>) -> Option<Stored> {
        fail_all(units, &unavailable());
        let known = self.head.batch;
        let goes_on = self.find_head().await && self.head.batch > known;
        goes_on.then(|| {
            services.catch_up();
            Stored { batch: None, units: Vec::new(), durable: None, begun: stopwatch() }
        })
    }

    /// Finds out whether a batch was committed. Its units are kept meanwhile, so that no entity in it is
    /// read from the store before the outcome is certain.
    async fn find_out(&mut self, batch: Batch, units: Vec<Unit>, begun: Instant) -> Option<Stored> {
        if !self.find_head().await {
            fail_all(units, &unavailable());
            return None;
        }
        if (self.head.batch, self.head.hash) == (batch.number, batch.hash) {
            // What a store tells is on the disk.
            return Some(Stored { batch: Some(batch), units, durable: None, begun });
        }
        fail_all(units, &unavailable());
        Some(Stored { batch: None, units: Vec::new(), durable: None, begun })
    }

    /// Reads where the journal ends until the store answers; what arrives meanwhile fails at once. False
    /// when another process has the journal.
    async fn find_head(&mut self) -> bool {
        loop {
            match self.store.journal_head(self.head.journal).await {
                Ok(head) if head.epoch != self.head.epoch => return false,
                Ok(head) => {
                    self.head = head;
                    self.confirmed = None;
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

/// Commits take less than the clock's millisecond.
#[allow(clippy::disallowed_methods, reason = "only measures a duration for the metrics")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// When something of the batch is due to be delivered, at the earliest.
fn delivery_at(batch: &Batch) -> Option<Timestamp> {
    let new = batch.deliveries.iter().map(|write| write.delivery.due_at);
    let notices = batch.notices.iter().map(|notice| notice.at);
    let anew = batch.requeues.iter().map(|requeue| requeue.due_at);
    let changed = batch.endpoints.iter().map(|_| batch.booked_at);
    new.chain(notices).chain(anew).chain(changed).min()
}
