//! What a commit does to endpoints and deliveries, and what is due of them: what both engines do alike,
//! written once and compiled for each.

/// Columns that `delivery` reads, in its order.
macro_rules! delivery_columns {
    () => {
        "d.id, d.endpoint, d.merchant, d.object_kind, d.object_id, d.sequence, d.format, d.url, \
         d.payload, d.created_at, d.due_at, d.attempts, d.event, d.round"
    };
}

/// Condition: `$found` waits about the same object as `$known`, at the same endpoint. It is found by the
/// object, which has few; what is computed of the other columns keeps the planners from indexes by
/// endpoint, which may have a backlog.
macro_rules! waits_alike {
    ($found:literal, $known:literal) => {
        concat!(
            $found,
            ".object_id = ",
            $known,
            ".object_id AND ",
            $found,
            ".object_kind = ",
            $known,
            ".object_kind AND ",
            $found,
            ".endpoint || '' = ",
            $known,
            ".endpoint AND ",
            $found,
            ".state + 0 = 0"
        )
    };
}

/// Condition: the same, and `$before` was numbered before `$after`.
macro_rules! comes_first {
    ($before:literal, $after:literal) => {
        concat!(
            waits_alike!($before, $after),
            " AND ",
            $before,
            ".sequence < ",
            $after,
            ".sequence"
        )
    };
}

