//! Storing a batch in one transaction.

mod attempts;
mod guarded;
mod rest;
mod statements;

use super::{arrays, leases, reads};
use crate::store::{
    check::{self, Stored},
    failure::Failure,
};
use guarded::Guarded;
use purser_actors::ports::{AnswerWrite, Batch, CommitError};
use rest::Rest;
use sqlx::{Connection, PgConnection, Postgres, postgres::PgArguments, query::Query};
use tokio::join;

/// A statement, with the parameters that it has so far, in the form that is sent.
type Write = Query<'static, Postgres, PgArguments>;

/// Locks the head as a commit does that is not refused.
const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1 FOR UPDATE");

/// Stores `batch`, all of it or nothing. Within: what the store says of it, which is the losses of its journal.
pub(super) async fn commit(
    db: &mut PgConnection,
    batch: &Batch,
) -> Result<Result<i64, CommitError>, Failure> {
    let mut losses = batch.losses;
    loop {
        let is_told = losses.is_some();
        let mut tx = db.begin().await?;
        let named = match losses {
            Some(losses) => losses,
            None => match look(&mut tx, batch).await? {
                Ok(losses) => losses,
                Err(refused) => {
                    tx.rollback().await?;
                    return Ok(Err(refused));
                }
            },
        };
        // While the server works at the one, the other is made.
        let (guarded, rest) =
            join!(guarded::write(&mut tx, batch, named), async { Rest::of(batch) });
        let refused = match guarded? {
            Guarded::Written => {
                rest.write(&mut tx).await?;
                tx.commit().await?;
                return Ok(Ok(named));
            }
            Guarded::Refused(refused) => Some(refused),
            Guarded::Fenced => None,
        };
        tx.rollback().await?;
        match refused {
            Some(refused) => {
                let stored = read_stored(db, batch).await?;
                return Ok(Err(CommitError::Refused(check::explain(batch, refused, &stored)?)));
            }
            // Perhaps only the losses are others than the batch says.
            None if is_told => losses = None,
            None => return Ok(Err(CommitError::Fenced)),
        }
    }
}

/// Whether the batch may be stored: then the losses of its journal. The row of the head stays locked, so that
/// whoever takes journal or slots waits for this commit.
async fn look(db: &mut PgConnection, batch: &Batch) -> Result<Result<i64, CommitError>, Failure> {
    let head = reads::journal_head(db, HEAD, batch.journal).await?;
    Ok(check::fences(batch, &head, &leases::epochs(db).await?))
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
