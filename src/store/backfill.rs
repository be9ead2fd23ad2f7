//! Slots for rows of a version that knew none, written once and compiled for each engine.

/// The functions over a connection of `$db`. `$skip` makes a query lock its rows and leave out those
/// that somebody else has locked: whoever writes to a row gives it its slot.
macro_rules! backfill {
    ($db:ty, skip($skip:literal)) => {
        use crate::store::{failure::Failure, rows};
        use purser_actors::ports::Slot;
        use purser_subjects::{EntityKey, EntityKind};
        use sqlx::{Connection as _, Row as _, query};
        use uuid::Uuid;

        type Connection = <$db as sqlx::Database>::Connection;

        /// Rows of one transaction.
        const PAGE: i64 = 1_000;

        /// Gives slots to all rows that are found by them and have none: entities that are to be woken,
        /// pending deliveries, and messages. Others get theirs with their next write.
        pub(super) async fn fill(db: &mut Connection, partitions: u32) -> Result<(), Failure> {
            // Kinds begin at 1 and no id is empty, so this is before everything.
            let mut after = Some((i64::MIN, 0, String::new()));
            while let Some(last) = after {
                after = entities(db, partitions, &last).await?;
            }
            while deliveries(db, partitions).await? {}
            while outbox(db, partitions).await? {}
            Ok(())
        }

        /// A page of entities in the order of wake-up time, kind and id; returns the last of them.
        async fn entities(
            db: &mut Connection,
            partitions: u32,
            after: &(i64, i16, String),
        ) -> Result<Option<(i64, i16, String)>, Failure> {
            let mut tx = db.begin().await?;
            let found = query::<$db>(concat!(
                "SELECT wake_at, kind, id FROM entities \
                 WHERE (wake_at, kind, id) > ($1, $2, $3) AND slot = -1 \
                 ORDER BY wake_at, kind, id LIMIT $4",
                $skip
            ));
            let found = found.bind(after.0).bind(after.1).bind(&after.2[..]).bind(PAGE);
            let found = found.fetch_all(&mut *tx).await?;
            for row in &found {
                let key = rows::key(row.try_get(1)?, row.try_get(2)?)?;
                query::<$db>("UPDATE entities SET slot = $1 WHERE kind = $2 AND id = $3")
                    .bind(Slot::of(&key, partitions).number())
                    .bind(key.kind.number())
                    .bind(key.id.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            let Some(last) = found.last() else { return Ok(None) };
            Ok(Some((last.try_get(0)?, last.try_get(1)?, last.try_get(2)?)))
        }

        /// A page of deliveries; false after the last.
        async fn deliveries(db: &mut Connection, partitions: u32) -> Result<bool, Failure> {
            let mut tx = db.begin().await?;
            let found = query::<$db>(concat!(
                "SELECT id, endpoint FROM deliveries WHERE state = 0 AND slot = -1 LIMIT $1",
                $skip
            ));
            let found = found.bind(PAGE).fetch_all(&mut *tx).await?;
            for row in &found {
                let endpoint = EntityKey::new(EntityKind::Callback, rows::id(row.try_get(1)?)?);
                query::<$db>("UPDATE deliveries SET slot = $1 WHERE id = $2")
                    .bind(Slot::of(&endpoint, partitions).number())
                    .bind(row.try_get::<Uuid, _>(0)?)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(!found.is_empty())
        }

        /// A page of messages; false after the last. A row does not name its sender; any slot will do, so
        /// it gets its receiver's.
        async fn outbox(db: &mut Connection, partitions: u32) -> Result<bool, Failure> {
            let mut tx = db.begin().await?;
            let found = query::<$db>(concat!(
                "SELECT number, kind, id FROM outbox WHERE slot = -1 LIMIT $1",
                $skip
            ));
            let found = found.bind(PAGE).fetch_all(&mut *tx).await?;
            for row in &found {
                let receiver = rows::key(row.try_get(1)?, row.try_get(2)?)?;
                query::<$db>("UPDATE outbox SET slot = $1 WHERE number = $2")
                    .bind(Slot::of(&receiver, partitions).number())
                    .bind(row.try_get::<i64, _>(0)?)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(!found.is_empty())
        }
    };
}
