//! Endpoints, deliveries and attempts as they are listed, replayed and pruned: written once and compiled
//! for each engine.

/// What `delivery_row` reads after a delivery's own columns.
macro_rules! delivery_row_columns {
    () => {
        ", d.state, d.http_status, d.error, CAST(CASE WHEN d.state = 0 AND EXISTS \
         (SELECT 1 FROM lanes l WHERE l.endpoint = d.endpoint \
         AND l.hold_until = 9223372036854775807) THEN 1 ELSE 0 END AS bigint)"
    };
}

/// A page of deliveries that `$of` finds, newest first.
macro_rules! listing {
    ($of:literal) => {
        concat!(
            "SELECT ",
            delivery_columns!(),
            delivery_row_columns!(),
            " FROM deliveries d WHERE ",
            $of,
            " AND d.created_at >= $2 AND d.created_at <= $3 AND (d.created_at, d.id) < ($4, $5) \
             AND ($6 IS NULL OR d.endpoint = $6) AND ($7 IS NULL OR d.merchant = $7) \
             AND ($8 IS NULL OR d.object_kind = $8) AND ($9 IS NULL OR d.state = $9) \
             AND ($10 IS NULL OR d.event = $10) ORDER BY d.created_at DESC, d.id DESC LIMIT $11"
        )
    };
}

