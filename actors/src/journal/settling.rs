//! Batches that are stored and on their way to the disk. While one is, the next is being stored; what they hold
//! is told in their order, when it would survive a power cut.

use super::{
    left_out::{fail_all, unavailable},
    unit::Unit,
    writer::Committed,
};
use crate::{
    host::{Ownership, Services},
    ports::{Batch, Durable},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, error::TrySendError},
    },
    task::JoinSet,
};
use tracing::error;

/// Batches at most that are not told yet: one on its way to the disk, and one that is being stored. With more,
/// batches would only get smaller.
const UNTOLD: usize = 2;

/// A batch that is stored, and whose units wait for the disk.
pub(super) struct Stored {
    /// `None` when there was nothing to store.
    pub(super) batch: Option<Batch>,
    pub(super) units: Vec<Unit>,
    /// Resolves when it is on the disk; `None` when it is.
    pub(super) durable: Option<Durable>,
    /// When storing it began.
    pub(super) begun: Instant,
}

/// Tells what is stored, in its order.
pub(super) struct Settling {
    stored: mpsc::Sender<(Stored, Place)>,
    places: Arc<Semaphore>,
    task: JoinSet<()>,
}

/// The right to store a batch before all earlier ones are told.
pub(super) struct Place(OwnedSemaphorePermit);

impl Settling {
    /// Begins to tell; ends when this is dropped.
    pub(super) fn start(services: Arc<Services>, ownership: Arc<Ownership>) -> Self {
        let (stored, mut queue) = mpsc::channel::<(Stored, Place)>(UNTOLD);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Some((stored, Place(permit))) = queue.recv().await {
                tell(stored, &services, &ownership).await;
                drop(permit);
            }
        });
        Self { stored, places: Arc::new(Semaphore::new(UNTOLD)), task }
    }

    /// Waits until another batch may be stored.
    pub(super) async fn place(&self) -> Place {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        Place(permit.expect("the semaphore is never closed"))
    }

    /// Has the units answered once the batch, and everything before it, is on the disk.
    pub(super) fn hand_over(&self, stored: Stored, place: Place) {
        // There is room for each place; and it only ends before by a panic.
        if let Err(TrySendError::Full((stored, _)) | TrySendError::Closed((stored, _))) =
            self.stored.try_send((stored, place))
        {
            fail_all(stored.units, &unavailable());
        }
    }

    /// Returns when everything was told.
    pub(super) async fn end(self) {
        let Self { stored, places: _, mut task } = self;
        drop(stored);
        while task.join_next().await.is_some() {}
    }
}

async fn tell(stored: Stored, services: &Arc<Services>, ownership: &Ownership) {
    let Stored { batch, units, durable, begun } = stored;
    if let Some(durable) = durable
        && let Err(error) = durable.await
    {
        error!(%error, "a commit may not be on the disk; its outcome is not known");
        return fail_all(units, &unavailable());
    }
    if let Some(batch) = batch {
        measure(&units, &batch, begun.elapsed());
        services.after_commit(Committed::of(batch, ownership));
    }
    units.into_iter().for_each(|unit| unit.succeed(services));
}

fn measure(units: &[Unit], batch: &Batch, took: Duration) {
    metrics::histogram!("purser_batch_units").record(units.len() as f64);
    metrics::histogram!("purser_commit_seconds").record(took.as_secs_f64());
    metrics::counter!("purser_postings_total").increment(batch.postings.len() as u64);
    metrics::counter!("purser_events_total").increment(batch.events.len() as u64);
}
