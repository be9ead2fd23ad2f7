//! Card bindings: what both engines do alike, written once and compiled for each.

/// The functions over a connection of `$db`.
macro_rules! bindings {
    ($db:ty) => {
        use crate::store::{failure::Failure, rows};
        use purser_actors::ports::{
            Batch, BindingQuery, BindingRow, Refusal, binding_status_number,
        };
        use purser_subjects::{BindingId, Timestamp};
        use sqlx::{Row as _, query, query_scalar};

        type Connection = <$db as sqlx::Database>::Connection;
        type Row = <$db as sqlx::Database>::Row;

        /// Writes the rows, and claims what they hold; tells which claims are another's. What is given
        /// back in the batch is free for others of it.
        pub(super) async fn write(
            db: &mut Connection,
            batch: &Batch,
        ) -> Result<Vec<Refusal>, Failure> {
            for row in &batch.bindings {
                query::<$db>("DELETE FROM binding_claims WHERE binding = $1 AND claim <> $2")
                    .bind(row.binding.as_str())
                    .bind(row.claim.as_deref().unwrap_or_default())
                    .execute(&mut *db)
                    .await?;
                write_row(db, row).await?;
            }
            let taking = batch.bindings.iter().filter_map(|row| Some((row.claim.as_ref()?, row)));
            let mut taking: Vec<_> = taking.collect();
            // Nodes that take the same claims do it in one order.
            taking.sort_by_key(|(claim, _)| *claim);
            let mut refused = Vec::new();
            for (claim, row) in taking {
                if !take(db, claim, &row.binding).await? {
                    refused.push(Refusal::ClaimTaken(row.binding.clone()));
                }
            }
            Ok(refused)
        }

        /// Takes a claim, or finds it taken before; false when another binding holds it. A commit of
        /// another node that is about to take it is waited for.
        async fn take(
            db: &mut Connection,
            claim: &str,
            binding: &BindingId,
        ) -> Result<bool, Failure> {
            let taken = query::<$db>(
                "INSERT INTO binding_claims (claim, binding) VALUES ($1, $2) \
                 ON CONFLICT (claim) DO NOTHING",
            )
            .bind(claim)
            .bind(binding.as_str())
            .execute(&mut *db)
            .await?;
            if taken.rows_affected() == 1 {
                return Ok(true);
            }
            let holder = query_scalar::<$db, String>(
                "SELECT binding FROM binding_claims WHERE claim = $1",
            );
            let holder = holder.bind(claim).fetch_optional(db).await?;
            Ok(holder.is_some_and(|holder| holder == binding.as_str()))
        }

        async fn write_row(db: &mut Connection, row: &BindingRow) -> Result<(), Failure> {
            query::<$db>(
                "INSERT INTO bindings (id, merchant, customer, status, bank_code, last4, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (id) DO UPDATE SET status = excluded.status, \
                 bank_code = excluded.bank_code, last4 = excluded.last4",
            )
            .bind(row.binding.as_str())
            .bind(row.merchant.as_str())
            .bind(row.customer.as_deref())
            .bind(binding_status_number(row.status))
            .bind(row.bank_code.as_deref())
            .bind(&row.last4)
            .bind(row.created_at.as_millis())
            .execute(db)
            .await?;
            Ok(())
        }

        pub(super) async fn list(
            db: &mut Connection,
            asked: &BindingQuery,
        ) -> Result<Vec<BindingRow>, Failure> {
            let text = match asked.customer {
                Some(_) => {
                    "SELECT b.id, b.merchant, b.customer, b.status, b.bank_code, b.last4, \
                     b.created_at, c.claim FROM bindings b \
                     LEFT JOIN binding_claims c ON c.binding = b.id \
                     WHERE b.merchant = $1 AND b.id > $2 AND b.customer = $4 \
                     ORDER BY b.id LIMIT $3"
                }
                None => {
                    "SELECT b.id, b.merchant, b.customer, b.status, b.bank_code, b.last4, \
                     b.created_at, c.claim FROM bindings b \
                     LEFT JOIN binding_claims c ON c.binding = b.id \
                     WHERE b.merchant = $1 AND b.id > $2 AND $4 = '' \
                     ORDER BY b.id LIMIT $3"
                }
            };
            let found = query::<$db>(text)
                .bind(asked.merchant.as_str())
                .bind(asked.after.as_ref().map_or("", BindingId::as_str))
                .bind(i64::from(asked.limit))
                .bind(asked.customer.as_deref().unwrap_or_default())
                .fetch_all(db)
                .await?;
            let row = |row: &Row| {
                Ok(BindingRow {
                    binding: rows::id(row.try_get(0)?)?.into(),
                    merchant: rows::id(row.try_get(1)?)?.into(),
                    customer: row.try_get(2)?,
                    status: rows::binding_status(row.try_get(3)?)?,
                    bank_code: row.try_get(4)?,
                    last4: row.try_get(5)?,
                    created_at: Timestamp::from_millis(row.try_get(6)?),
                    claim: row.try_get(7)?,
                })
            };
            found.iter().map(row).collect()
        }
    };
}
