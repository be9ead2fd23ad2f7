//! Reading many rows by their keys.

use super::reads;
use crate::store::{failure::Failure, rows};
use purser_actors::ports::{AnswerKey, StoredAnswer, StoredEntity};
use purser_subjects::EntityKey;
use sqlx::{PgConnection, Row, postgres::PgRow, query};
use uuid::Uuid;

// Kind 2 is an account.
const ENTITIES: &str = "SELECT k.place, e.version, e.state, b.account, b.currency, b.side, b.floor, \
     b.ceiling, b.status, b.posted, b.held \
     FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS k (kind, id, place) \
     LEFT JOIN entities e ON e.kind = k.kind AND e.id = k.id \
     LEFT JOIN balances b ON k.kind = 2 AND b.account = k.id";

const ANSWERS: &str = "SELECT k.place, a.digest, a.answer \
     FROM unnest($1::uuid[]) WITH ORDINALITY AS k (key, place) JOIN answers a ON a.key = k.key";

/// Reads entities with their balances, in the order of `keys`.
pub(super) async fn entities(
    db: &mut PgConnection,
    keys: &[EntityKey],
) -> Result<Vec<StoredEntity>, Failure> {
    let kinds: Vec<_> = keys.iter().map(|key| key.kind.number()).collect();
    let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
    let found = query(ENTITIES).bind(kinds).bind(ids).fetch_all(db).await?;
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
    db: &mut PgConnection,
    keys: &[AnswerKey],
) -> Result<Vec<Option<StoredAnswer>>, Failure> {
    let names: Vec<_> = keys.iter().map(|key| Uuid::from_bytes(key.0)).collect();
    let found = query(ANSWERS).bind(names).fetch_all(db).await?;
    let mut answers = vec![None; keys.len()];
    for row in &found {
        answers[place(row)?] = Some(StoredAnswer {
            digest: rows::hash(row.try_get(1)?)?,
            answer: row.try_get::<Option<Vec<u8>>, _>(2)?.map(Into::into),
        });
    }
    Ok(answers)
}

/// The place that a row was asked for at; ordinality counts from 1.
fn place(row: &PgRow) -> Result<usize, Failure> {
    Ok(rows::count(row.try_get::<i64, _>(0)? - 1)? as usize)
}
