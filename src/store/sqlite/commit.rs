//! Storing a batch in one transaction.

mod parameters;
mod statements;

use super::{
    arrays, bindings, callbacks, leases,
    log::{Begun, Log},
    mails, reads,
    script::Script,
};
use crate::store::{
    check::{self, Stored},
    failure::Failure,
};
use parameters::{bind_answer, bind_entity, bind_fence, bind_terms};
use purser_actors::ports::{AnswerWrite, BalanceChange, Batch, CommitError, EntityWrite, Refusal};
use purser_subjects::{EntityKey, account::AccountTerms};
use sqlx::{Arguments, Connection, SqliteConnection};
use statements as sql;

const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1");

/// Stores `batch`, all of it or nothing; gives the losses of its journal. It is on the disk when the `log` says so.
pub(super) async fn commit(
    db: &mut SqliteConnection,
    batch: &Batch,
    log: &Log,
) -> Result<(i64, Begun), CommitError> {
    let mut losses = batch.losses;
    loop {
        let is_told = losses.is_some();
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await.map_err(Failure::from)?;
        let named = match losses {
            Some(losses) => losses,
            None => match look(&mut tx, batch).await? {
                Ok(losses) => losses,
                Err(refused) => {
                    tx.rollback().await.map_err(Failure::from)?;
                    return Err(refused);
                }
            },
        };
        let refused = match write_guarded(&mut tx, batch, named).await? {
            Guarded::Written => {
                write_rest(&mut tx, batch).await?;
                let commit = log.begin();
                tx.commit().await.map_err(Failure::from)?;
                return Ok((named, commit));
            }
            Guarded::Refused(refused) => Some(refused),
            Guarded::Fenced => None,
        };
        tx.rollback().await.map_err(Failure::from)?;
        match refused {
            Some(refused) => {
                let stored = read_stored(db, batch).await?;
                return Err(CommitError::Refused(check::explain(batch, refused, &stored)?));
            }
            // Perhaps only the losses are others than the batch says.
            None if is_told => losses = None,
            None => return Err(CommitError::Fenced),
        }
    }
}

/// Whether the batch may be stored: then the losses of its journal.
async fn look(
    db: &mut SqliteConnection,
    batch: &Batch,
) -> Result<Result<i64, CommitError>, Failure> {
    let head = reads::journal_head(db, HEAD, batch.journal).await?;
    Ok(check::fences(batch, &head, &leases::epochs(db).await?))
}

/// What came of the part of a batch that can be refused.
enum Guarded {
    Written,
    /// What the balances refuse, perhaps nothing, in which case it is something else.
    Refused(Vec<Refusal>),
    /// The journal is elsewhere than the batch says.
    Fenced,
}