/// The functions over a connection of `$db`. `$open` and `$close` stand around the parameter when
/// something is to be among a bound list; `$each` makes rows `s (value)` of a list of slots; `$share` and
/// `$update` lock the rows of a query.
macro_rules! callbacks {
    (
        $db:ty, in($open:literal, $close:literal), each($each:literal),
        share($share:literal), update($update:literal)
    ) => {
        use crate::store::{failure::Failure, rows};
        use purser_actors::{
            callback,
            ports::{
                Batch, Delivery, DeliveryWrite, EndpointWrite, Lane, NoticeRow, Refusal, Requeue,
                Slot,
            },
        };
        use purser_subjects::{EndpointId, MerchantId, Timestamp};
        use sqlx::{Connection as _, Row as _, query, query_scalar};
        use std::collections::BTreeSet;
        use uuid::Uuid;

        type Connection = <$db as sqlx::Database>::Connection;
        type Row = <$db as sqlx::Database>::Row;
        type Result<T> = std::result::Result<T, Failure>;

        const NEVER: i64 = i64::MAX;

        fn millis(row: &Row, column: usize) -> Result<Timestamp> {
            Ok(Timestamp::from_millis(row.try_get(column)?))
        }

        fn bytes(row: &Row, column: usize) -> Result<bytes::Bytes> {
            Ok(row.try_get::<Vec<u8>, _>(column)?.into())
        }

        fn status(row: &Row, column: usize) -> Result<Option<u16>> {
            let status = row.try_get::<Option<i32>, _>(column)?;
            status.map(|status| rows::count(status.into()).and_then(rows::small)).transpose()
        }

        /// Columns as of `delivery_columns`, from `first`.
        pub(super) fn delivery(row: &Row, first: usize) -> Result<Delivery> {
            let event: Option<&str> = row.try_get(first + 12)?;
            Ok(Delivery {
                id: row.try_get(first)?,
                endpoint: rows::id(row.try_get(first + 1)?)?.into(),
                merchant: rows::id(row.try_get(first + 2)?)?.into(),
                object: rows::key(row.try_get(first + 3)?, row.try_get(first + 4)?)?,
                sequence: rows::count(row.try_get(first + 5)?)?,
                format: row.try_get(first + 6)?,
                url: row.try_get(first + 7)?,
                payload: bytes(row, first + 8)?,
                created_at: millis(row, first + 9)?,
                due_at: millis(row, first + 10)?,
                attempts: rows::count(row.try_get(first + 11)?)?,
                event: event.map(rows::notice_type).transpose()?,
                round: rows::count(row.try_get(first + 13)?)?,
            })
        }

        pub(super) async fn due_lanes(
            db: &mut Connection,
            slots: &[Slot],
            until: Timestamp,
            after: Option<&(Timestamp, EndpointId)>,
            limit: u32,
        ) -> Result<Vec<Lane>> {
            let rows = query::<$db>(concat!(
                "SELECT endpoint, ready_at, width, rate_per_minute FROM lanes WHERE slot ",
                $open,
                "$5",
                $close,
                " AND ready_at <= $1 AND (ready_at, endpoint) > ($3, $4) \
                 ORDER BY ready_at, endpoint LIMIT $2"
            ))
            .bind(until.as_millis())
            .bind(i64::from(limit))
            .bind(after.map_or(i64::MIN, |(at, _)| at.as_millis()))
            .bind(after.map_or("", |(_, endpoint)| endpoint.as_str()))
            .bind(slot_list(slots))
            .fetch_all(db)
            .await?;
            let lane = |row: &Row| {
                Ok(Lane {
                    endpoint: rows::id(row.try_get(0)?)?.into(),
                    ready_at: millis(row, 1)?,
                    width: rows::count(row.try_get::<i32, _>(2)?.into()).and_then(rows::small)?,
                    rate_per_minute: rows::count(row.try_get(3)?)?,
                })
            };
            rows.iter().map(lane).collect()
        }

        pub(super) async fn next_delivery(
            db: &mut Connection,
            slots: &[Slot],
            after: Timestamp,
        ) -> Result<Option<Timestamp>> {
            let next: Option<i64> = query_scalar::<$db, Option<i64>>(concat!(
                "SELECT MIN(first_at) FROM (SELECT (SELECT MIN(ready_at) FROM lanes \
                 WHERE slot = s.value AND ready_at > $1) AS first_at FROM ",
                $each,
                ") AS firsts"
            ))
            .bind(after.as_millis())
            .bind(slot_list(slots))
            .fetch_one(db)
            .await?;
            Ok(next.filter(|at| *at != NEVER).map(Timestamp::from_millis))
        }

        /// Locks the rows, so that a new delivery comes before or lowers what is noted here.
        pub(super) async fn settle_lanes(
            db: &mut Connection,
            lanes: &[EndpointId],
        ) -> Result<()> {
            let mut tx = db.begin().await?;
            let names = text_list(lanes.iter().map(EndpointId::as_str));
            query::<$db>(concat!(
                "SELECT endpoint FROM lanes WHERE endpoint ",
                $open,
                "$1",
                $close,
                " ORDER BY endpoint",
                $update
            ))
            .bind(names.clone())
            .fetch_all(&mut *tx)
            .await?;
            query::<$db>(concat!(
                "UPDATE lanes SET due_at = f.due_at FROM (SELECT l.endpoint, \
                 COALESCE((SELECT MIN(d.due_at) FROM deliveries d WHERE d.state = 0 \
                 AND d.endpoint = l.endpoint), $2) AS due_at FROM lanes l WHERE l.endpoint ",
                $open,
                "$1",
                $close,
                ") AS f WHERE lanes.endpoint = f.endpoint AND lanes.due_at <> f.due_at"
            ))
            .bind(names)
            .bind(NEVER)
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        }

        /// A delivery that another transaction is just about to end stands in nobody's way any more:
        /// what waits for it is left as it is.
        pub(super) async fn park(
            db: &mut Connection,
            waiting: &[Uuid],
            least: Timestamp,
        ) -> Result<()> {
            let mut tx = db.begin().await?;
            for id in waiting {
                let before = query_scalar::<$db, i64>(concat!(
                    "SELECT h.due_at FROM deliveries w JOIN deliveries h ON ",
                    comes_first!("h", "w"),
                    " WHERE w.id = $1 AND w.state = 0",
                    $share
                ))
                .bind(id)
                .fetch_all(&mut *tx)
                .await?;
                let Some(first_due) = before.iter().min() else { continue };
                query::<$db>(concat!(
                    "UPDATE deliveries SET due_at = $2 WHERE id = $1 AND state = 0 AND due_at < $2 \
                     AND (SELECT COUNT(*) FROM deliveries h WHERE ",
                    comes_first!("h", "deliveries"),
                    ") = $3"
                ))
                .bind(id)
                .bind(least.as_millis().max(*first_due))
                .bind(i64::try_from(before.len()).unwrap_or(i64::MAX))
                .execute(&mut *tx)
                .await?;
            }
            Ok(tx.commit().await?)
        }

        /// The deliveries that the batch's notices make.
        pub(super) async fn fan_out(
            db: &mut Connection,
            notices: &[NoticeRow],
        ) -> Result<Vec<DeliveryWrite>> {
            if notices.is_empty() {
                return Ok(Vec::new());
            }
            let merchants: BTreeSet<_> =
                notices.iter().map(|notice| notice.merchant.as_str()).collect();
            let rows = query::<$db>(concat!(
                "SELECT id, merchant, events, slot FROM endpoints \
                 WHERE kind = 1 AND status <> 2 AND merchant ",
                $open,
                "$1",
                $close
            ))
            .bind(text_list(merchants))
            .fetch_all(db)
            .await?;
            let mut deliveries = Vec::new();
            for row in &rows {
                let endpoint: EndpointId = rows::id(row.try_get(0)?)?.into();
                let merchant: &str = row.try_get(1)?;
                let events = rows::events(row.try_get(2)?);
                let slot = rows::slot(row.try_get(3)?)?;
                let wanted = notices.iter().filter(|notice| {
                    notice.merchant.as_str() == merchant
                        && notice.event.is_wanted(&events)
                        && notice.except.as_ref() != Some(&endpoint)
                });
                deliveries.extend(
                    wanted.map(|notice| DeliveryWrite { slot, delivery: notice.delivery(&endpoint) }),
                );
            }
            Ok(deliveries)
        }

        /// The endpoints that the batch registers and may not.
        pub(super) async fn surplus(db: &mut Connection, batch: &Batch) -> Result<Vec<Refusal>> {
            let merchants = callback::registering(batch);
            if merchants.is_empty() {
                return Ok(Vec::new());
            }
            lock_merchants(db, &merchants).await?;
            let rows = query::<$db>(concat!(
                "SELECT id, merchant FROM endpoints WHERE kind = 1 AND status <> 2 AND merchant ",
                $open,
                "$1",
                $close
            ))
            .bind(text_list(merchants.into_iter().map(MerchantId::as_str)))
            .fetch_all(db)
            .await?;
            let stored = |row: &Row| {
                Ok((rows::id(row.try_get(0)?)?.into(), rows::id(row.try_get(1)?)?.into()))
            };
            let stored = rows.iter().map(stored).collect::<Result<Vec<_>>>()?;
            Ok(callback::surplus(batch, &stored))
        }

        /// Writes what few batches have: endpoints, and deliveries made anew.
        pub(super) async fn write(db: &mut Connection, batch: &Batch) -> Result<()> {
            for write in &batch.endpoints {
                write_endpoint(db, write).await?;
            }
            for requeue in &batch.requeues {
                write_requeue(db, requeue).await?;
            }
            Ok(())
        }

        async fn write_endpoint(db: &mut Connection, write: &EndpointWrite) -> Result<()> {
            let EndpointWrite { slot, row } = write;
            query::<$db>(
                "INSERT INTO endpoints (id, merchant, kind, status, url, events, description, \
                 created_at, slot) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (id) DO UPDATE SET status = excluded.status, url = excluded.url, \
                 events = excluded.events, description = excluded.description",
            )
            .bind(row.endpoint.as_str())
            .bind(row.merchant.as_str())
            .bind(row.kind.number())
            .bind(row.status.number())
            .bind(&row.url)
            .bind(row.events.join(","))
            .bind(&row.description)
            .bind(row.created_at.as_millis())
            .bind(slot.number())
            .execute(&mut *db)
            .await?;
            query::<$db>(
                "INSERT INTO lanes (endpoint, slot, due_at, hold_until, width, rate_per_minute) \
                 VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (endpoint) DO UPDATE SET hold_until = excluded.hold_until, \
                 width = excluded.width, rate_per_minute = excluded.rate_per_minute",
            )
            .bind(row.endpoint.as_str())
            .bind(slot.number())
            .bind(NEVER)
            .bind(row.pace.hold_until.as_millis())
            .bind(i32::from(row.pace.width))
            .bind(i64::from(row.pace.rate_per_minute))
            .execute(db)
            .await?;
            Ok(())
        }

        async fn write_requeue(db: &mut Connection, requeue: &Requeue) -> Result<()> {
            let due_at = requeue.due_at.as_millis();
            for delivery in &requeue.deliveries {
                query::<$db>(
                    "UPDATE deliveries SET state = 0, due_at = $3, \
                     round = CASE WHEN state = 0 THEN round ELSE attempts END \
                     WHERE id = $1 AND endpoint = $2",
                )
                .bind(delivery)
                .bind(requeue.endpoint.as_str())
                .bind(due_at)
                .execute(&mut *db)
                .await?;
            }
            // Written even when nothing changes: whoever settles the lane waits for this transaction.
            query::<$db>(
                "UPDATE lanes SET due_at = CASE WHEN due_at > $2 THEN $2 ELSE due_at END \
                 WHERE endpoint = $1",
            )
            .bind(requeue.endpoint.as_str())
            .bind(due_at)
            .execute(db)
            .await?;
            Ok(())
        }

        /// Makes lanes agree with the pending deliveries of a version that knew no lanes.
        pub(super) async fn reconcile_lanes(db: &mut Connection) -> Result<()> {
            query::<$db>(
                "INSERT INTO lanes (endpoint, slot, due_at) \
                 SELECT endpoint, MAX(slot), MIN(due_at) FROM deliveries WHERE state = 0 \
                 GROUP BY endpoint ORDER BY endpoint \
                 ON CONFLICT (endpoint) DO UPDATE SET slot = excluded.slot, \
                 due_at = CASE WHEN excluded.due_at < lanes.due_at THEN excluded.due_at \
                 ELSE lanes.due_at END \
                 WHERE excluded.due_at < lanes.due_at OR lanes.slot <> excluded.slot",
            )
            .execute(db)
            .await?;
            Ok(())
        }
    };
}
