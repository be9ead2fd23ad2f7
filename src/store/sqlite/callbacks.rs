//! Endpoints, deliveries and attempts.

use super::{bulk::Bulk, reads::slot_list, script::Script};
use purser_actors::ports::{DeliveryState, DeliveryUpdate, DueOfLane};
use sqlx::Arguments as _;
use std::collections::BTreeMap;

callbacks!(
    sqlx::Sqlite, in("IN (SELECT value FROM json_each(", "))"), each("json_each($2) AS s"),
    share(""), update("")
);
callback_listings!(sqlx::Sqlite);

static NEW_DELIVERIES: Bulk = Bulk {
    before: "INSERT OR FAIL INTO deliveries (id, created_at, due_at, sequence, attempts, object_kind, \
             object_id, endpoint, merchant, format, url, payload, slot, event, round) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (id) DO NOTHING",
    each: 1,
};

static LANES: Bulk = Bulk {
    before: "INSERT OR FAIL INTO lanes (endpoint, slot, due_at) SELECT * FROM (VALUES ",
    row: "(?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (endpoint) DO UPDATE SET due_at = excluded.due_at, slot = excluded.slot \
            WHERE lanes.due_at > excluded.due_at OR lanes.slot <> excluded.slot",
    each: 1,
};

static DELIVERIES: Bulk = Bulk {
    before: "WITH c(id, state, attempts, due_at, http_status, error) AS (VALUES ",
    row: "(?,?,?,?,?,?)",
    after: ") UPDATE OR FAIL deliveries SET state = c.state, attempts = c.attempts, due_at = c.due_at, \
            http_status = c.http_status, error = c.error FROM c \
            WHERE deliveries.id = c.id AND deliveries.state = 0 AND deliveries.attempts = c.attempts - 1",
    each: 1,
};

static SUCCESSORS: Bulk = Bulk {
    before: "WITH c(id, at) AS (VALUES ",
    row: "(?,?)",
    after: concat!(
        ") UPDATE OR FAIL deliveries SET due_at = c.at FROM c JOIN deliveries d ON d.id = c.id WHERE ",
        waits_alike!("deliveries", "d"),
        " AND deliveries.sequence > d.sequence AND deliveries.due_at > c.at \
         AND deliveries.attempts = deliveries.round"
    ),
    each: 1,
};

static ATTEMPTS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO attempts (delivery, number, at, duration_ms, http_status, url, \
             request_headers, request_body, answer, error) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (delivery, number) DO NOTHING",
    each: 1,
};

/// The deliveries that a batch brings.
pub(super) struct NewDeliveries(Vec<DeliveryWrite>);

/// What the batch's notices make, and what it names itself.
pub(super) async fn new_deliveries(db: &mut Connection, batch: &Batch) -> Result<NewDeliveries> {
    let mut new = fan_out(db, &batch.notices).await?;
    new.extend(batch.deliveries.iter().cloned());
    Ok(NewDeliveries(new))
}

