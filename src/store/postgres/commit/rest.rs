//! What follows from what was accepted: events, postings, messages, deliveries.

use super::{column, statements as sql};
use crate::store::failure::Failure;
use purser_actors::ports::{Batch, Delivery, DeliveryUpdate};
use sqlx::{PgConnection, query};

/// Writes it.
pub(super) async fn write(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    events(db, batch).await?;
    postings(db, batch).await?;
    outbox(db, batch).await?;
    new_deliveries(db, &batch.deliveries).await?;
    deliveries(db, &batch.delivery_updates).await
}

async fn events(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    let rows = &batch.events;
    if rows.is_empty() {
        return Ok(());
    }
    query(sql::EVENTS)
        .bind(batch.number)
        .bind(column(rows, |row| row.number))
        .bind(column(rows, |row| row.version))
        .bind(column(rows, |row| row.correlation))
        .bind(column(rows, |row| row.causation))
        .bind(column(rows, |row| row.entity.kind.number()))
        .bind(column(rows, |row| row.entity.id.as_str()))
        .bind(column(rows, |row| &row.name[..]))
        .bind(column(rows, |row| &row.payload[..]))
        .execute(db)
        .await?;
    Ok(())
}

async fn postings(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    let rows = &batch.postings;
    if rows.is_empty() {
        return Ok(());
    }
    query(sql::POSTINGS)
        .bind(batch.number)
        .bind(column(rows, |row| row.number))
        .bind(column(rows, |row| row.amount))
        .bind(column(rows, |row| row.booked_at.as_millis()))
        .bind(column(rows, |row| row.effective_at.as_millis()))
        .bind(column(rows, |row| row.group))
        .bind(column(rows, |row| row.account.as_str()))
        .bind(column(rows, |row| row.currency.code()))
        .bind(column(rows, |row| &row.memo[..]))
        .execute(db)
        .await?;
    Ok(())
}

async fn outbox(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    let rows = &batch.outbox;
    if !rows.is_empty() {
        query(sql::OUTBOX)
            .bind(column(rows, |row| row.number))
            .bind(column(rows, |row| row.to.kind.number()))
            .bind(column(rows, |row| row.to.id.as_str()))
            .bind(column(rows, |row| &row.verb[..]))
            .bind(column(rows, |row| &row.envelope[..]))
            .execute(&mut *db)
            .await?;
    }
    if !batch.outbox_done.is_empty() {
        query(sql::OUTBOX_DONE).bind(&batch.outbox_done).execute(db).await?;
    }
    Ok(())
}

async fn new_deliveries(db: &mut PgConnection, rows: &[Delivery]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    query(sql::NEW_DELIVERIES)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.created_at.as_millis()))
        .bind(column(rows, |row| row.due_at.as_millis()))
        .bind(column(rows, |row| i64::from(row.sequence)))
        .bind(column(rows, |row| i64::from(row.attempts)))
        .bind(column(rows, |row| row.object.kind.number()))
        .bind(column(rows, |row| row.object.id.as_str()))
        .bind(column(rows, |row| row.endpoint.as_str()))
        .bind(column(rows, |row| row.merchant.as_str()))
        .bind(column(rows, |row| &row.format[..]))
        .bind(column(rows, |row| &row.url[..]))
        .bind(column(rows, |row| &row.payload[..]))
        .execute(db)
        .await?;
    Ok(())
}

async fn deliveries(db: &mut PgConnection, rows: &[DeliveryUpdate]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    query(sql::DELIVERIES)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.state.number()))
        .bind(column(rows, |row| i64::from(row.attempts)))
        .bind(column(rows, |row| row.due_at.as_millis()))
        .bind(column(rows, |row| row.http_status.map(i32::from)))
        .bind(column(rows, |row| row.error.as_deref()))
        .execute(db)
        .await?;
    Ok(())
}
