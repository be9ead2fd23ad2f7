//! Endpoints, deliveries and attempts.

use super::reads::slot_list;
use purser_actors::ports::DueOfLane;

callbacks!(
    sqlx::Postgres, in("= ANY(", ")"), each("unnest($2) AS s (value)"),
    share(" FOR SHARE OF h SKIP LOCKED"), update(" FOR UPDATE")
);
callback_listings!(sqlx::Postgres);

/// Without it the planner sorts a backlog whenever it knows too little of the table, where an index gives
/// the order; and compiles what runs for a fraction of a millisecond.
const BY_INDEX: &str = "BEGIN; SET LOCAL enable_sort = off; SET LOCAL jit = off";

/// Parameters: endpoints, how many of each are looked at, time.
const DUE_OF_LANES: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    ", (SELECT e.sequence FROM deliveries e WHERE ",
    comes_first!("e", "d"),
    " LIMIT 1) IS NULL, l.place \
     FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS l (endpoint, scan, place) \
     CROSS JOIN LATERAL (SELECT * FROM deliveries p WHERE p.state = 0 AND p.endpoint = l.endpoint \
     AND p.due_at <= $3 ORDER BY p.due_at LIMIT l.scan) AS d ORDER BY l.place, d.due_at"
);

/// Parameters: endpoints, time. One row for each endpoint, in their order.
const NEXT_OF_LANES: &str = "SELECT (SELECT p.due_at FROM deliveries p WHERE p.state = 0 \
     AND p.endpoint = l.endpoint AND p.due_at > $2 ORDER BY p.due_at LIMIT 1) \
     FROM unnest($1::text[]) WITH ORDINALITY AS l (endpoint, place) ORDER BY l.place";

/// One query for all lanes.
pub(super) async fn due_of_lanes(
    db: &mut Connection,
    lanes: &[(EndpointId, u32)],
    until: Timestamp,
) -> Result<Vec<DueOfLane>> {
    let names: Vec<_> = lanes.iter().map(|(endpoint, _)| endpoint.as_str()).collect();
    let scans: Vec<_> = lanes.iter().map(|(_, scan)| i64::from(*scan)).collect();
    let mut tx = db.begin_with(BY_INDEX).await?;
    let found = query::<sqlx::Postgres>(DUE_OF_LANES)
        .bind(&names)
        .bind(scans)
        .bind(until.as_millis())
        .fetch_all(&mut *tx)
        .await?;
    let next = query_scalar::<sqlx::Postgres, Option<i64>>(NEXT_OF_LANES)
        .bind(names)
        .bind(until.as_millis())
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    let mut due: Vec<_> = next
        .into_iter()
        .map(|next| DueOfLane { next: next.map(Timestamp::from_millis), ..DueOfLane::default() })
        .collect();
    for row in &found {
        let place = rows::count(row.try_get::<i64, _>(15)? - 1)? as usize;
        if row.try_get::<bool, _>(14)? {
            due[place].first.push(delivery(row, 0)?);
        } else {
            due[place].waiting.push(row.try_get(0)?);
        }
    }
    for (of_lane, (_, scan)) in due.iter_mut().zip(lanes) {
        of_lane.is_all = of_lane.first.len() + of_lane.waiting.len() < *scan as usize;
    }
    Ok(due)
}

/// So that two nodes that register for the same merchant at once count one after the other.
async fn lock_merchants(db: &mut Connection, merchants: &BTreeSet<&MerchantId>) -> Result<()> {
    for merchant in merchants {
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('purser.endpoints.' || $1, 0))";
        query::<sqlx::Postgres>(lock).bind(merchant.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Ids as one parameter.
fn text_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<&'t str> {
    texts.into_iter().collect()
}
