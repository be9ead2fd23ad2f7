//! Endpoints, deliveries and attempts, with the indexes that find what is due.

use super::tables::{Place, place};
use purser_actors::ports::{
    AttemptRow, DeliveryRow, DeliveryState, EndpointWrite, Pace, Slot, StoredMail,
};
use purser_subjects::{EndpointId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// As the due time of a lane: nothing is pending.
pub(super) const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);

#[derive(Clone, Default)]
pub(super) struct Callbacks {
    /// As their actors wrote them; how they are paced is in `lanes`.
    pub(super) endpoints: BTreeMap<EndpointId, EndpointWrite>,
    pub(super) lanes: BTreeMap<EndpointId, LaneRow>,
    pub(super) deliveries: BTreeMap<Uuid, StoredDelivery>,
    /// Pending deliveries of each endpoint by due time.
    pub(super) pending: BTreeMap<EndpointId, BTreeSet<(Timestamp, Uuid)>>,
    /// Pending deliveries of each endpoint about each object by number.
    lines: BTreeMap<(EndpointId, Place), BTreeSet<(u32, Uuid)>>,
    pub(super) attempts: BTreeMap<(Uuid, u32), AttemptRow>,
    pub(super) mails: BTreeMap<Uuid, (Slot, StoredMail)>,
}

/// When an endpoint may have something due.
#[derive(Clone)]
pub(super) struct LaneRow {
    pub(super) slot: Slot,
    /// No pending delivery is due before, as far as was noted.
    pub(super) due_at: Timestamp,
    pub(super) pace: Pace,
}

impl LaneRow {
    pub(super) fn new(slot: Slot, due_at: Timestamp) -> Self {
        Self { slot, due_at, pace: Pace::default() }
    }

    pub(super) fn ready_at(&self) -> Timestamp {
        self.due_at.max(self.pace.hold_until)
    }
}

#[derive(Clone)]
pub(super) struct StoredDelivery {
    pub(super) slot: Slot,
    /// Whether it is held is found out when it is read.
    pub(super) row: DeliveryRow,
}

impl StoredDelivery {
    pub(super) fn is_pending(&self) -> bool {
        self.row.state == DeliveryState::Pending
    }

    fn line(&self) -> (EndpointId, Place) {
        (self.row.delivery.endpoint.clone(), place(&self.row.delivery.object))
    }
}

impl Callbacks {
    /// Stores a delivery, and names it in the indexes.
    pub(super) fn put(&mut self, stored: StoredDelivery) {
        let delivery = &stored.row.delivery;
        if stored.is_pending() {
            let pending = self.pending.entry(delivery.endpoint.clone()).or_default();
            pending.insert((delivery.due_at, delivery.id));
            self.lines.entry(stored.line()).or_default().insert((delivery.sequence, delivery.id));
        }
        self.deliveries.insert(delivery.id, stored);
    }

    /// Takes a delivery out of everything.
    pub(super) fn remove(&mut self, id: Uuid) -> Option<StoredDelivery> {
        let stored = self.deliveries.remove(&id)?;
        let delivery = &stored.row.delivery;
        if let Some(pending) = self.pending.get_mut(&delivery.endpoint) {
            pending.remove(&(delivery.due_at, id));
        }
        if let Some(line) = self.lines.get_mut(&stored.line()) {
            line.remove(&(delivery.sequence, id));
        }
        Some(stored)
    }

    /// Changes a delivery, and the indexes with it.
    pub(super) fn change(&mut self, id: Uuid, change: impl FnOnce(&mut DeliveryRow)) {
        if let Some(mut stored) = self.remove(id) {
            change(&mut stored.row);
            self.put(stored);
        }
    }

    /// Pending deliveries to the same endpoint about the same object, in their order.
    pub(super) fn line_of(&self, stored: &StoredDelivery) -> impl Iterator<Item = (u32, Uuid)> {
        self.lines.get(&stored.line()).into_iter().flatten().copied()
    }

    /// Pending deliveries that come before this one.
    pub(super) fn before(&self, stored: &StoredDelivery) -> impl Iterator<Item = &StoredDelivery> {
        let own = stored.row.delivery.sequence;
        let before = self.line_of(stored).take_while(move |(sequence, _)| *sequence < own);
        before.filter_map(|(_, id)| self.deliveries.get(&id))
    }

    /// When the first pending delivery of an endpoint is due.
    pub(super) fn first_due(&self, endpoint: &EndpointId) -> Option<Timestamp> {
        Some(self.pending.get(endpoint)?.first()?.0)
    }

    /// Whether nothing goes to an endpoint until it is enabled.
    pub(super) fn is_held(&self, endpoint: &EndpointId) -> bool {
        self.lanes.get(endpoint).is_some_and(|lane| lane.pace.hold_until == Pace::HELD)
    }

    /// How many deliveries are still to be made, and when the first of them may be.
    pub(super) fn left(&self) -> (usize, Option<Timestamp>) {
        let open = self.pending.iter().filter(|(endpoint, _)| !self.is_held(endpoint));
        let hold =
            |endpoint: &EndpointId| self.lanes.get(endpoint).map(|lane| lane.pace.hold_until);
        let first = |(endpoint, pending): (&EndpointId, &BTreeSet<(Timestamp, Uuid)>)| {
            let (due_at, _) = pending.first()?;
            Some(hold(endpoint).map_or(*due_at, |until| until.max(*due_at)))
        };
        let count = self.pending.values().map(BTreeSet::len).sum();
        (count, open.filter_map(first).min())
    }
}
