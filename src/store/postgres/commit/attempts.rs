//! Attempts of deliveries, and what comes of them.

use super::column;
use crate::store::{failure::Failure, rows};
use purser_actors::ports::{AttemptRow, Batch, DeliveryState, DeliveryUpdate};
use sqlx::{PgConnection, query};

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
    outcomes(db, &batch.delivery_updates).await?;
    attempts(db, &batch.attempts).await
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
