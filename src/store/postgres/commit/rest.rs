//! What follows from what was accepted: events, postings, messages, deliveries.

use super::{column, deliveries, statements as sql};
use crate::store::failure::Failure;
use purser_actors::ports::Batch;
use sqlx::{PgConnection, query};

/// Writes it.
pub(super) async fn write(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    events_and_postings(db, batch).await?;
    outbox(db, batch).await?;
    deliveries::write(db, batch).await
}

async fn events_and_postings(db: &mut PgConnection, batch: &Batch) -> Result<(), Failure> {
    let (events, postings) = (&batch.events, &batch.postings);
    if events.is_empty() && postings.is_empty() {
        return Ok(());
    }
    query(sql::EVENTS_AND_POSTINGS)
        .bind(batch.number)
        .bind(column(events, |row| row.number))
        .bind(column(events, |row| row.version))
        .bind(column(events, |row| row.correlation))
        .bind(column(events, |row| row.causation))
        .bind(column(events, |row| row.entity.kind.number()))
        .bind(column(events, |row| row.entity.id.as_str()))
        .bind(column(events, |row| &row.name[..]))
        .bind(column(events, |row| &row.payload[..]))
        .bind(column(postings, |row| row.number))
        .bind(column(postings, |row| row.amount))
        .bind(column(postings, |row| row.booked_at.as_millis()))
        .bind(column(postings, |row| row.effective_at.as_millis()))
        .bind(column(postings, |row| row.group))
        .bind(column(postings, |row| row.account.as_str()))
        .bind(column(postings, |row| row.currency.code()))
        .bind(column(postings, |row| &row.memo[..]))
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
