//! What is due of which endpoint.

use super::callbacks::{Callbacks, LaneRow, NEVER};
use purser_actors::ports::{DueOfLane, Lane, Slot};
use purser_subjects::{EndpointId, Timestamp};
use std::{collections::btree_map::Entry, ops::Bound::Excluded, ops::Bound::Unbounded};
use uuid::Uuid;

impl Callbacks {
    pub(super) fn due_lanes(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(Timestamp, EndpointId)>,
        limit: u32,
    ) -> Vec<Lane> {
        let own = self.lanes.iter().filter(|(_, lane)| slots.contains(&lane.slot));
        let mut due: Vec<_> = own
            .map(|(endpoint, lane)| ((lane.ready_at(), endpoint.clone()), lane))
            .filter(|(place, _)| place.0 <= until && after.is_none_or(|after| place > after))
            .collect();
        due.sort_by(|(one, _), (other, _)| one.cmp(other));
        let lane = |((ready_at, endpoint), lane): ((_, _), &LaneRow)| Lane {
            endpoint,
            ready_at,
            width: lane.pace.width,
            rate_per_minute: lane.pace.rate_per_minute,
        };
        due.into_iter().take(limit as usize).map(lane).collect()
    }

    pub(super) fn next_delivery(&self, slots: &[Slot], after: Timestamp) -> Option<Timestamp> {
        let own = self.lanes.values().filter(|lane| slots.contains(&lane.slot));
        let later = own.map(LaneRow::ready_at).filter(|ready_at| *ready_at > after);
        later.min().filter(|ready_at| *ready_at != NEVER)
    }

    pub(super) fn due_of_lane(
        &self,
        endpoint: &EndpointId,
        scan: u32,
        until: Timestamp,
    ) -> DueOfLane {
        let Some(pending) = self.pending.get(endpoint) else {
            return DueOfLane { is_all: scan > 0, ..DueOfLane::default() };
        };
        let last = (until, Uuid::max());
        let next = pending.range((Excluded(last), Unbounded)).next().map(|(due_at, _)| *due_at);
        let mut due = DueOfLane { next, ..DueOfLane::default() };
        for (_, id) in pending.range(..=last).take(scan as usize) {
            let stored = &self.deliveries[id];
            match self.before(stored).next() {
                None => due.first.push(stored.row.delivery.clone()),
                Some(_) => due.waiting.push(*id),
            }
        }
        due.is_all = due.first.len() + due.waiting.len() < scan as usize;
        due
    }

    pub(super) fn park(&mut self, waiting: &[Uuid], least: Timestamp) {
        for id in waiting {
            let Some(stored) = self.deliveries.get(id).filter(|stored| stored.is_pending()) else {
                continue;
            };
            let before = self.before(stored).map(|before| before.row.delivery.due_at).min();
            let Some(first_due) = before else { continue };
            let due_at = stored.row.delivery.due_at.max(least).max(first_due);
            self.change(*id, |row| row.delivery.due_at = due_at);
        }
    }

    pub(super) fn settle_lanes(&mut self, lanes: &[EndpointId]) {
        for endpoint in lanes {
            let due_at = self.first_due(endpoint).unwrap_or(NEVER);
            if let Some(lane) = self.lanes.get_mut(endpoint) {
                lane.due_at = due_at;
            }
        }
    }

    /// A new delivery is due then.
    pub(super) fn lower_lane(&mut self, endpoint: &EndpointId, slot: Slot, due_at: Timestamp) {
        match self.lanes.entry(endpoint.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(LaneRow::new(slot, due_at))),
            Entry::Occupied(mut entry) => {
                let lane = entry.get_mut();
                if lane.due_at > due_at || lane.slot != slot {
                    (lane.due_at, lane.slot) = (due_at, slot);
                }
            }
        }
    }

    /// Makes lanes agree with what is pending, as the other engines do when a node joins.
    pub(super) fn reconcile_lanes(&mut self) {
        for (endpoint, pending) in &self.pending {
            let slots = pending.iter().map(|(_, id)| self.deliveries[id].slot);
            let (Some(slot), Some((due_at, _))) = (slots.max(), pending.first()) else { continue };
            let new = || LaneRow::new(slot, *due_at);
            let lane = self.lanes.entry(endpoint.clone()).or_insert_with(new);
            (lane.slot, lane.due_at) = (slot, lane.due_at.min(*due_at));
        }
    }
}