impl NewDeliveries {
    /// How much each statement has to do.
    pub(super) fn sizes(&self, batch: &Batch) -> [(&'static Bulk, usize); 3] {
        [
            (&NEW_DELIVERIES, self.0.len()),
            (&DELIVERIES, batch.delivery_updates.len()),
            (&ATTEMPTS, batch.attempts.len()),
        ]
    }

    /// Has them written, and the outcomes of attempts.
    pub(super) fn add_to(&self, script: &mut Script, batch: &Batch) -> Result<()> {
        script.add(&NEW_DELIVERIES, &self.0, |DeliveryWrite { slot, delivery }, to| {
            to.add(delivery.id)?;
            to.add(delivery.created_at.as_millis())?;
            to.add(delivery.due_at.as_millis())?;
            to.add(delivery.sequence)?;
            to.add(delivery.attempts)?;
            to.add(delivery.object.kind.number())?;
            to.add(delivery.object.id.as_str())?;
            to.add(delivery.endpoint.as_str())?;
            to.add(delivery.merchant.as_str())?;
            to.add(&delivery.format)?;
            to.add(&delivery.url)?;
            to.add(&delivery.payload[..])?;
            to.add(slot.number())?;
            to.add(delivery.event.map(|event| event.as_str()))?;
            to.add(delivery.round)
        })?;
        let lanes: Vec<_> = earliest(&self.0).into_iter().collect();
        script.add(&LANES, &lanes, |(endpoint, (slot, due_at)), to| {
            to.add(*endpoint)?;
            to.add(slot.number())?;
            to.add(due_at.as_millis())
        })?;
        add_outcomes(script, batch)
    }
}

fn add_outcomes(script: &mut Script, batch: &Batch) -> Result<()> {
    script.add(&DELIVERIES, &batch.delivery_updates, |update, to| {
        to.add(update.id)?;
        to.add(update.state.number())?;
        to.add(update.attempts)?;
        to.add(update.due_at.as_millis())?;
        to.add(update.http_status)?;
        to.add(update.error.as_deref())
    })?;
    let is_over = |update: &&DeliveryUpdate| update.state != DeliveryState::Pending;
    let over: Vec<_> = batch.delivery_updates.iter().filter(is_over).collect();
    script.add(&SUCCESSORS, &over, |update, to| {
        to.add(update.id)?;
        to.add(update.due_at.as_millis())
    })?;
    script.add(&ATTEMPTS, &batch.attempts, |row, to| {
        to.add(row.delivery)?;
        to.add(row.number)?;
        to.add(row.at.as_millis())?;
        to.add(row.duration_ms)?;
        to.add(row.http_status)?;
        to.add(&row.url)?;
        to.add(rows::header_text(&row.request_headers))?;
        to.add(&row.request_body[..])?;
        to.add(&row.answer[..])?;
        to.add(row.error.as_deref())
    })
}

/// For each endpoint when the first of the new deliveries is due.
fn earliest(new: &[DeliveryWrite]) -> BTreeMap<&str, (Slot, Timestamp)> {
    let mut lanes = BTreeMap::new();
    for DeliveryWrite { slot, delivery } in new {
        let lane = lanes.entry(delivery.endpoint.as_str()).or_insert((*slot, delivery.due_at));
        lane.1 = lane.1.min(delivery.due_at);
    }
    lanes
}

/// One query for each lane: SQLite has no lateral joins, and a query costs it little.
pub(super) async fn due_of_lanes(
    db: &mut Connection,
    lanes: &[(EndpointId, u32)],
    until: Timestamp,
) -> Result<Vec<DueOfLane>> {
    let mut due = Vec::with_capacity(lanes.len());
    for (endpoint, scan) in lanes {
        let found = query::<sqlx::Sqlite>(concat!(
            "SELECT ",
            delivery_columns!(),
            ", NOT EXISTS (SELECT 1 FROM deliveries e WHERE ",
            comes_first!("e", "d"),
            ") FROM deliveries d WHERE d.state = 0 AND d.endpoint = $1 AND d.due_at <= $2 \
             ORDER BY d.due_at LIMIT $3"
        ))
        .bind(endpoint.as_str())
        .bind(until.as_millis())
        .bind(i64::from(*scan))
        .fetch_all(&mut *db)
        .await?;
        let next = query_scalar::<sqlx::Sqlite, Option<i64>>(
            "SELECT MIN(due_at) FROM deliveries WHERE state = 0 AND endpoint = $1 AND due_at > $2",
        );
        let next = next.bind(endpoint.as_str()).bind(until.as_millis()).fetch_one(&mut *db).await?;
        let next = next.map(Timestamp::from_millis);
        let mut of_lane =
            DueOfLane { next, is_all: found.len() < *scan as usize, ..Default::default() };
        for row in &found {
            if row.try_get::<i64, _>(14)? != 0 {
                of_lane.first.push(delivery(row, 0)?);
            } else {
                of_lane.waiting.push(row.try_get(0)?);
            }
        }
        due.push(of_lane);
    }
    Ok(due)
}

/// Nobody else writes.
async fn lock_merchants(_: &mut Connection, _: &BTreeSet<&MerchantId>) -> Result<()> {
    Ok(())
}

/// Ids as one parameter. They have no character that JSON escapes.
fn text_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<_> = texts.into_iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", quoted.join(","))
}
