//! Reading many rows by their keys.

use super::{bulk::Bulk, reads};
use crate::store::{failure::Failure, rows};
use purser_actors::ports::{AnswerKey, StoredAnswer, StoredEntity};
use purser_subjects::EntityKey;
use sqlx::{Arguments, Row, SqliteConnection};
use uuid::Uuid;

// Kind 2 is an account.
const ENTITIES: Bulk = Bulk {
    before: "WITH k(place, kind, id) AS (VALUES ",
    row: "(?,?,?)",
    after: ") SELECT k.place, e.version, e.state, b.account, b.currency, b.side, b.floor, b.ceiling, \
            b.status, b.posted, b.held FROM k \
            LEFT JOIN entities e ON e.kind = k.kind AND e.id = k.id \
            LEFT JOIN balances b ON k.kind = 2 AND b.account = k.id \
            WHERE k.place IS NOT NULL",
    each: 1,
};

const ANSWERS: Bulk = Bulk {
    before: "WITH k(place, key) AS (VALUES ",
    row: "(?,?)",
    after: ") SELECT k.place, a.digest, a.answer FROM k JOIN answers a ON a.key = k.key",
    each: 1,
};

/// Reads entities with their balances, in the order of `keys`.
pub(super) async fn entities(
    db: &mut SqliteConnection,
    keys: &[EntityKey],
) -> Result<Vec<StoredEntity>, Failure> {
    let places: Vec<_> = numbered(keys);
    let found = ENTITIES
        .fetch(db, &places, |(place, key), to| {
            to.add(place)?;
            to.add(key.kind.number())?;
            to.add(key.id.as_str())
        })
        .await?;
    let mut entities = vec![StoredEntity::default(); keys.len()];
    for row in &found {
        let has_balance = row.try_get::<Option<&str>, _>(3)?.is_some();
        entities[place(row)?] = StoredEntity {
            version: row.try_get::<Option<i64>, _>(1)?.unwrap_or(0),
            state: row.try_get::<Option<Vec<u8>>, _>(2)?.map(Into::into),
            balance: has_balance.then(|| reads::balance(row, 3)).transpose()?,
        };
    }
    Ok(entities)
}

/// Reads answers, in the order of `keys`.
pub(super) async fn answers(
    db: &mut SqliteConnection,
    keys: &[AnswerKey],
) -> Result<Vec<Option<StoredAnswer>>, Failure> {
    let places: Vec<_> = numbered(keys);
    let found = ANSWERS
        .fetch(db, &places, |(place, key), to| {
            to.add(place)?;
            to.add(Uuid::from_bytes(key.0))
        })
        .await?;
    let mut answers = vec![None; keys.len()];
    for row in &found {
        answers[place(row)?] = Some(StoredAnswer {
            digest: rows::hash(row.try_get(1)?)?,
            answer: row.try_get::<Option<Vec<u8>>, _>(2)?.map(Into::into),
        });
    }
    Ok(answers)
}

fn numbered<T>(keys: &[T]) -> Vec<(i64, &T)> {
    (0..).zip(keys).collect()
}

/// The place that a row was asked for at; it was bound as a number, so it is one.
fn place(row: &sqlx::sqlite::SqliteRow) -> Result<usize, Failure> {
    Ok(rows::count(row.try_get(0)?)? as usize)
}
