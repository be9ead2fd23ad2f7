//! Storing a batch in one transaction.

mod statements;

use super::{arrays, bindings, callbacks, leases, reads};
use crate::store::{
    check::{self, Stored},
    failure::Failure,
    rows::side_number,
};
use purser_actors::ports::{AnswerWrite, BalanceRow, Batch, CommitError, Refusal};
use purser_subjects::EntityKey;
use sqlx::{Arguments, Connection, SqliteConnection, query};
use statements as sql;
use uuid::Uuid;

const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1");

/// Stores `batch`, all of it or nothing.
pub(super) async fn commit(db: &mut SqliteConnection, batch: &Batch) -> Result<i64, CommitError> {
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await.map_err(Failure::from)?;
    let turn = take_turn(&mut tx, batch).await?;
    if turn.is_err() {
        tx.rollback().await.map_err(Failure::from)?;
        return turn;
    }
    if let Some(refused) = write_guarded(&mut tx, batch).await? {
        tx.rollback().await.map_err(Failure::from)?;
        let stored = read_stored(db, batch).await?;
        return Err(CommitError::Refused(check::explain(batch, refused, &stored)?));
    }
    write_rest(&mut tx, batch).await?;
    tx.commit().await.map_err(Failure::from)?;
    turn
}

/// The fence: moves the head of the journal on, if it is where the writer believes and no slot of the
/// batch was lost.
async fn take_turn(
    db: &mut SqliteConnection,
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

async fn move_on(db: &mut SqliteConnection, batch: &Batch, losses: i64) -> Result<bool, Failure> {
    let moved = query(sql::FENCE)
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
        .execute(&mut *db)
        .await?;
    if moved.rows_affected() != 1 {
        return Ok(false);
    }
    query(sql::BATCH).bind(batch.journal).execute(db).await?;
    Ok(true)
}

/// Writes whatever can be refused. When something is: what the balances refuse, perhaps nothing, in
/// which case it is something else.
async fn write_guarded(
    db: &mut SqliteConnection,
    batch: &Batch,
) -> Result<Option<Vec<Refusal>>, Failure> {
    let mut complete = write_entities(db, batch).await? == batch.entities.len() as u64;
    let (too_large, changes) = check::addable(&batch.balances);
    let after = change_balances(db, &changes).await?;
    let mut refused = check::balances(batch, too_large, &after);
    refused.extend(callbacks::surplus(db, batch).await?);
    let written = sql::ACCOUNTS
        .execute(db, &batch.accounts, |account, to| {
            to.add(account.account.as_str())?;
            to.add(account.terms.currency.code())?;
            to.add(side_number(account.terms.side))?;
            to.add(account.terms.floor)?;
            to.add(account.terms.ceiling)?;
            to.add(account.status.number())
        })
        .await?;
    complete &= written == batch.accounts.len() as u64;
    complete &= write_answers(db, batch).await? == batch.answers.len() as u64;
    let names = sql::CREDENTIALS
        .execute(db, &batch.credentials, |credential, to| {
            to.add(&credential.scheme)?;
            to.add(&credential.name)?;
            to.add(credential.merchant.as_str())
        })
        .await?;
    complete &= names == batch.credentials.len() as u64;
    refused.append(&mut bindings::write(db, batch).await?);
    Ok(if complete && refused.is_empty() { None } else { Some(refused) })
}

async fn write_entities(db: &mut SqliteConnection, batch: &Batch) -> Result<u64, Failure> {
    let (new, known): (Vec<_>, Vec<_>) =
        batch.entities.iter().partition(|entity| entity.expected_version == 0);
    let inserted = sql::NEW_ENTITIES.execute(db, &new, |entity, to| {
        to.add(entity.key.kind.number())?;
        to.add(entity.key.id.as_str())?;
        to.add(entity.version)?;
        to.add(&entity.state[..])?;
        to.add(entity.wake_at.map(|at| at.as_millis()))?;
        to.add(entity.slot.number())
    });
    let inserted = inserted.await?;
    let updated = sql::ENTITIES.execute(db, &known, |entity, to| {
        to.add(entity.key.kind.number())?;
        to.add(entity.key.id.as_str())?;
        to.add(entity.expected_version)?;
        to.add(entity.version)?;
        to.add(&entity.state[..])?;
        to.add(entity.wake_at.map(|at| at.as_millis()))?;
        to.add(entity.slot.number())
    });
    Ok(inserted + updated.await?)
}

async fn change_balances(
    db: &mut SqliteConnection,
    changes: &[&purser_actors::ports::BalanceChange],
) -> Result<Vec<BalanceRow>, Failure> {
    let creates: Vec<_> =
        changes.iter().filter_map(|change| Some((change, change.create.as_ref()?))).collect();
    let updates: Vec<_> = changes.iter().filter(|change| change.create.is_none()).collect();
    let mut after = sql::NEW_BALANCES
        .fetch(db, &creates, |(change, terms), to| {
            to.add(change.account.as_str())?;
            to.add(terms.currency.code())?;
            to.add(side_number(terms.side))?;
            to.add(terms.floor)?;
            to.add(terms.ceiling)?;
            to.add(change.posted)?;
            to.add(change.held)
        })
        .await?;
    let updated = sql::BALANCES.fetch(db, &updates, |change, to| {
        to.add(change.account.as_str())?;
        to.add(change.posted)?;
        to.add(change.held)
    });
    after.append(&mut updated.await?);
    after.iter().map(|row| reads::balance(row, 0)).collect()
}

async fn write_answers(db: &mut SqliteConnection, batch: &Batch) -> Result<u64, Failure> {
    let is_new = |write: &&AnswerWrite| matches!(write, AnswerWrite::Insert { .. });
    let (new, known): (Vec<_>, Vec<_>) = batch.answers.iter().partition(is_new);
    let bind = |write: &&AnswerWrite, to: &mut sqlx::sqlite::SqliteArguments| {
        to.add(Uuid::from_bytes(write.key().0))?;
        match write {
            AnswerWrite::Insert { digest, answer, .. } => {
                to.add(&digest[..])?;
                to.add(answer.as_deref())
            }
            AnswerWrite::Complete { answer, .. } => to.add(&answer[..]),
        }
    };
    let inserted = sql::NEW_ANSWERS.execute(db, &new, bind).await?;
    Ok(inserted + sql::ANSWERS.execute(db, &known, bind).await?)
}

/// Writes what follows from what was accepted.
async fn write_rest(db: &mut SqliteConnection, batch: &Batch) -> Result<(), Failure> {
    let events = sql::EVENTS.execute(db, &batch.events, |event, to| {
        to.add(event.number)?;
        to.add(batch.number)?;
        to.add(event.version)?;
        to.add(event.correlation)?;
        to.add(event.causation)?;
        to.add(event.entity.kind.number())?;
        to.add(event.entity.id.as_str())?;
        to.add(&event.name)?;
        to.add(&event.payload[..])
    });
    events.await?;
    let postings = sql::POSTINGS.execute(db, &batch.postings, |posting, to| {
        to.add(posting.number)?;
        to.add(batch.number)?;
        to.add(posting.amount)?;
        to.add(posting.booked_at.as_millis())?;
        to.add(posting.effective_at.as_millis())?;
        to.add(posting.group)?;
        to.add(posting.account.as_str())?;
        to.add(posting.currency.code())?;
        to.add(&posting.memo)
    });
    postings.await?;
    let outbox = sql::OUTBOX.execute(db, &batch.outbox, |message, to| {
        to.add(message.number)?;
        to.add(message.to.kind.number())?;
        to.add(message.to.id.as_str())?;
        to.add(&message.verb)?;
        to.add(&message.envelope[..])?;
        to.add(message.slot.number())
    });
    outbox.await?;
    sql::OUTBOX_DONE.execute(db, &batch.outbox_done, |number, to| to.add(*number)).await?;
    callbacks::write_deliveries(db, batch).await
}

/// Reads what explains a refusal, after the transaction was undone; this connection is the only writer.
async fn read_stored(db: &mut SqliteConnection, batch: &Batch) -> Result<Stored, Failure> {
    let keys: Vec<_> = batch.entities.iter().map(|entity| entity.key.clone()).collect();
    let entities = arrays::entities(db, &keys).await?;
    let keys: Vec<EntityKey> = batch.accounts.iter().map(|write| write.account.key()).collect();
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