/// Moves the head of the journal on, and writes whatever can be refused.
async fn write_guarded(
    db: &mut SqliteConnection,
    batch: &Batch,
    losses: i64,
) -> Result<Guarded, Failure> {
    let is_new = |entity: &&EntityWrite| entity.expected_version == 0;
    let (new, known): (Vec<_>, Vec<_>) = batch.entities.iter().partition(is_new);
    let (too_large, changes) = check::addable(&batch.balances);
    let (created, changed) = split(&changes);
    let is_new = |write: &&AnswerWrite| matches!(write, AnswerWrite::Insert { .. });
    let (begun, completed): (Vec<_>, Vec<_>) = batch.answers.iter().partition(is_new);
    let mut script = Script::of(&[
        (&sql::NEW_ENTITIES, new.len()),
        (&sql::ENTITIES, known.len()),
        (&sql::NEW_BALANCES, created.len()),
        (&sql::BALANCES, changed.len()),
        (&sql::ACCOUNTS, batch.accounts.len()),
        (&sql::NEW_ANSWERS, begun.len()),
        (&sql::ANSWERS, completed.len()),
        (&sql::CREDENTIALS, batch.credentials.len()),
    ]);
    script.add_one(sql::FENCE, |to| bind_fence(batch, losses, to))?;
    script.add(&sql::NEW_ENTITIES, &new, |entity, to| bind_entity(entity, None, to))?;
    script.add(&sql::ENTITIES, &known, |entity, to| {
        bind_entity(entity, Some(entity.expected_version), to)
    })?;
    script.add(&sql::NEW_BALANCES, &created, |(change, terms), to| {
        to.add(change.account.as_str())?;
        bind_terms(terms, to)?;
        to.add(change.posted)?;
        to.add(change.held)
    })?;
    script.add(&sql::BALANCES, &changed, |change, to| {
        to.add(change.account.as_str())?;
        to.add(change.posted)?;
        to.add(change.held)
    })?;
    script.add(&sql::ACCOUNTS, &batch.accounts, |account, to| {
        to.add(account.account.as_str())?;
        bind_terms(&account.terms, to)?;
        to.add(account.status.number())
    })?;
    script.add(&sql::NEW_ANSWERS, &begun, |write, to| bind_answer(write, to))?;
    script.add(&sql::ANSWERS, &completed, |write, to| bind_answer(write, to))?;
    script.add(&sql::CREDENTIALS, &batch.credentials, |credential, to| {
        to.add(&credential.scheme)?;
        to.add(&credential.name)?;
        to.add(credential.merchant.as_str())
    })?;
    let done = script.run(db).await?;
    let [fence, new, known, created, changed, accounts, begun, completed, names] = &done[..] else {
        unreachable!("a script tells of each of its additions")
    };
    if fence.changed != 1 {
        return Ok(Guarded::Fenced);
    }
    let after = created.rows.iter().chain(&changed.rows).map(|row| reads::balance(row, 0));
    let after: Vec<_> = after.collect::<Result<_, _>>()?;
    let mut refused = check::balances(batch, too_large, &after);
    refused.extend(callbacks::surplus(db, batch).await?);
    refused.append(&mut bindings::write(db, batch).await?);
    let is_complete = new.changed + known.changed == batch.entities.len() as u64
        && accounts.changed == batch.accounts.len() as u64
        && begun.changed + completed.changed == batch.answers.len() as u64
        && names.changed == batch.credentials.len() as u64;
    let is_written = is_complete && refused.is_empty();
    Ok(if is_written { Guarded::Written } else { Guarded::Refused(refused) })
}

type Changes<'b> = (Vec<(&'b BalanceChange, &'b AccountTerms)>, Vec<&'b BalanceChange>);

/// Those that may create the balance, with its terms, and those that change one.
fn split<'b>(changes: &[&'b BalanceChange]) -> Changes<'b> {
    let created = changes.iter().filter_map(|change| Some((*change, change.create.as_ref()?)));
    let changed = changes.iter().filter(|change| change.create.is_none());
    (created.collect(), changed.copied().collect())
}

/// Writes what follows from what was accepted.
async fn write_rest(db: &mut SqliteConnection, batch: &Batch) -> Result<(), Failure> {
    let deliveries = callbacks::new_deliveries(db, batch).await?;
    let mut sizes = vec![
        (&sql::EVENTS, batch.events.len()),
        (&sql::POSTINGS, batch.postings.len()),
        (&sql::OUTBOX, batch.outbox.len()),
        (&sql::OUTBOX_DONE, batch.outbox_done.len()),
    ];
    sizes.extend(deliveries.sizes(batch));
    let mut script = Script::of(&sizes);
    script.add_one(sql::BATCH, |to| to.add(batch.journal))?;
    script.add(&sql::EVENTS, &batch.events, |event, to| {
        to.add(event.number)?;
        to.add(batch.number)?;
        to.add(event.version)?;
        to.add(event.correlation)?;
        to.add(event.causation)?;
        to.add(event.entity.kind.number())?;
        to.add(event.entity.id.as_str())?;
        to.add(&event.name)?;
        to.add(&event.payload[..])
    })?;
    script.add(&sql::POSTINGS, &batch.postings, |posting, to| {
        to.add(posting.number)?;
        to.add(batch.number)?;
        to.add(posting.amount)?;
        to.add(posting.booked_at.as_millis())?;
        to.add(posting.effective_at.as_millis())?;
        to.add(posting.group)?;
        to.add(posting.account.as_str())?;
        to.add(posting.currency.code())?;
        to.add(&posting.memo)
    })?;
    script.add(&sql::OUTBOX, &batch.outbox, |message, to| {
        to.add(message.number)?;
        to.add(message.to.kind.number())?;
        to.add(message.to.id.as_str())?;
        to.add(&message.verb)?;
        to.add(&message.envelope[..])?;
        to.add(message.slot.number())
    })?;
    script.add(&sql::OUTBOX_DONE, &batch.outbox_done, |number, to| to.add(*number))?;
    deliveries.add_to(&mut script, batch)?;
    script.run(db).await?;
    callbacks::write(db, batch).await?;
    mails::write(db, &batch.mails).await
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
