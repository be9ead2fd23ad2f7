//! What follows from what was accepted: events, postings, messages, deliveries.

use super::{
    super::{callbacks, mails},
    Write, attempts, column, statements as sql,
};
use crate::store::failure::Failure;
use purser_actors::ports::{Batch, DeliveryWrite};
use sqlx::{PgConnection, query};
use std::collections::BTreeMap;

/// What is not known before the transaction is under way: deliveries to the endpoints that are registered then.
/// The rest of the statement is here already, in the form that is sent.
pub(super) struct Rest<'b> {
    batch: &'b Batch,
    begun: Write,
}

impl<'b> Rest<'b> {
    /// Takes some microseconds for each row, so that it is best done while the server works.
    pub(super) fn of(batch: &'b Batch) -> Self {
        let (events, postings, outbox) = (&batch.events, &batch.postings, &batch.outbox);
        let begun = query(sql::CONSEQUENCES)
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
            .bind(column(outbox, |row| row.number))
            .bind(column(outbox, |row| row.to.kind.number()))
            .bind(column(outbox, |row| row.to.id.as_str()))
            .bind(column(outbox, |row| &row.verb[..]))
            .bind(column(outbox, |row| &row.envelope[..]))
            .bind(column(outbox, |row| row.slot.number()))
            .bind(&batch.outbox_done);
        Self { batch, begun }
    }

    /// Writes it.
    pub(super) async fn write(self, db: &mut PgConnection) -> Result<(), Failure> {
        let batch = self.batch;
        let mut new = callbacks::fan_out(db, &batch.notices).await?;
        new.extend(batch.deliveries.iter().cloned());
        self.consequences(db, &new).await?;
        attempts::write(db, batch).await?;
        callbacks::write(db, batch).await?;
        mails::write(db, &batch.mails).await
    }

    /// Lanes are locked in the order of endpoints, as everybody locks them.
    async fn consequences(
        self,
        db: &mut PgConnection,
        new: &[DeliveryWrite],
    ) -> Result<(), Failure> {
        let mut lanes = BTreeMap::new();
        for DeliveryWrite { slot, delivery } in new {
            let lane = lanes.entry(delivery.endpoint.as_str()).or_insert((slot, delivery.due_at));
            lane.1 = lane.1.min(delivery.due_at);
        }
        self.begun
            .bind(column(new, |row| row.delivery.id))
            .bind(column(new, |row| row.delivery.created_at.as_millis()))
            .bind(column(new, |row| row.delivery.due_at.as_millis()))
            .bind(column(new, |row| i64::from(row.delivery.sequence)))
            .bind(column(new, |row| i64::from(row.delivery.attempts)))
            .bind(column(new, |row| row.delivery.object.kind.number()))
            .bind(column(new, |row| row.delivery.object.id.as_str()))
            .bind(column(new, |row| row.delivery.endpoint.as_str()))
            .bind(column(new, |row| row.delivery.merchant.as_str()))
            .bind(column(new, |row| &row.delivery.format[..]))
            .bind(column(new, |row| &row.delivery.url[..]))
            .bind(column(new, |row| &row.delivery.payload[..]))
            .bind(column(new, |row| row.slot.number()))
            .bind(column(new, |row| row.delivery.event.map(|event| event.as_str())))
            .bind(column(new, |row| i64::from(row.delivery.round)))
            .bind(lanes.keys().copied().collect::<Vec<_>>())
            .bind(column(lanes.values(), |(slot, _)| slot.number()))
            .bind(column(lanes.values(), |(_, due_at)| due_at.as_millis()))
            .execute(db)
            .await?;
        Ok(())
    }
}
