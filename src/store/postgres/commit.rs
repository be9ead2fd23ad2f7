//! Storing a batch in one transaction.

mod guarded;
mod rest;
mod statements;

use super::{arrays, reads};
use crate::store::{
    check::{self, Stored},
    failure::Failure,
};
use purser_actors::ports::{AnswerWrite, Batch, CommitError};
use sqlx::{Connection, PgConnection, query};

/// Stores `batch`, all of it or nothing.
pub(super) async fn commit(db: &mut PgConnection, batch: &Batch) -> Result<(), CommitError> {
    let mut tx = db.begin().await.map_err(Failure::from)?;
    if !take_turn(&mut tx, batch).await? {
        tx.rollback().await.map_err(Failure::from)?;
        return Err(CommitError::Fenced);
    }
    if let Some(refused) = guarded::write(&mut tx, batch).await? {
        tx.rollback().await.map_err(Failure::from)?;
        let stored = read_stored(db, batch).await?;
        return Err(CommitError::Refused(check::explain(batch, refused, &stored)?));
    }
    rest::write(&mut tx, batch).await?;
    Ok(tx.commit().await.map_err(Failure::from)?)
}

/// The fence: moves the head of the journal on, if it is where the writer believes. The row stays
/// locked, so that whoever claims the journal waits for this commit.
async fn take_turn(db: &mut PgConnection, batch: &Batch) -> Result<bool, Failure> {
    let moved = query(statements::FENCE)
        .bind(batch.number)
        .bind(&batch.hash[..])
        .bind(batch.events.last().map(|event| event.number))
        .bind(batch.postings.last().map(|posting| posting.number))
        .bind(batch.booked_at.as_millis())
        .bind(batch.published)
        .bind(batch.epoch)
        .bind(&batch.previous_hash[..])
        .execute(db)
        .await?;
    Ok(moved.rows_affected() == 1)
}

/// Reads what explains a refusal, after the transaction was undone. There is no other writer.
async fn read_stored(db: &mut PgConnection, batch: &Batch) -> Result<Stored, Failure> {
    let keys: Vec<_> = batch.entities.iter().map(|entity| entity.key.clone()).collect();
    let entities = arrays::entities(db, &keys).await?;
    let keys: Vec<_> = batch.accounts.iter().map(|write| write.account.key()).collect();
    let accounts = arrays::entities(db, &keys).await?;
    let keys: Vec<_> = batch.answers.iter().map(AnswerWrite::key).collect();
    let answers = arrays::answers(db, &keys).await?;
    let mut taken = Vec::with_capacity(batch.credentials.len());
    for name in &batch.credentials {
        let owner = reads::merchant_by_credential(db, &name.scheme, &name.name).await?;
        taken.push(owner.is_some());
    }
    Ok(Stored {
        versions: entities.iter().map(|entity| entity.version).collect(),
        answers,
        taken,
        accounts: accounts.into_iter().map(|entity| entity.balance).collect(),
    })
}

/// One column of `rows`, to be bound as an array.
fn column<'r, R: 'r, T>(
    rows: impl IntoIterator<Item = &'r R>,
    value: impl Fn(&'r R) -> T,
) -> Vec<T> {
    rows.into_iter().map(value).collect()
}
