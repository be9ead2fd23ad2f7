//! Membership and leases, written once and compiled for each engine.

/// The functions over a connection of `$db` on which the transaction of [`begin`] has begun, of which
/// there is one at a time in a deployment. `$now` is the database's clock in milliseconds, `$lock` locks
/// the rows of a query, and `in` is as for [`reads`].
macro_rules! leases {
    ($db:ty, now($now:literal), lock($lock:literal), in($open:literal, $close:literal)) => {
        use super::reads::{self, slot_list};
        use crate::store::{failure::Failure, rows};
        use purser_actors::ports::{
            Cluster, JOURNAL_KEPT, JournalHead, Lease, NodeId, NodeInfo, NodeRow, Share, Slot,
            SlotRow, Tail,
        };
        use sqlx::{Row as _, query, query_scalar};
        use std::{collections::HashMap, time::Duration};
        use uuid::Uuid;

        type Connection = <$db as sqlx::Database>::Connection;
        type Row = <$db as sqlx::Database>::Row;
        type Result<T> = std::result::Result<T, Failure>;

        fn millis(duration: Duration) -> i64 {
            i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
        }

        fn slot(row: &Row, column: usize) -> Result<Slot> {
            rows::slot(row.try_get(column)?)
        }

        /// How many partitions the deployment has: as many as `wanted`, if it has none yet.
        pub(super) async fn partitions(db: &mut Connection, wanted: u32) -> Result<u32> {
            // The slots of one share.
            let count = query_scalar::<$db, i64>("SELECT COUNT(*) FROM slots WHERE slot < 65536");
            let stored = rows::count(count.fetch_one(&mut *db).await?)?;
            if stored > 0 {
                return Ok(stored);
            }
            if wanted == 0 || wanted > Slot::MOST_PARTITIONS {
                return Err(Failure::Partitions(wanted));
            }
            for slot in Slot::all(&Share::ALL, wanted) {
                let insert = query::<$db>("INSERT INTO slots (slot, epoch) VALUES ($1, 0)");
                insert.bind(slot.number()).execute(&mut *db).await?;
            }
            Ok(wanted)
        }

        /// Makes the node a member, and a journal its own.
        pub(super) async fn join(
            db: &mut Connection,
            node: &NodeInfo,
            ttl: Duration,
        ) -> Result<JournalHead> {
            // Those whose journal may go to somebody else, and the node's own former life.
            let gone = query::<$db>(concat!(
                "SELECT id, journal FROM nodes WHERE id = $1 OR alive_until <= ",
                $now,
                " - $2 ORDER BY id",
                $lock
            ));
            let gone = gone.bind(node.id.0).bind(millis(JOURNAL_KEPT)).fetch_all(&mut *db).await?;
            let mut own = None;
            for row in &gone {
                let (id, journal) = (NodeId(row.try_get(0)?), row.try_get(1)?);
                forget(db, id, journal).await?;
                own = own.or((id == node.id).then_some(journal));
            }
            let journal = match own {
                Some(journal) => journal,
                None => free_journal(db).await?,
            };
            let claim = query::<$db>(concat!(
                "UPDATE journals SET epoch = epoch + 1 WHERE id = $1 RETURNING ",
                head_columns!()
            ));
            let head = reads::head(&claim.bind(journal).fetch_one(&mut *db).await?)?;
            query::<$db>(concat!(
                "INSERT INTO nodes (id, name, shares, journal, alive_until, started_at) \
                 VALUES ($1, $2, $3, $4, ",
                $now,
                " + $5, ",
                $now,
                ")"
            ))
            .bind(node.id.0)
            .bind(&node.name)
            .bind(rows::share_bits(&node.shares))
            .bind(journal)
            .bind(millis(ttl))
            .execute(db)
            .await?;
            Ok(head)
        }

        /// A journal that no node has: one that was left, or a new one.
        async fn free_journal(db: &mut Connection) -> Result<i32> {
            let left = query_scalar::<$db, i32>(
                "SELECT id FROM journals WHERE id NOT IN (SELECT journal FROM nodes) \
                 ORDER BY id LIMIT 1",
            );
            if let Some(journal) = left.fetch_optional(&mut *db).await? {
                return Ok(journal);
            }
            let last = query_scalar::<$db, i32>("SELECT MAX(id) FROM journals");
            let start = JournalHead::start(last.fetch_one(&mut *db).await? + 1);
            query::<$db>(
                "INSERT INTO journals (id, epoch, losses, last_batch, hash, last_event, \
                 last_posting, last_message, booked_at, published) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(start.journal)
            .bind(start.epoch)
            .bind(start.losses)
            .bind(start.batch)
            .bind(&start.hash[..])
            .bind(start.event)
            .bind(start.posting)
            .bind(start.message)
            .bind(start.booked_at.as_millis())
            .bind(start.published)
            .execute(db)
            .await?;
            Ok(start.journal)
        }

        /// The journal of the node that joined with `epoch`, if it is still a member.
        pub(super) async fn journal_of_member(
            db: &mut Connection,
            node: NodeId,
            epoch: i64,
        ) -> Result<Option<i32>> {
            let journal = query_scalar::<$db, i32>(
                "SELECT j.id FROM nodes n JOIN journals j ON j.id = n.journal \
                 WHERE n.id = $1 AND j.epoch = $2",
            );
            Ok(journal.bind(node.0).bind(epoch).fetch_optional(db).await?)
        }

        /// Prolongs the node's lease; false when it is no member any more.
        pub(super) async fn renew(
            db: &mut Connection,
            node: NodeId,
            epoch: i64,
            ttl: Duration,
        ) -> Result<bool> {
            let renewed = query::<$db>(concat!(
                "UPDATE nodes SET alive_until = ",
                $now,
                " + $3 WHERE id = $1 \
                 AND EXISTS (SELECT 1 FROM journals j WHERE j.id = nodes.journal AND j.epoch = $2)"
            ));
            let renewed = renewed.bind(node.0).bind(epoch).bind(millis(ttl)).execute(db).await?;
            Ok(renewed.rows_affected() == 1)
        }

        /// Takes what is free of `slots`, for the node that writes `journal`.
        pub(super) async fn take(
            db: &mut Connection,
            node: NodeId,
            journal: i32,
            slots: &[Slot],
        ) -> Result<Vec<Lease>> {
            free_those_of_dead(db, node, slots).await?;
            let taken = query::<$db>(concat!(
                "UPDATE slots SET owner = $1, epoch = epoch + 1 \
                 WHERE (owner IS NULL OR owner = $1) AND slot ",
                $open,
                "$2",
                $close,
                " RETURNING slot, epoch"
            ));
            let taken = taken.bind(node.0).bind(slot_list(slots)).fetch_all(&mut *db).await?;
            let mut tails = tails(db, journal, slots).await?;
            let mut leases = Vec::with_capacity(taken.len());
            for row in &taken {
                let slot = slot(row, 0)?;
                let tails = tails.remove(&slot).unwrap_or_default();
                leases.push(Lease { slot, epoch: row.try_get(1)?, tails });
            }
            leases.sort_by_key(|lease| lease.slot);
            Ok(leases)
        }

        /// Frees those of `slots` whose owner's lease has run out. The rows of the dead stay locked, so
        /// that none of them renews before it can see what it has lost.
        async fn free_those_of_dead(
            db: &mut Connection,
            node: NodeId,
            slots: &[Slot],
        ) -> Result<()> {
            let dead = query::<$db>(concat!(
                "SELECT id, journal FROM nodes WHERE id <> $1 AND alive_until <= ",
                $now,
                " ORDER BY id",
                $lock
            ));
            for row in &dead.bind(node.0).fetch_all(&mut *db).await? {
                let (id, journal) = (NodeId(row.try_get(0)?), row.try_get(1)?);
                free(db, id, journal, |slot| slots.contains(slot)).await?;
            }
            Ok(())
        }

        /// What of other journals may not be published yet, in order, for each of `slots`.
        async fn tails(
            db: &mut Connection,
            journal: i32,
            slots: &[Slot],
        ) -> Result<HashMap<Slot, Vec<Tail>>> {
            let published = query::<$db>(
                "DELETE FROM tails \
                 WHERE event <= (SELECT published FROM journals WHERE id = tails.journal)",
            );
            published.execute(&mut *db).await?;
            let left = query::<$db>(concat!(
                "SELECT slot, journal, event FROM tails WHERE journal <> $1 AND slot ",
                $open,
                "$2",
                $close,
                " ORDER BY slot, epoch"
            ));
            let mut tails: HashMap<_, Vec<_>> = HashMap::new();
            for row in &left.bind(journal).bind(slot_list(slots)).fetch_all(db).await? {
                let tail = Tail { journal: row.try_get(1)?, event: row.try_get(2)? };
                tails.entry(slot(row, 0)?).or_default().push(tail);
            }
            Ok(tails)
        }

        /// Frees those slots of the node that are `wanted`. Locks its journal: no commit is under way
        /// then, and the next one notices that something was lost.
        pub(super) async fn free(
            db: &mut Connection,
            node: NodeId,
            journal: i32,
            wanted: impl Fn(&Slot) -> bool,
        ) -> Result<()> {
            let owned = query::<$db>("SELECT slot FROM slots WHERE owner = $1").bind(node.0);
            let owned = owned.fetch_all(&mut *db).await?;
            let mut owned: Vec<_> = owned.iter().map(|row| slot(row, 0)).collect::<Result<_>>()?;
            owned.retain(wanted);
            if owned.is_empty() {
                return Ok(());
            }
            query::<$db>("UPDATE journals SET losses = losses + 1 WHERE id = $1")
                .bind(journal)
                .execute(&mut *db)
                .await?;
            query::<$db>(concat!(
                "UPDATE slots SET owner = NULL, epoch = epoch + 1 WHERE slot ",
                $open,
                "$1",
                $close
            ))
            .bind(slot_list(&owned))
            .execute(&mut *db)
            .await?;
            query::<$db>(concat!(
                "INSERT INTO tails (slot, journal, event, epoch) \
                 SELECT s.slot, j.id, j.last_event, s.epoch FROM slots s, journals j \
                 WHERE j.id = $1 AND j.last_event > j.published AND s.slot ",
                $open,
                "$2",
                $close,
                " ON CONFLICT (slot, journal) \
                 DO UPDATE SET event = excluded.event, epoch = excluded.epoch"
            ))
            .bind(journal)
            .bind(slot_list(&owned))
            .execute(db)
            .await?;
            Ok(())
        }

        /// Frees all that the node has, and its journal.
        pub(super) async fn forget(db: &mut Connection, node: NodeId, journal: i32) -> Result<()> {
            free(db, node, journal, |_| true).await?;
            query::<$db>("DELETE FROM nodes WHERE id = $1").bind(node.0).execute(db).await?;
            Ok(())
        }

        /// Who is alive, and who has what.
        pub(super) async fn cluster(db: &mut Connection) -> Result<Cluster> {
            let nodes = query::<$db>(concat!(
                "SELECT id, name, shares, journal, alive_until - ",
                $now,
                " FROM nodes WHERE alive_until > ",
                $now,
                " ORDER BY id"
            ));
            let node = |row: &Row| {
                Ok(NodeRow {
                    id: NodeId(row.try_get(0)?),
                    name: row.try_get(1)?,
                    shares: rows::shares(row.try_get(2)?),
                    journal: row.try_get(3)?,
                    alive_for: Duration::from_millis(
                        row.try_get::<i64, _>(4)?.max(0).cast_unsigned(),
                    ),
                })
            };
            let nodes = nodes.fetch_all(&mut *db).await?;
            let nodes: Vec<_> = nodes.iter().map(node).collect::<Result<_>>()?;
            let slots = query::<$db>("SELECT slot, epoch, owner FROM slots ORDER BY slot");
            let slot_row = |row: &Row| {
                let owner = row.try_get::<Option<Uuid>, _>(2)?.map(NodeId);
                let is_alive = |owner: &NodeId| nodes.iter().any(|node| node.id == *owner);
                Ok(SlotRow {
                    slot: slot(row, 0)?,
                    epoch: row.try_get(1)?,
                    owner: owner.filter(is_alive),
                })
            };
            let slots = slots.fetch_all(db).await?;
            let slots = slots.iter().map(slot_row).collect::<Result<_>>()?;
            Ok(Cluster { nodes, slots })
        }

        /// The epoch of every slot.
        pub(super) async fn epochs(db: &mut Connection) -> Result<HashMap<Slot, i64>> {
            let found = query::<$db>("SELECT slot, epoch FROM slots").fetch_all(db).await?;
            found.iter().map(|row| Ok((slot(row, 0)?, row.try_get(1)?))).collect()
        }
    };
}
