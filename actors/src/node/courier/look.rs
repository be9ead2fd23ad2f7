//! One look at what is due.

use crate::{
    host::Services,
    ports::{Share, Slot},
};
use purser_subjects::Timestamp;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// Longest sleep: bounds how late a delivery can be that no hint announced, for example because another
/// node committed it and its word was lost.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// The same while other nodes commit deliveries too, of which this one is not told.
const SHARED_SLEEP: Duration = Duration::from_millis(250);

/// What is looked at, and what was found out besides.
pub(super) struct Look {
    pub(super) now: Timestamp,
    /// The slots that are delivered for, with the epochs of their leases.
    pub(super) working: BTreeMap<Slot, i64>,
    /// Whether there may be something that nobody was told of.
    pub(super) is_news: bool,
    /// When to look again.
    pub(super) next: Timestamp,
    /// When an endpoint's pause ends.
    pub(super) pause: Option<Instant>,
    /// Whether something is due that could not begin.
    pub(super) has_more: bool,
    /// Deliveries that wait for others and are put off.
    pub(super) park: Vec<Uuid>,
    /// Whether the store was asked.
    pub(super) is_made: bool,
}

impl Look {
    pub(super) fn new(services: &Services, is_news: bool) -> Self {
        let (working, now) = (services.ownership.working(), services.clock.now());
        let is_shared = is_shared(&working, services.ownership.partitions());
        let next = now.plus(if is_shared { SHARED_SLEEP } else { LONGEST_SLEEP });
        Self {
            now,
            working,
            is_news,
            next,
            pause: None,
            has_more: false,
            park: Vec::new(),
            is_made: false,
        }
    }
}

/// The earlier one, if there is any.
pub(super) fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// Whether other nodes decide about merchants and payments, and so commit deliveries.
fn is_shared(working: &BTreeMap<Slot, i64>, partitions: u32) -> bool {
    let actors = working.keys().filter(|slot| slot.share == Share::Actors).count();
    actors < partitions as usize
}