/// The functions over a connection of `$db`, beside those of [`callbacks`], whose helpers they use.
macro_rules! callback_listings {
    ($db:ty) => {
        use purser_actors::ports::{
            AttemptRow, DeliveryCursor, DeliveryQuery, DeliveryRow, EndpointRow, Pace, ReplayQuery,
        };
        use purser_subjects::callback::ReplayScope;

        pub(super) async fn endpoints(
            db: &mut Connection,
            merchant: Option<&MerchantId>,
            after: Option<&EndpointId>,
            limit: u32,
        ) -> Result<Vec<EndpointRow>> {
            let text = match merchant {
                Some(_) => {
                    "SELECT e.id, e.merchant, e.kind, e.status, e.url, e.events, e.description, \
                     e.created_at, l.hold_until, l.width, l.rate_per_minute \
                     FROM endpoints e JOIN lanes l ON l.endpoint = e.id \
                     WHERE e.id > $1 AND e.merchant = $3 ORDER BY e.id LIMIT $2"
                }
                None => {
                    "SELECT e.id, e.merchant, e.kind, e.status, e.url, e.events, e.description, \
                     e.created_at, l.hold_until, l.width, l.rate_per_minute \
                     FROM endpoints e JOIN lanes l ON l.endpoint = e.id \
                     WHERE e.id > $1 AND $3 = '' ORDER BY e.id LIMIT $2"
                }
            };
            let rows = query::<$db>(text)
                .bind(after.map_or("", EndpointId::as_str))
                .bind(i64::from(limit))
                .bind(merchant.map_or("", MerchantId::as_str))
                .fetch_all(db)
                .await?;
            let endpoint = |row: &Row| {
                Ok(EndpointRow {
                    endpoint: rows::id(row.try_get(0)?)?.into(),
                    merchant: rows::id(row.try_get(1)?)?.into(),
                    kind: rows::endpoint_kind(row.try_get(2)?)?,
                    status: rows::endpoint_status(row.try_get(3)?)?,
                    url: row.try_get(4)?,
                    events: rows::events(row.try_get(5)?),
                    description: row.try_get(6)?,
                    created_at: millis(row, 7)?,
                    pace: Pace {
                        hold_until: millis(row, 8)?,
                        width: rows::count(row.try_get::<i32, _>(9)?.into())
                            .and_then(rows::small)?,
                        rate_per_minute: rows::count(row.try_get(10)?)?,
                    },
                })
            };
            rows.iter().map(endpoint).collect()
        }

        /// Columns as of `delivery_columns`, then state, HTTP status, error, and whether it is held.
        fn delivery_row(row: &Row) -> Result<DeliveryRow> {
            Ok(DeliveryRow {
                delivery: delivery(row, 0)?,
                state: rows::delivery_state(row.try_get(14)?)?,
                http_status: status(row, 15)?,
                error: row.try_get(16)?,
                is_held: row.try_get::<i64, _>(17)? != 0,
            })
        }

        pub(super) async fn deliveries(
            db: &mut Connection,
            wanted: &DeliveryQuery,
        ) -> Result<Vec<DeliveryRow>> {
            let (text, of) = match (&wanted.object, &wanted.endpoint, &wanted.merchant) {
                (Some(object), ..) => (listing!("d.object_id = $1"), object.id.as_str()),
                (None, Some(endpoint), _) => (listing!("d.endpoint = $1"), endpoint.as_str()),
                (None, None, Some(merchant)) => (listing!("d.merchant = $1"), merchant.as_str()),
                (None, None, None) => (listing!("$1 = ''"), ""),
            };
            let after = wanted.after;
            let rows = query::<$db>(text)
                .bind(of)
                .bind(wanted.from.map_or(i64::MIN, Timestamp::as_millis))
                .bind(wanted.to.map_or(i64::MAX, Timestamp::as_millis))
                .bind(after.map_or(i64::MAX, |after| after.created_at.as_millis()))
                .bind(after.map_or(Uuid::max(), |after| after.delivery))
                .bind(wanted.endpoint.as_ref().map(EndpointId::as_str))
                .bind(wanted.merchant.as_ref().map(MerchantId::as_str))
                .bind(wanted.object.as_ref().map(|object| object.kind.number()))
                .bind(wanted.state.map(|state| state.number()))
                .bind(wanted.event.map(|event| event.as_str()))
                .bind(i64::from(wanted.limit))
                .fetch_all(db)
                .await?;
            rows.iter().map(delivery_row).collect()
        }

        pub(super) async fn delivery_of(
            db: &mut Connection,
            id: Uuid,
        ) -> Result<Option<DeliveryRow>> {
            let row = query::<$db>(concat!(
                "SELECT ",
                delivery_columns!(),
                delivery_row_columns!(),
                " FROM deliveries d WHERE d.id = $1"
            ))
            .bind(id)
            .fetch_optional(db)
            .await?;
            row.as_ref().map(delivery_row).transpose()
        }

        pub(super) async fn attempts(db: &mut Connection, delivery: Uuid) -> Result<Vec<AttemptRow>> {
            let rows = query::<$db>(
                "SELECT number, at, duration_ms, http_status, url, request_headers, request_body, \
                 answer, error FROM attempts WHERE delivery = $1 ORDER BY number DESC LIMIT 100",
            )
            .bind(delivery)
            .fetch_all(db)
            .await?;
            let attempt = |row: &Row| {
                Ok(AttemptRow {
                    delivery,
                    number: rows::count(row.try_get(0)?)?,
                    at: millis(row, 1)?,
                    duration_ms: rows::count(row.try_get(2)?)?,
                    http_status: status(row, 3)?,
                    url: row.try_get(4)?,
                    request_headers: rows::headers(row.try_get(5)?)?,
                    request_body: bytes(row, 6)?,
                    answer: bytes(row, 7)?,
                    error: row.try_get(8)?,
                })
            };
            rows.iter().rev().map(attempt).collect()
        }

        pub(super) async fn replayable(
            db: &mut Connection,
            wanted: &ReplayQuery,
        ) -> Result<Vec<DeliveryCursor>> {
            let after = wanted.after;
            // State 1 is delivered, 2 given up.
            let least_state = match wanted.scope {
                ReplayScope::All => 1_i16,
                ReplayScope::Failed => 2,
            };
            let rows = query::<$db>(
                "SELECT created_at, id FROM deliveries WHERE endpoint = $1 AND created_at >= $2 \
                 AND created_at <= $3 AND (created_at, id) > ($4, $5) AND state >= $6 \
                 ORDER BY created_at, id LIMIT $7",
            )
            .bind(wanted.endpoint.as_str())
            .bind(wanted.from.as_millis())
            .bind(wanted.to.as_millis())
            .bind(after.map_or(i64::MIN, |after| after.created_at.as_millis()))
            .bind(after.map_or(Uuid::nil(), |after| after.delivery))
            .bind(least_state)
            .bind(i64::from(wanted.limit))
            .fetch_all(db)
            .await?;
            let cursor = |row: &Row| {
                Ok(DeliveryCursor { created_at: millis(row, 0)?, delivery: row.try_get(1)? })
            };
            rows.iter().map(cursor).collect()
        }

        pub(super) async fn prune(
            db: &mut Connection,
            before: Timestamp,
            limit: u32,
        ) -> Result<u64> {
            let mut tx = db.begin().await?;
            let old = query_scalar::<$db, Uuid>(
                "SELECT id FROM deliveries WHERE created_at < $1 AND (state <> 0 OR EXISTS \
                 (SELECT 1 FROM lanes l WHERE l.endpoint = deliveries.endpoint \
                 AND l.hold_until = $3)) ORDER BY created_at, id LIMIT $2",
            )
            .bind(before.as_millis())
            .bind(i64::from(limit))
            .bind(NEVER)
            .fetch_all(&mut *tx)
            .await?;
            for id in &old {
                for text in
                    ["DELETE FROM attempts WHERE delivery = $1", "DELETE FROM deliveries WHERE id = $1"]
                {
                    query::<$db>(text).bind(id).execute(&mut *tx).await?;
                }
            }
            query::<$db>(
                "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE at < $1 LIMIT $2)",
            )
            .bind(before.as_millis())
            .bind(i64::from(limit))
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(old.len() as u64)
        }
    };
}
