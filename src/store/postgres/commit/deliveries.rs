//! New deliveries and the outcomes of attempts.

use super::{
    super::{callbacks, mails},
    column,
};
use crate::store::{failure::Failure, rows};
use purser_actors::ports::{AttemptRow, Batch, DeliveryState, DeliveryUpdate, DeliveryWrite};
use sqlx::{PgConnection, query};
use std::collections::BTreeMap;

/// Deliveries and, of each endpoint that gets one, its lane. Locks the lanes even where it changes nothing: whoever
/// settles one waits for this transaction.
const NEW_DELIVERIES: &str = "WITH new AS (INSERT INTO deliveries (id, created_at, due_at, sequence, \
     attempts, object_kind, object_id, endpoint, merchant, format, url, payload, slot, event, round) \
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], \
     $6::smallint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], \
     $13::integer[], $14::text[], $15::bigint[]) \
     ON CONFLICT (id) DO NOTHING) \
     INSERT INTO lanes (endpoint, slot, due_at) \
     SELECT * FROM unnest($16::text[], $17::integer[], $18::bigint[]) \
     ON CONFLICT (endpoint) DO UPDATE SET due_at = excluded.due_at, slot = excluded.slot \
     WHERE lanes.due_at > excluded.due_at OR lanes.slot <> excluded.slot";

/// Finds each row by its key: `state + 0` keeps the planner, which knows nothing of how many wait, from an
/// index of all that do.
const DELIVERIES: &str = "UPDATE deliveries d SET state = c.state, \
     attempts = c.attempts, due_at = c.due_at, http_status = c.http_status, error = c.error \
     FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::integer[], $6::text[]) \
     AS c (id, state, attempts, due_at, http_status, error) \
     WHERE d.id = c.id AND d.state + 0 = 0 AND d.attempts = c.attempts - 1";

/// Those that were put off for one that is over. The planner, which knows nothing of how many wait, must
/// not begin with all of them: each `OFFSET 0` keeps the order of the steps.
const SUCCESSORS: &str = concat!(
    "UPDATE deliveries n SET due_at = f.at FROM ( \
       SELECT s.id, c.at FROM unnest($1::uuid[], $2::bigint[]) AS c (id, at) \
       JOIN deliveries d ON d.id = c.id CROSS JOIN LATERAL ( \
         SELECT w.id FROM deliveries w WHERE ",
    waits_alike!("w", "d"),
    "    AND w.sequence > d.sequence AND w.due_at + 0 > c.at AND w.attempts = w.round OFFSET 0 \
       ) s OFFSET 0 \
     ) f WHERE n.id = f.id"
);

const ATTEMPTS: &str = "INSERT INTO attempts (delivery, number, at, duration_ms, http_status, url, \
     request_headers, request_body, answer, error) \
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], \
     $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::text[]) \
     ON CONFLICT (delivery, number) DO NOTHING";

/// Writes them.
pub(super) async fn write(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    let mut new = callbacks::fan_out(db, &batch.notices).await?;
    new.extend(batch.deliveries.iter().cloned());
    if !new.is_empty() {
        insert(db, &new).await?;
    }
    outcomes(db, &batch.delivery_updates).await?;
    attempts(db, &batch.attempts).await?;
    callbacks::write(db, batch).await?;
    mails::write(db, &batch.mails).await
}

/// Lanes are locked in the order of endpoints, as everybody locks them.
async fn insert(db: &mut PgConnection, writes: &[DeliveryWrite]) -> Result<(), Failure> {
    let mut lanes = BTreeMap::new();
    for DeliveryWrite { slot, delivery } in writes {
        let lane = lanes.entry(delivery.endpoint.as_str()).or_insert((slot, delivery.due_at));
        lane.1 = lane.1.min(delivery.due_at);
    }
    let rows: Vec<_> = writes.iter().map(|write| &write.delivery).collect();
    query(NEW_DELIVERIES)
        .bind(column(&rows, |row| row.id))
        .bind(column(&rows, |row| row.created_at.as_millis()))
        .bind(column(&rows, |row| row.due_at.as_millis()))
        .bind(column(&rows, |row| i64::from(row.sequence)))
        .bind(column(&rows, |row| i64::from(row.attempts)))
        .bind(column(&rows, |row| row.object.kind.number()))
        .bind(column(&rows, |row| row.object.id.as_str()))
        .bind(column(&rows, |row| row.endpoint.as_str()))
        .bind(column(&rows, |row| row.merchant.as_str()))
        .bind(column(&rows, |row| &row.format[..]))
        .bind(column(&rows, |row| &row.url[..]))
        .bind(column(&rows, |row| &row.payload[..]))
        .bind(column(writes, |write| write.slot.number()))
        .bind(column(&rows, |row| row.event.map(|event| event.as_str())))
        .bind(column(&rows, |row| i64::from(row.round)))
        .bind(lanes.keys().copied().collect::<Vec<_>>())
        .bind(column(lanes.values(), |(slot, _)| slot.number()))
        .bind(column(lanes.values(), |(_, due_at)| due_at.as_millis()))
        .execute(db)
        .await?;
    Ok(())
}

async fn outcomes(db: &mut PgConnection, rows: &[DeliveryUpdate]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    query(DELIVERIES)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.state.number()))
        .bind(column(rows, |row| i64::from(row.attempts)))
        .bind(column(rows, |row| row.due_at.as_millis()))
        .bind(column(rows, |row| row.http_status.map(i32::from)))
        .bind(column(rows, |row| row.error.as_deref()))
        .execute(&mut *db)
        .await?;
    let over: Vec<_> = rows.iter().filter(|row| row.state != DeliveryState::Pending).collect();
    if !over.is_empty() {
        query(SUCCESSORS)
            .bind(column(&over, |row| row.id))
            .bind(column(&over, |row| row.due_at.as_millis()))
            .execute(db)
            .await?;
    }
    Ok(())
}

async fn attempts(db: &mut PgConnection, rows: &[AttemptRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    query(ATTEMPTS)
        .bind(column(rows, |row| row.delivery))
        .bind(column(rows, |row| i64::from(row.number)))
        .bind(column(rows, |row| row.at.as_millis()))
        .bind(column(rows, |row| i64::from(row.duration_ms)))
        .bind(column(rows, |row| row.http_status.map(i32::from)))
        .bind(column(rows, |row| &row.url[..]))
        .bind(column(rows, |row| rows::header_text(&row.request_headers)))
        .bind(column(rows, |row| &row.request_body[..]))
        .bind(column(rows, |row| &row.answer[..]))
        .bind(column(rows, |row| row.error.as_deref()))
        .execute(db)
        .await?;
    Ok(())
}
