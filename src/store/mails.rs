//! The outbox of e-mails: what both engines do alike, written once and compiled for each.

/// The functions over a connection of `$db`. `$open` and `$close` stand around the parameter when
/// something is to be among a bound list.
macro_rules! mails {
    ($db:ty, in($open:literal, $close:literal)) => {
        use super::reads::slot_list;
        use crate::store::{failure::Failure, rows};
        use purser_actors::ports::{MailRow, MailUpdate, MailWrite, Slot, StoredMail};
        use purser_subjects::Timestamp;
        use sqlx::{Row as _, query, query_scalar};

        type Connection = <$db as sqlx::Database>::Connection;
        type Row = <$db as sqlx::Database>::Row;
        type Result<T> = std::result::Result<T, Failure>;

        /// Columns as of `mail_columns`.
        fn stored(row: &Row) -> Result<StoredMail> {
            let millis = |column| row.try_get(column).map(Timestamp::from_millis);
            Ok(StoredMail {
                mail: MailRow {
                    id: row.try_get(0)?,
                    at: millis(1)?,
                    merchant: rows::id(row.try_get(2)?)?.into(),
                    recipient: row.try_get(3)?,
                    subject: row.try_get(4)?,
                    text: row.try_get(5)?,
                },
                state: rows::mail_state(row.try_get(6)?)?,
                attempts: rows::count(row.try_get(7)?)?,
                due_at: millis(8)?,
                error: row.try_get(9)?,
            })
        }

        pub(super) async fn write(db: &mut Connection, mails: &[MailWrite]) -> Result<()> {
            for MailWrite { slot, mail } in mails {
                query::<$db>(
                    "INSERT INTO mails (id, at, due_at, slot, merchant, recipient, subject, text) \
                     VALUES ($1, $2, $2, $3, $4, $5, $6, $7)",
                )
                .bind(mail.id)
                .bind(mail.at.as_millis())
                .bind(slot.number())
                .bind(mail.merchant.as_str())
                .bind(&mail.recipient)
                .bind(&mail.subject)
                .bind(&mail.text)
                .execute(&mut *db)
                .await?;
            }
            Ok(())
        }

        pub(super) async fn newest(db: &mut Connection, limit: u32) -> Result<Vec<StoredMail>> {
            let rows = query::<$db>(concat!(
                "SELECT ",
                mail_columns!(),
                " FROM mails ORDER BY at DESC, id LIMIT $1"
            ))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await?;
            rows.iter().map(stored).collect()
        }

        pub(super) async fn due(
            db: &mut Connection,
            slots: &[Slot],
            until: Timestamp,
            limit: u32,
        ) -> Result<Vec<StoredMail>> {
            let rows = query::<$db>(concat!(
                "SELECT ",
                mail_columns!(),
                " FROM mails WHERE state = 0 AND due_at <= $1 AND slot ",
                $open,
                "$2",
                $close,
                " ORDER BY due_at, id LIMIT $3"
            ))
            .bind(until.as_millis())
            .bind(slot_list(slots))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await?;
            rows.iter().map(stored).collect()
        }

        pub(super) async fn next(
            db: &mut Connection,
            slots: &[Slot],
            after: Timestamp,
        ) -> Result<Option<Timestamp>> {
            let next = query_scalar::<$db, Option<i64>>(concat!(
                "SELECT MIN(due_at) FROM mails WHERE state = 0 AND due_at > $1 AND slot ",
                $open,
                "$2",
                $close
            ));
            let next = next.bind(after.as_millis()).bind(slot_list(slots)).fetch_one(db).await?;
            Ok(next.map(Timestamp::from_millis))
        }

        pub(super) async fn update(db: &mut Connection, update: &MailUpdate) -> Result<()> {
            query::<$db>(
                "UPDATE mails SET state = $2, attempts = $3, due_at = $4, error = $5 \
                 WHERE id = $1 AND state = 0 AND attempts = $3 - 1",
            )
            .bind(update.id)
            .bind(update.state.number())
            .bind(i64::from(update.attempts))
            .bind(update.due_at.as_millis())
            .bind(update.error.as_deref())
            .execute(db)
            .await?;
            Ok(())
        }
    };
}

macro_rules! mail_columns {
    () => {
        "id, at, merchant, recipient, subject, text, state, attempts, due_at, error"
    };
}
