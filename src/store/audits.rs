//! Reading everything back in one snapshot, written once and compiled for each engine.

/// The audit over a connection of `$db` on which a read transaction has begun. Dropping it closes the
/// connection, and with it the snapshot.
/// `$open` and `$close` stand around the parameter when something is to be among a bound list.
macro_rules! audits {
    ($db:ty, in($open:literal, $close:literal)) => {
        use crate::store::{failure::Failure, histories::Histories, rows};
        use purser_actors::ports::{
            Audit, AuditedBatch, AuditedEntity, BalanceRow, EventRow, JournalSummary, StoreError,
        };
        use purser_subjects::{AccountId, EntityKey, Timestamp};
        use sqlx::{Row as _, query};
        use std::collections::HashMap;

        /// Events that are read at once to see whose they are.
        const PAGE: i64 = 16_384;

        pub(super) struct Snapshot {
            db: <$db as sqlx::Database>::Connection,
            /// Read when it is asked for first.
            histories: Option<Histories>,
        }

        type Row = <$db as sqlx::Database>::Row;

        impl Snapshot {
            /// Takes a connection whose read transaction has begun, and fixes what it sees.
            pub(super) async fn of(
                mut db: <$db as sqlx::Database>::Connection,
            ) -> Result<Self, Failure> {
                query::<$db>("SELECT last_batch FROM journals").fetch_one(&mut db).await?;
                Ok(Self { db, histories: None })
            }

            /// Rows of `events` or `postings` numbered from above `$1` up to `$2`.
            async fn numbered(
                &mut self,
                text: &'static str,
                after: i64,
                last: i64,
            ) -> Result<Vec<Row>, Failure> {
                Ok(query::<$db>(text).bind(after).bind(last).fetch_all(&mut self.db).await?)
            }

            async fn read_batches(
                &mut self,
                after: i64,
                limit: u32,
            ) -> Result<Vec<AuditedBatch>, Failure> {
                let before = query::<$db>(
                    "SELECT last_event, last_posting FROM batches WHERE number <= $1 \
                     ORDER BY number DESC LIMIT 1",
                )
                .bind(after)
                .fetch_optional(&mut self.db)
                .await?;
                let (first_event, first_posting): (i64, i64) = match before {
                    Some(row) => (row.try_get(0)?, row.try_get(1)?),
                    None => (0, 0),
                };
                let batches = query::<$db>(
                    "SELECT number, booked_at, hash, last_event, last_posting FROM batches \
                     WHERE number > $1 ORDER BY number LIMIT $2",
                )
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(&mut self.db)
                .await?;
                let Some(last) = batches.last() else { return Ok(Vec::new()) };
                let (last_event, last_posting) = (last.try_get(3)?, last.try_get(4)?);
                let events = self.numbered(EVENTS_BY_NUMBER, first_event, last_event).await?;
                let postings =
                    self.numbered(POSTINGS_BY_NUMBER, first_posting, last_posting).await?;
                let mut events = events.iter().map(reads::event).peekable();
                let mut postings = postings.iter().map(reads::posting).peekable();
                let mut audited = Vec::with_capacity(batches.len());
                for row in &batches {
                    let (last_event, last_posting): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
                    let mut batch = AuditedBatch {
                        number: row.try_get(0)?,
                        booked_at: Timestamp::from_millis(row.try_get(1)?),
                        hash: rows::hash(row.try_get(2)?)?,
                        events: Vec::new(),
                        postings: Vec::new(),
                    };
                    let of_batch = |number: i64, last: i64| number <= last;
                    while let Some(event) = events.next_if(|event| {
                        event.as_ref().map_or(true, |event| of_batch(event.number, last_event))
                    }) {
                        batch.events.push(event?);
                    }
                    while let Some(posting) = postings.next_if(|posting| {
                        posting.as_ref().map_or(true, |row| of_batch(row.number, last_posting))
                    }) {
                        batch.postings.push(posting?);
                    }
                    audited.push(batch);
                }
                Ok(audited)
            }

            async fn read_entities(
                &mut self,
                after: Option<&EntityKey>,
                limit: u32,
            ) -> Result<Vec<AuditedEntity>, Failure> {
                // Kinds begin at 1 and no id is empty, so this is before everything.
                let start = after.map_or((0, ""), |key| (key.kind.number(), key.id.as_str()));
                let found = query::<$db>(
                    "SELECT kind, id, version, state, wake_at FROM entities \
                     WHERE (kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3",
                )
                .bind(start.0)
                .bind(start.1)
                .bind(i64::from(limit))
                .fetch_all(&mut self.db)
                .await?;
                let mut histories = self.histories_of(&found).await?;
                let mut audited = Vec::with_capacity(found.len());
                for row in &found {
                    let mut entity = AuditedEntity {
                        key: rows::key(row.try_get(0)?, row.try_get(1)?)?,
                        version: row.try_get(2)?,
                        state: row.try_get::<Vec<u8>, _>(3)?.into(),
                        wake_at: row.try_get::<Option<i64>, _>(4)?.map(Timestamp::from_millis),
                        events: Vec::new(),
                    };
                    entity.events = histories.remove(&entity.key).unwrap_or_default();
                    audited.push(entity);
                }
                Ok(audited)
            }

            /// The events of the entities in `rows`, in the order of their versions.
            async fn histories_of(
                &mut self,
                rows: &[Row],
            ) -> Result<HashMap<EntityKey, Vec<EventRow>>, Failure> {
                let mut histories = HashMap::with_capacity(rows.len());
                let mut numbers = Vec::new();
                let all = match self.histories.take() {
                    Some(all) => all,
                    None => self.read_histories().await?,
                };
                for row in rows {
                    let key = rows::key(row.try_get(0)?, row.try_get(1)?)?;
                    numbers.extend(all.numbers(&key));
                    histories.insert(key, Vec::new());
                }
                self.histories = Some(all);
                let events = query::<$db>(concat!(
                    "SELECT number, batch, kind, id, version, name, payload, correlation, causation \
                     FROM events WHERE number ",
                    $open,
                    "$1",
                    $close,
                    " ORDER BY version, number"
                ))
                .bind(reads::number_list(&numbers))
                .fetch_all(&mut self.db)
                .await?;
                for row in &events {
                    let event = reads::event(row)?;
                    if let Some(history) = histories.get_mut(&event.entity) {
                        history.push(event);
                    }
                }
                Ok(histories)
            }

            async fn read_histories(&mut self) -> Result<Histories, Failure> {
                let mut histories = Histories::default();
                let mut last = 0_i64;
                loop {
                    let page = query::<$db>(
                        "SELECT number, kind, id FROM events WHERE number > $1 ORDER BY number LIMIT $2",
                    )
                    .bind(last)
                    .bind(PAGE)
                    .fetch_all(&mut self.db)
                    .await?;
                    let Some(end) = page.last() else { break };
                    last = end.try_get::<i64, _>(0)?;
                    for row in &page {
                        histories.add(row.try_get(1)?, row.try_get(2)?, row.try_get(0)?);
                    }
                }
                histories.sort();
                Ok(histories)
            }

            async fn read_balances(
                &mut self,
                after: Option<&AccountId>,
                limit: u32,
            ) -> Result<Vec<BalanceRow>, Failure> {
                let rows = query::<$db>(
                    "SELECT account, currency, side, floor, ceiling, status, posted, held \
                     FROM balances WHERE account > $1 ORDER BY account LIMIT $2",
                )
                .bind(after.map_or("", AccountId::as_str))
                .bind(i64::from(limit))
                .fetch_all(&mut self.db)
                .await?;
                rows.iter().map(|row| reads::balance(row, 0)).collect()
            }

            async fn read_summary(&mut self) -> Result<JournalSummary, Failure> {
                let heads = query::<$db>(concat!(
                    "SELECT ",
                    head_columns!(),
                    " FROM journals ORDER BY id"
                ));
                let heads = heads.fetch_all(&mut self.db).await?;
                let row = query::<$db>(
                    "SELECT (SELECT COUNT(*) FROM events), \
                     (SELECT COUNT(*) FROM postings), (SELECT COUNT(*) FROM entities), \
                     (SELECT COUNT(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM entities x \
                     WHERE x.kind = e.kind AND x.id = e.id))",
                )
                .fetch_one(&mut self.db)
                .await?;
                Ok(JournalSummary {
                    heads: heads.iter().map(reads::head).collect::<Result<_, _>>()?,
                    events: row.try_get(0)?,
                    postings: row.try_get(1)?,
                    entities: row.try_get(2)?,
                    orphan_events: row.try_get(3)?,
                })
            }
        }

        const EVENTS_BY_NUMBER: &str =
            "SELECT number, batch, kind, id, version, name, payload, correlation, causation \
             FROM events WHERE number > $1 AND number <= $2 ORDER BY number";

        const POSTINGS_BY_NUMBER: &str =
            "SELECT number, batch, posting_group, account, amount, currency, booked_at, \
             effective_at, memo FROM postings WHERE number > $1 AND number <= $2 ORDER BY number";

        #[async_trait::async_trait]
        impl Audit for Snapshot {
            async fn summary(&mut self) -> Result<JournalSummary, StoreError> {
                Ok(self.read_summary().await?)
            }

            async fn batches(
                &mut self,
                after: i64,
                limit: u32,
            ) -> Result<Vec<AuditedBatch>, StoreError> {
                Ok(self.read_batches(after, limit).await?)
            }

            async fn entities(
                &mut self,
                after: Option<&EntityKey>,
                limit: u32,
            ) -> Result<Vec<AuditedEntity>, StoreError> {
                Ok(self.read_entities(after, limit).await?)
            }

            async fn balances(
                &mut self,
                after: Option<&AccountId>,
                limit: u32,
            ) -> Result<Vec<BalanceRow>, StoreError> {
                Ok(self.read_balances(after, limit).await?)
            }
        }
    };
}
