//! Deliveries, one and many.

use super::{
    Callbacks, time, unavailable,
    views::{Attempt, Delivery, DeliveryDetail, DeliveryPage},
};
use purser_actors::{
    AskOptions,
    ports::{DeliveryCursor, DeliveryQuery, DeliveryRow, DeliveryState},
};
use purser_subjects::{
    EndpointId, EntityKey, EntityKind, ErrorCode, MerchantId, Rejection, Timestamp,
    callback::{NoticeType, QueuedDelivery, ResendDelivery},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which deliveries are wanted, as it is typed. Every filter that is set must hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DeliveryFilter {
    /// To which endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// About which payment, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// In which state: `pending` (held ones too), `delivered` or `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Telling what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Caused at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Caused at this time or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The end of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whose deliveries; only operators may choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
}

/// A filter that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidFilter {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub rule: &'static str,
}

/// How the filters are written.
const ID: &str = "An id has 1 to 64 characters of A-Z a-z 0-9 _ -.";
const STATUS: &str = "One of pending, delivered and failed.";
const EVENT: &str = "One of the documented events, such as payment.succeeded.";
const CURSOR: &str = "Use a cursor as it was given.";

impl DeliveryFilter {
    /// The filter as the store takes it.
    ///
    /// # Errors
    /// [`InvalidFilter`] names the first that cannot be understood.
    pub fn query(&self, limit: u32) -> Result<DeliveryQuery, InvalidFilter> {
        let id = |text: &str| text.parse().ok();
        Ok(DeliveryQuery {
            merchant: read("merchant", self.merchant.as_deref(), ID, |text| text.parse().ok())?,
            endpoint: read("endpoint", self.endpoint.as_deref(), ID, |text| text.parse().ok())?,
            object: read("payment", self.payment.as_deref(), ID, id)?
                .map(|id| EntityKey::new(EntityKind::Transaction, id)),
            state: read("status", self.status.as_deref(), STATUS, state)?,
            event: read("event", self.event.as_deref(), EVENT, NoticeType::from_text)?,
            from: read("from", self.from.as_deref(), time::RULE, time::read)?,
            to: read("to", self.to.as_deref(), time::RULE, time::read)?,
            after: read("cursor", self.cursor.as_deref(), CURSOR, place)?,
            limit,
        })
    }
}

fn read<T>(
    name: &'static str,
    text: Option<&str>,
    rule: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, InvalidFilter> {
    text.map(|text| read(text).ok_or(InvalidFilter { name, rule })).transpose()
}

fn state(text: &str) -> Option<DeliveryState> {
    match text {
        "pending" => Some(DeliveryState::Pending),
        "delivered" => Some(DeliveryState::Delivered),
        "failed" => Some(DeliveryState::GivenUp),
        _ => None,
    }
}

/// A cursor is the place of the last delivery of a page: milliseconds and id.
fn place(text: &str) -> Option<DeliveryCursor> {
    let (ms, id) = text.split_once('_')?;
    let created_at = Timestamp::from_millis(ms.parse().ok()?);
    Some(DeliveryCursor { created_at, delivery: Uuid::try_parse(id).ok()? })
}

fn cursor(row: &DeliveryRow) -> String {
    format!("{}_{}", row.delivery.created_at.as_millis(), row.delivery.id.simple())
}

impl Callbacks {
    /// A page of deliveries, newest first.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<DeliveryPage, Rejection> {
        let rows = self.store.deliveries(query).await.map_err(unavailable)?;
        let full = u32::try_from(rows.len()).is_ok_and(|length| length == query.limit);
        let next_cursor = rows.last().filter(|_| full).map(cursor);
        Ok(DeliveryPage { data: rows.into_iter().map(Delivery::from).collect(), next_cursor })
    }

    /// A delivery with its attempts; of `merchant` if one is named.
    ///
    /// # Errors
    /// `not_found` or `unavailable`.
    pub async fn delivery(
        &self,
        id: Uuid,
        merchant: Option<&MerchantId>,
    ) -> Result<DeliveryDetail, Rejection> {
        let row = self.row(id, merchant).await?;
        let log = self.store.attempts(id).await.map_err(unavailable)?;
        let log = log.into_iter().map(Attempt::from).collect();
        Ok(DeliveryDetail { delivery: row.into(), log })
    }

    /// Delivers one notification anew, whatever became of it; a pending one at once.
    ///
    /// # Errors
    /// `not_found`, `unavailable`, or the endpoint's refusal.
    pub async fn resend(
        &self,
        id: Uuid,
        merchant: Option<&MerchantId>,
        options: AskOptions,
    ) -> Result<QueuedDelivery, Rejection> {
        let row = self.row(id, merchant).await?;
        let resend = ResendDelivery { merchant: merchant.cloned(), delivery: id };
        let endpoint: &EndpointId = &row.delivery.endpoint;
        self.ask(endpoint, resend, options).await
    }

    async fn row(&self, id: Uuid, merchant: Option<&MerchantId>) -> Result<DeliveryRow, Rejection> {
        let row = self.store.delivery(id).await.map_err(unavailable)?;
        row.filter(|row| merchant.is_none_or(|own| row.delivery.merchant == *own))
            .ok_or_else(|| Rejection::new(ErrorCode::NotFound, "there is no such delivery"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_faults_are_named() {
        let filter = DeliveryFilter {
            payment: Some("61058214b470d599856ca5d29cf6d54f".into()),
            status: Some("failed".into()),
            event: Some("payment.succeeded".into()),
            from: Some("2026-01-05T10:00:00Z".into()),
            cursor: Some("1767607200000_0197f0a3b1c27d3e8f00112233445566".into()),
            ..DeliveryFilter::default()
        };
        let query = filter.query(7).unwrap();
        assert_eq!((query.limit, query.state), (7, Some(DeliveryState::GivenUp)));
        assert_eq!(query.from, query.after.map(|place| place.created_at));
        assert_eq!(query.object.unwrap().kind, EntityKind::Transaction);
        let fault = |filter: DeliveryFilter| filter.query(1).unwrap_err().name;
        let text = || Some("a b".to_owned());
        assert_eq!(fault(DeliveryFilter { status: text(), ..DeliveryFilter::default() }), "status");
        assert_eq!(fault(DeliveryFilter { event: text(), ..DeliveryFilter::default() }), "event");
        assert_eq!(fault(DeliveryFilter { to: text(), ..DeliveryFilter::default() }), "to");
        assert_eq!(fault(DeliveryFilter { cursor: text(), ..DeliveryFilter::default() }), "cursor");
        assert_eq!(
            fault(DeliveryFilter { endpoint: text(), ..DeliveryFilter::default() }),
            "endpoint"
        );
    }
}
