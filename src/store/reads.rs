//! Queries that both engines understand, written once and compiled for each.

/// What [`reads`]'s `head` reads, in its order.
macro_rules! head_columns {
    () => {
        "id, epoch, losses, last_batch, hash, last_event, last_posting, last_message, booked_at, \
         published"
    };
}

/// The reading half of the port, as functions over a connection of `$db`. `$open` and `$close` stand
/// around the parameter when a slot is to be among those that the engine's `slot_list` bound.
macro_rules! reads {
    ($db:ty, in($open:literal, $close:literal)) => {
        use crate::store::{failure::Failure, ledger_sql, rows};
        use bytes::Bytes;
        use purser_actors::ports::{
            BalanceRow, EventRow, JournalHead, OutboxRow, PostingRow, Slot, StatementQuery,
        };
        use purser_subjects::{AccountId, EntityKey, MerchantId, Timestamp, account::TimeBasis};
        use sqlx::{Row as _, query, query_scalar};

        type Connection = <$db as sqlx::Database>::Connection;
        type Row = <$db as sqlx::Database>::Row;
        type Result<T> = std::result::Result<T, Failure>;

        fn millis(row: &Row, column: usize) -> Result<Timestamp> {
            Ok(Timestamp::from_millis(row.try_get(column)?))
        }

        fn bytes(row: &Row, column: usize) -> Result<Bytes> {
            Ok(row.try_get::<Vec<u8>, _>(column)?.into())
        }

        fn entity(row: &Row, kind: usize) -> Result<EntityKey> {
            rows::key(row.try_get(kind)?, row.try_get(kind + 1)?)
        }

        /// The exact sum of the two columns that `ledger_sql` sums amounts in.
        fn whole_sum(row: &Row, high: usize) -> Result<i64> {
            let (high, low): (i64, i64) = (row.try_get(high)?, row.try_get(high + 1)?);
            let sum = (i128::from(high) << 32) + i128::from(low);
            i64::try_from(sum).map_err(|_| Failure::SumOverflow)
        }

        /// Eight columns from `first`: account, currency, side, floor, ceiling, status, posted, held.
        pub(super) fn balance(row: &Row, first: usize) -> Result<BalanceRow> {
            let raw = rows::RawBalance {
                account: row.try_get(first)?,
                currency: row.try_get(first + 1)?,
                side: row.try_get(first + 2)?,
                floor: row.try_get(first + 3)?,
                ceiling: row.try_get(first + 4)?,
                status: row.try_get(first + 5)?,
                posted: row.try_get(first + 6)?,
                held: row.try_get(first + 7)?,
            };
            raw.check()
        }

        /// Columns: number, batch, kind, id, version, name, payload, correlation, causation.
        pub(super) fn event(row: &Row) -> Result<EventRow> {
            Ok(EventRow {
                number: row.try_get(0)?,
                batch: row.try_get(1)?,
                entity: entity(row, 2)?,
                version: row.try_get(4)?,
                name: row.try_get(5)?,
                payload: bytes(row, 6)?,
                correlation: row.try_get(7)?,
                causation: row.try_get(8)?,
            })
        }

        /// Columns: number, batch, posting_group, account, amount, currency, booked_at, effective_at,
        /// memo.
        pub(super) fn posting(row: &Row) -> Result<PostingRow> {
            Ok(PostingRow {
                number: row.try_get(0)?,
                batch: row.try_get(1)?,
                group: row.try_get(2)?,
                account: rows::id(row.try_get(3)?)?.into(),
                amount: row.try_get(4)?,
                currency: rows::parse("a currency", row.try_get(5)?)?,
                booked_at: millis(row, 6)?,
                effective_at: millis(row, 7)?,
                memo: row.try_get(8)?,
            })
        }

        /// Columns: those of `head_columns`.
        pub(super) fn head(row: &Row) -> Result<JournalHead> {
            Ok(JournalHead {
                journal: row.try_get(0)?,
                epoch: row.try_get(1)?,
                losses: row.try_get(2)?,
                batch: row.try_get(3)?,
                hash: rows::hash(row.try_get(4)?)?,
                event: row.try_get(5)?,
                posting: row.try_get(6)?,
                message: row.try_get(7)?,
                booked_at: millis(row, 8)?,
                published: row.try_get(9)?,
            })
        }

        /// `text` reads the head of journal `$1`.
        pub(super) async fn journal_head(
            db: &mut Connection,
            text: &'static str,
            journal: i32,
        ) -> Result<JournalHead> {
            head(&query::<$db>(text).bind(journal).fetch_one(db).await?)
        }

        pub(super) async fn due_entities(
            db: &mut Connection,
            slots: &[Slot],
            until: Timestamp,
            after: Option<&(EntityKey, Timestamp)>,
            limit: u32,
        ) -> Result<Vec<(EntityKey, Timestamp)>> {
            let rows = query::<$db>(concat!(
                "SELECT kind, id, wake_at FROM entities WHERE wake_at <= $1 \
                 AND (wake_at, kind, id) > ($3, $4, $5) AND slot ",
                $open,
                "$6",
                $close,
                " ORDER BY wake_at, kind, id LIMIT $2"
            ))
            .bind(until.as_millis())
            .bind(i64::from(limit))
            .bind(after.map_or(i64::MIN, |(_, at)| at.as_millis()))
            .bind(after.map_or(0, |(key, _)| key.kind.number()))
            .bind(after.map_or("", |(key, _)| key.id.as_str()))
            .bind(slot_list(slots))
            .fetch_all(db)
            .await?;
            rows.iter().map(|row| Ok((entity(row, 0)?, millis(row, 2)?))).collect()
        }

        pub(super) async fn next_wake(
            db: &mut Connection,
            slots: &[Slot],
            after: Timestamp,
        ) -> Result<Option<Timestamp>> {
            let wake: Option<i64> = query_scalar::<$db, Option<i64>>(concat!(
                "SELECT MIN(wake_at) FROM entities WHERE wake_at > $1 AND slot ",
                $open,
                "$2",
                $close
            ))
            .bind(after.as_millis())
            .bind(slot_list(slots))
            .fetch_one(db)
            .await?;
            Ok(wake.map(Timestamp::from_millis))
        }

        pub(super) async fn outbox(
            db: &mut Connection,
            slots: &[Slot],
            after: i64,
            limit: u32,
        ) -> Result<Vec<OutboxRow>> {
            let rows = query::<$db>(concat!(
                "SELECT number, kind, id, verb, envelope, slot FROM outbox WHERE number > $1 \
                 AND slot ",
                $open,
                "$3",
                $close,
                " ORDER BY number LIMIT $2"
            ))
            .bind(after)
            .bind(i64::from(limit))
            .bind(slot_list(slots))
            .fetch_all(db)
            .await?;
            let message = |row: &Row| {
                Ok(OutboxRow {
                    number: row.try_get(0)?,
                    to: entity(row, 1)?,
                    verb: row.try_get(3)?,
                    envelope: bytes(row, 4)?,
                    slot: rows::slot(row.try_get(5)?)?,
                })
            };
            rows.iter().map(message).collect()
        }

        pub(super) async fn events(
            db: &mut Connection,
            journal: i32,
            after: i64,
            limit: u32,
        ) -> Result<Vec<EventRow>> {
            let rows = query::<$db>(
                "SELECT number, batch, kind, id, version, name, payload, correlation, causation \
                 FROM events WHERE number > $1 AND number <= $3 ORDER BY number LIMIT $2",
            )
            .bind(after.max(JournalHead::start(journal).event))
            .bind(i64::from(limit))
            .bind(JournalHead::start(journal + 1).event)
            .fetch_all(db)
            .await?;
            rows.iter().map(event).collect()
        }

        pub(super) async fn set_published(
            db: &mut Connection,
            journal: i32,
            event: i64,
        ) -> Result<()> {
            query::<$db>(
                "UPDATE journals \
                 SET published = CASE WHEN last_event < $2 THEN last_event ELSE $2 END \
                 WHERE id = $1 AND published < $2",
            )
            .bind(journal)
            .bind(event)
            .execute(db)
            .await?;
            Ok(())
        }

        pub(super) async fn posted_sum(
            db: &mut Connection,
            account: &AccountId,
            at: Timestamp,
            by: TimeBasis,
        ) -> Result<i64> {
            let text = match by {
                TimeBasis::Booking => ledger_sql::BOOKED_SUM,
                TimeBasis::Effective => ledger_sql::EFFECTIVE_SUM,
            };
            let sums = query::<$db>(text).bind(account.as_str()).bind(at.as_millis());
            whole_sum(&sums.fetch_one(db).await?, 0)
        }

        pub(super) async fn postings(
            db: &mut Connection,
            wanted: &StatementQuery,
        ) -> Result<(i64, Vec<PostingRow>)> {
            let text = match wanted.by {
                TimeBasis::Booking => ledger_sql::BOOKED_PAGE,
                TimeBasis::Effective => ledger_sql::EFFECTIVE_PAGE,
            };
            // The page begins after this point in the order of (time, number); numbers begin at 1.
            let start = match wanted.after {
                Some(cursor) if cursor.at >= wanted.from => (cursor.at, cursor.posting),
                _ => (wanted.from, 0),
            };
            let rows = query::<$db>(text)
                .bind(wanted.account.as_str())
                .bind(start.0.as_millis())
                .bind(start.1)
                .bind(wanted.to.as_millis())
                .bind(i64::from(wanted.limit))
                .fetch_all(db)
                .await?;
            let opening = rows.first().map_or(Ok(0), |row| whole_sum(row, 9))?;
            // An empty page is one row without a posting.
            let has_posting = |row: &&Row| !matches!(row.try_get::<Option<i64>, _>(0), Ok(None));
            let lines = rows.iter().filter(has_posting).map(posting).collect::<Result<_>>()?;
            Ok((opening, lines))
        }

        pub(super) async fn merchant_by_credential(
            db: &mut Connection,
            scheme: &str,
            name: &str,
        ) -> Result<Option<MerchantId>> {
            let id: Option<String> = query_scalar::<$db, String>(
                "SELECT merchant FROM credentials WHERE scheme = $1 AND name = $2",
            )
            .bind(scheme)
            .bind(name)
            .fetch_optional(db)
            .await?;
            id.map(|id| Ok(rows::id(&id)?.into())).transpose()
        }

        pub(super) async fn merchants(
            db: &mut Connection,
            after: Option<&MerchantId>,
            limit: u32,
        ) -> Result<Vec<MerchantId>> {
            // Kind 1 is a merchant; no id is empty.
            let rows = query::<$db>(
                "SELECT id FROM entities WHERE kind = 1 AND id > $1 ORDER BY id LIMIT $2",
            )
            .bind(after.map_or("", MerchantId::as_str))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await?;
            rows.iter().map(|row| Ok(rows::id(row.try_get(0)?)?.into())).collect()
        }

        pub(super) async fn setting(db: &mut Connection, name: &str) -> Result<Option<Vec<u8>>> {
            let value = query_scalar::<$db, Vec<u8>>("SELECT value FROM settings WHERE name = $1");
            Ok(value.bind(name).fetch_optional(db).await?)
        }

        pub(super) async fn init_setting(
            db: &mut Connection,
            name: &str,
            value: &[u8],
        ) -> Result<Vec<u8>> {
            query::<$db>(
                "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            )
            .bind(name)
            .bind(value)
            .execute(&mut *db)
            .await?;
            let stored = query_scalar::<$db, Vec<u8>>("SELECT value FROM settings WHERE name = $1");
            Ok(stored.bind(name).fetch_one(db).await?)
        }
    };
}
