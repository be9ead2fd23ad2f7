//! Endpoints, deliveries and attempts as they are shown.

use super::callbacks::{Callbacks, StoredDelivery};
use purser_actors::ports::{
    AttemptRow, DeliveryCursor, DeliveryQuery, DeliveryRow, DeliveryState, EndpointRow,
    EndpointWrite, ReplayQuery,
};
use purser_subjects::{
    EndpointId, MerchantId,
    callback::{EndpointKind, EndpointStatus, ReplayScope},
};
use std::{cmp::Reverse, ops::Bound::Excluded, ops::Bound::Unbounded};
use uuid::Uuid;

/// Attempts of a delivery that are shown, the last ones.
const ATTEMPTS: usize = 100;

impl Callbacks {
    pub(super) fn endpoints(
        &self,
        merchant: Option<&MerchantId>,
        after: Option<&EndpointId>,
        limit: u32,
    ) -> Vec<EndpointRow> {
        let after = after.map_or(Unbounded, |after| Excluded(after.clone()));
        let rows = self.endpoints.range((after, Unbounded)).map(|(_, write)| write);
        let rows = rows.filter_map(|EndpointWrite { row, .. }| {
            Some(EndpointRow { pace: self.lanes.get(&row.endpoint)?.pace, ..row.clone() })
        });
        let is_wanted =
            |row: &EndpointRow| merchant.is_none_or(|merchant| row.merchant == *merchant);
        rows.filter(is_wanted).take(limit as usize).collect()
    }

    /// Registered endpoints that are not removed.
    pub(super) fn registered(&self) -> Vec<(EndpointId, MerchantId)> {
        let rows = self.endpoints.values().map(|write| &write.row);
        let counts = |row: &&EndpointRow| {
            row.kind == EndpointKind::Registered && row.status != EndpointStatus::Removed
        };
        rows.filter(counts).map(|row| (row.endpoint.clone(), row.merchant.clone())).collect()
    }

    pub(super) fn delivery(&self, id: Uuid) -> Option<DeliveryRow> {
        self.deliveries.get(&id).map(|stored| self.shown(stored))
    }

    fn shown(&self, stored: &StoredDelivery) -> DeliveryRow {
        let is_held = stored.is_pending() && self.is_held(&stored.row.delivery.endpoint);
        DeliveryRow { is_held, ..stored.row.clone() }
    }

    pub(super) fn listing(&self, query: &DeliveryQuery) -> Vec<DeliveryRow> {
        let wanted = |stored: &&StoredDelivery| is_wanted(query, stored);
        let mut rows: Vec<_> = self.deliveries.values().filter(wanted).collect();
        rows.sort_by_key(|stored| Reverse(cursor(stored)));
        rows.into_iter().take(query.limit as usize).map(|stored| self.shown(stored)).collect()
    }

    pub(super) fn replayable(&self, query: &ReplayQuery) -> Vec<DeliveryCursor> {
        let is_wanted = |stored: &&StoredDelivery| {
            let delivery = &stored.row.delivery;
            let is_of_scope = match stored.row.state {
                DeliveryState::Pending => false,
                DeliveryState::Delivered => query.scope == ReplayScope::All,
                DeliveryState::GivenUp => true,
            };
            delivery.endpoint == query.endpoint
                && (query.from..=query.to).contains(&delivery.created_at)
                && query.after.is_none_or(|after| cursor(stored) > after)
                && is_of_scope
        };
        let mut found: Vec<_> = self.deliveries.values().filter(is_wanted).map(cursor).collect();
        found.sort_unstable();
        found.truncate(query.limit as usize);
        found
    }

    pub(super) fn attempts(&self, delivery: Uuid) -> Vec<AttemptRow> {
        let rows = self.attempts.range((delivery, 0)..=(delivery, u32::MAX)).map(|(_, row)| row);
        let mut last: Vec<_> = rows.rev().take(ATTEMPTS).cloned().collect();
        last.reverse();
        last
    }
}

fn cursor(stored: &StoredDelivery) -> DeliveryCursor {
    let delivery = &stored.row.delivery;
    DeliveryCursor { created_at: delivery.created_at, delivery: delivery.id }
}

/// Whether every filter that is set holds.
fn is_wanted(query: &DeliveryQuery, stored: &StoredDelivery) -> bool {
    fn is<T: PartialEq>(filter: Option<&T>, value: &T) -> bool {
        filter.is_none_or(|wanted| wanted == value)
    }
    let delivery = &stored.row.delivery;
    is(query.merchant.as_ref(), &delivery.merchant)
        && is(query.endpoint.as_ref(), &delivery.endpoint)
        && is(query.object.as_ref(), &delivery.object)
        && is(query.state.as_ref(), &stored.row.state)
        && query.event.is_none_or(|event| delivery.event == Some(event))
        && query.from.is_none_or(|from| delivery.created_at >= from)
        && query.to.is_none_or(|to| delivery.created_at <= to)
        && query.after.is_none_or(|after| cursor(stored) < after)
}
