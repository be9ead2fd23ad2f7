//! Storing a batch in one transaction.

mod deliveries;
mod guarded;
mod rest;
mod statements;

use super::{arrays, leases, reads};
use crate::store::{
    check::{self, Stored},
    failure::Failure,
};
use purser_actors::ports::{AnswerWrite, Batch, CommitError};
use sqlx::{Connection, PgConnection, query};

/// Locks the head as a commit does that is not refused.
const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1 FOR UPDATE");

/// Stores `batch`, all of it or nothing. Within: what the store says of it.
pub(super) async fn commit(
    db: &mut PgConnection,
    batch: &Batch,
) -> Result<Result<i64, CommitError>, Failure> {
    let mut tx = db.begin().await?;
    let turn = take_turn(&mut tx, batch).await?;
    if turn.is_err() {
        tx.rollback().await?;
        return Ok(turn);
    }
    if let Some(refused) = guarded::write(&mut tx, batch).await? {
        tx.rollback().await?;
        let stored = read_stored(db, batch).await?;
        return Ok(Err(CommitError::Refused(check::explain(batch, refused, &stored)?)));
    }
    rest::write(&mut tx, batch).await?;
    tx.commit().await?;
    Ok(turn)
}

/// The fence: moves the head of the journal on, if it is where the writer believes and no slot of the
/// batch was lost. The row stays locked, so that whoever takes journal or slots waits for this commit.
async fn take_turn(
    db: &mut PgConnection,
    batch: &Batch,
) -> Result<Result<i64, CommitError>, Failure> {
    if let Some(losses) = batch.losses
        && move_on(db, batch, losses).await?
    {
        return Ok(Ok(losses));
    }
    let head = reads::journal_head(db, HEAD, batch.journal).await?;
    let checked = check::fences(batch, &head, &leases::epochs(db).await?);
    Ok(match checked {
        Ok(losses) if !move_on(db, batch, losses).await? => Err(CommitError::Fenced),
        checked => checked,
    })
}

async fn move_on(db: &mut PgConnection, batch: &Batch, losses: i64) -> Result<bool, Failure> {
    let moved = query(statements::FENCE)
        .bind(batch.number)
        .bind(&batch.hash[..])
        .bind(batch.events.last().map(|event| event.number))
        .bind(batch.postings.last().map(|posting| posting.number))
        .bind(batch.booked_at.as_millis())
        .bind(batch.published)
        .bind(batch.epoch)
        .bind(&batch.previous_hash[..])
        .bind(batch.outbox.last().map(|message| message.number))
        .bind(batch.journal)
        .bind(losses)
        .execute(db)
        .await?;
    Ok(moved.rows_affected() == 1)
}

/// Reads what explains a refusal, after the transaction was undone. Nobody else writes to the batch's
/// entities meanwhile, and log-in names are never given back.
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
