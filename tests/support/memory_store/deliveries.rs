//! What a batch does to endpoints and deliveries, in the order in which the other engines do it.

use super::callbacks::{Callbacks, LaneRow, NEVER, StoredDelivery};
use purser_actors::ports::{
    Batch, DeliveryRow, DeliveryState, DeliveryUpdate, DeliveryWrite, EndpointWrite, NoticeRow,
    Requeue, Slot,
};
use purser_subjects::{
    EndpointId, Timestamp,
    callback::{EndpointKind, EndpointStatus},
};
use std::collections::BTreeMap;

impl Callbacks {
    pub(super) fn write(&mut self, batch: &Batch) {
        let mut new = self.fan_out(&batch.notices);
        new.extend(batch.deliveries.iter().cloned());
        self.insert(new);
        batch.delivery_updates.iter().for_each(|update| self.update(update));
        let is_over = |update: &&DeliveryUpdate| update.state != DeliveryState::Pending;
        batch.delivery_updates.iter().filter(is_over).for_each(|update| self.bring_up(update));
        for attempt in &batch.attempts {
            let key = (attempt.delivery, attempt.number);
            self.attempts.entry(key).or_insert_with(|| attempt.clone());
        }
        batch.endpoints.iter().for_each(|write| self.write_endpoint(write));
        batch.requeues.iter().for_each(|requeue| self.requeue(requeue));
        batch.mails.iter().for_each(|write| self.put_mail(write));
    }

    /// The deliveries that notices make.
    fn fan_out(&self, notices: &[NoticeRow]) -> Vec<DeliveryWrite> {
        let is_told = |write: &&EndpointWrite| {
            let EndpointWrite { row, .. } = write;
            row.kind == EndpointKind::Registered && row.status != EndpointStatus::Removed
        };
        let mut deliveries = Vec::new();
        for EndpointWrite { slot, row } in self.endpoints.values().filter(is_told) {
            let wanted = notices.iter().filter(|notice| {
                notice.merchant == row.merchant
                    && notice.event.is_wanted(&row.events)
                    && notice.except.as_ref() != Some(&row.endpoint)
            });
            let delivery = |notice: &NoticeRow| notice.delivery(&row.endpoint);
            deliveries.extend(
                wanted.map(|notice| DeliveryWrite { slot: *slot, delivery: delivery(notice) }),
            );
        }
        deliveries
    }

    /// Stores deliveries that are not stored yet.
    fn insert(&mut self, writes: Vec<DeliveryWrite>) {
        let mut lanes: BTreeMap<EndpointId, (Slot, Timestamp)> = BTreeMap::new();
        for DeliveryWrite { slot, delivery } in writes {
            let new = (slot, delivery.due_at);
            let (_, due_at) = lanes.entry(delivery.endpoint.clone()).or_insert(new);
            *due_at = (*due_at).min(delivery.due_at);
            if !self.deliveries.contains_key(&delivery.id) {
                let state = DeliveryState::Pending;
                let row =
                    DeliveryRow { delivery, state, http_status: None, error: None, is_held: false };
                self.put(StoredDelivery { slot, row });
            }
        }
        for (endpoint, (slot, due_at)) in lanes {
            self.lower_lane(&endpoint, slot, due_at);
        }
    }

    /// Counts only for a delivery that is pending and has made one attempt less.
    fn update(&mut self, update: &DeliveryUpdate) {
        let awaits = |stored: &&StoredDelivery| {
            stored.is_pending() && stored.row.delivery.attempts + 1 == update.attempts
        };
        if self.deliveries.get(&update.id).filter(awaits).is_some() {
            self.change(update.id, |row| {
                (row.state, row.delivery.attempts) = (update.state, update.attempts);
                row.delivery.due_at = update.due_at;
                (row.http_status, row.error) = (update.http_status, update.error.clone());
            });
        }
    }

    /// Those that were put off for one that is over are due at once.
    fn bring_up(&mut self, over: &DeliveryUpdate) {
        let Some(ended) = self.deliveries.get(&over.id) else { return };
        let own = ended.row.delivery.sequence;
        let later = self.line_of(ended).filter(|(sequence, _)| *sequence > own);
        for id in later.map(|(_, id)| id).collect::<Vec<_>>() {
            self.change(id, |row| {
                if row.delivery.attempts == row.delivery.round {
                    row.delivery.due_at = row.delivery.due_at.min(over.due_at);
                }
            });
        }
    }

    /// Whose endpoint it is, how it came about and since when never changes.
    fn write_endpoint(&mut self, write: &EndpointWrite) {
        let EndpointWrite { slot, row } = write;
        let known = self.endpoints.entry(row.endpoint.clone()).or_insert_with(|| write.clone());
        known.row.status = row.status;
        known.row.url.clone_from(&row.url);
        known.row.events.clone_from(&row.events);
        known.row.description.clone_from(&row.description);
        let new = || LaneRow::new(*slot, NEVER);
        self.lanes.entry(row.endpoint.clone()).or_insert_with(new).pace = row.pace;
    }

    fn requeue(&mut self, requeue: &Requeue) {
        let Requeue { endpoint, deliveries, due_at } = requeue;
        for id in deliveries {
            let stored = self.deliveries.get(id);
            if stored.is_none_or(|stored| stored.row.delivery.endpoint != *endpoint) {
                continue;
            }
            self.change(*id, |row| {
                if row.state != DeliveryState::Pending {
                    row.delivery.round = row.delivery.attempts;
                }
                (row.state, row.delivery.due_at) = (DeliveryState::Pending, *due_at);
            });
        }
        if let Some(lane) = self.lanes.get_mut(endpoint) {
            lane.due_at = lane.due_at.min(*due_at);
        }
    }

    pub(super) fn prune(&mut self, before: Timestamp, limit: u32) -> u64 {
        let is_old = |stored: &&StoredDelivery| {
            let delivery = &stored.row.delivery;
            let may_go = !stored.is_pending() || self.is_held(&delivery.endpoint);
            delivery.created_at < before && may_go
        };
        let old = self.deliveries.values().filter(is_old).map(|stored| &stored.row.delivery);
        let mut old: Vec<_> = old.map(|delivery| (delivery.created_at, delivery.id)).collect();
        old.sort_unstable();
        old.truncate(limit as usize);
        for (_, id) in &old {
            self.remove(*id);
            self.attempts.retain(|(delivery, _), _| delivery != id);
        }
        let mails = self.mails.values().map(|(_, stored)| &stored.mail);
        let mails = mails.filter(|mail| mail.at < before).map(|mail| mail.id);
        for id in mails.take(limit as usize).collect::<Vec<_>>() {
            self.mails.remove(&id);
        }
        old.len() as u64
    }
}
