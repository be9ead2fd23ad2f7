//! What follows from what was accepted: events, postings, messages, deliveries.

use super::{column, deliveries, statements as sql};
use crate::store::failure::Failure;
use purser_actors::ports::Batch;
use sqlx::{PgConnection, query};

/// Writes it.
pub(super) async fn write(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    events(db, batch).await?;
    postings(db, batch).await?;
    outbox(db, batch).await?;
    deliveries::write(db, batch).await
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
            .bind(column(rows, |row| row.slot.number()))
            .execute(&mut *db)
            .await?;
    }
    if !batch.outbox_done.is_empty() {
        query(sql::OUTBOX_DONE).bind(&batch.outbox_done).execute(db).await?;
    }
    Ok(())
}
