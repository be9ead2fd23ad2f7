//! The head of the journal, and whatever can be refused: entities, balances, terms of accounts, answers, log-in
//! names, claims of card bindings.

use super::{
    super::{bindings, callbacks, reads},
    Write, column, statements as sql,
};
use crate::store::{check, failure::Failure, rows::side_number};
use purser_actors::ports::{
    AccountWrite, AnswerWrite, BalanceChange, BalanceRow, Batch, CredentialWrite, EntityWrite,
    Refusal,
};
use purser_subjects::{AccountId, account::SystemAccount};
use sqlx::{PgConnection, Row, postgres::PgRow, query};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// What came of it.
pub(super) enum Guarded {
    Written,
    /// What the balances refuse, perhaps nothing, in which case it is something else.
    Refused(Vec<Refusal>),
    /// The journal is elsewhere than the batch says.
    Fenced,
}

/// Moves the head of the journal on, whose `losses` are these, and writes whatever can be refused.
pub(super) async fn write(
    db: &mut PgConnection,
    batch: &Batch,
    losses: i64,
) -> Result<Guarded, Failure> {
    let (too_large, changes) = check::addable(&batch.balances);
    // Most batches lock nothing that has its place between the first rows and the balances.
    let is_plain = batch.accounts.is_empty() && batch.endpoints.is_empty();
    let at_once = if is_plain { &changes[..] } else { &[] };
    let Some(mut written) = head_and_rows(db, batch, losses, at_once).await? else {
        return Ok(Guarded::Fenced);
    };
    // Locks merchants, so before anything else that other nodes lock.
    let surplus = callbacks::surplus(db, batch).await?;
    if !is_plain {
        written.balances = balances(db, batch, &changes).await?;
    }
    let mut refused = check::balances(batch, too_large, &written.balances);
    refused.extend(surplus);
    let mut complete = written.is_complete && accounts(db, &batch.accounts).await?;
    complete &= credentials(db, &batch.credentials).await?;
    refused.append(&mut bindings::write(db, batch).await?);
    let is_written = complete && refused.is_empty();
    Ok(if is_written { Guarded::Written } else { Guarded::Refused(refused) })
}

/// Answers as they are stored: a promise that is kept in the same batch is one row.
#[derive(Default)]
struct Answers<'b> {
    new: Vec<NewAnswer<'b>>,
    kept: Vec<(Uuid, &'b [u8])>,
    /// Promises of this batch that it keeps.
    at_once: usize,
}

struct NewAnswer<'b> {
    key: Uuid,
    digest: &'b [u8],
    answer: Option<&'b [u8]>,
}

impl<'b> Answers<'b> {
    fn of(writes: &'b [AnswerWrite]) -> Self {
        let mut answers = Self::default();
        let mut promised = HashMap::new();
        for write in writes {
            let key = Uuid::from_bytes(write.key().0);
            match write {
                AnswerWrite::Insert { digest, answer, .. } => {
                    if answer.is_none() {
                        promised.insert(key, answers.new.len());
                    }
                    answers.new.push(NewAnswer { key, digest, answer: answer.as_deref() });
                }
                AnswerWrite::Complete { answer, .. } => match promised.remove(&key) {
                    Some(place) => {
                        answers.new[place].answer = Some(answer);
                        answers.at_once += 1;
                    }
                    None => answers.kept.push((key, answer)),
                },
            }
        }
        answers
    }
}

/// What the first statement of a commit has done.
#[derive(Default)]
struct Written {
    /// Whether all entities and answers were as the writer believes.
    is_complete: bool,
    /// Those that were changed, as they are then.
    balances: Vec<BalanceRow>,
}

/// `None` when the head is elsewhere than the batch says.
async fn head_and_rows(
    db: &mut PgConnection,
    batch: &Batch,
    losses: i64,
    changes: &[&BalanceChange],
) -> Result<Option<Written>, Failure> {
    let (new, known): (Vec<&EntityWrite>, Vec<_>) =
        batch.entities.iter().partition(|entity| entity.expected_version == 0);
    let answers = Answers::of(&batch.answers);
    let mut write = query(sql::HEAD_AND_ROWS)
        .bind(batch.number)
        .bind(&batch.hash[..])
        .bind(batch.events.last().map(|event| event.number))
        .bind(batch.postings.last().map(|posting| posting.number))
        .bind(batch.outbox.last().map(|message| message.number))
        .bind(batch.booked_at.as_millis())
        .bind(batch.published)
        .bind(batch.journal)
        .bind(batch.epoch)
        .bind(&batch.previous_hash[..])
        .bind(losses);
    for rows in [&new, &known] {
        write = write
            .bind(column(rows, |row| row.key.kind.number()))
            .bind(column(rows, |row| row.key.id.as_str()))
            .bind(column(rows, |row| row.version))
            .bind(column(rows, |row| &row.state[..]))
            .bind(column(rows, |row| row.wake_at.map(|at| at.as_millis())))
            .bind(column(rows, |row| row.slot.number()));
    }
    let write = write
        .bind(column(&known, |row| row.expected_version))
        .bind(column(&answers.new, |row| row.key))
        .bind(column(&answers.new, |row| row.digest))
        .bind(column(&answers.new, |row| row.answer))
        .bind(column(&answers.kept, |(key, _)| *key))
        .bind(column(&answers.kept, |(_, answer)| *answer));
    let mut written = Written::default();
    let mut is_moved = false;
    for row in &bind_changes(write, changes).fetch_all(db).await? {
        let Some(heads) = row.try_get::<Option<i64>, _>(0)? else {
            written.balances.push(reads::balance(row, 3)?);
            continue;
        };
        let (entities, stored): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let all = (batch.entities.len() as i64, (batch.answers.len() - answers.at_once) as i64);
        (is_moved, written.is_complete) = (heads == 1, (entities, stored) == all);
    }
    Ok(is_moved.then_some(written))
}

/// Gives the changed rows as they are then.
///
/// Several nodes change the same balances. Each locks those of the chart of accounts first and then the
/// others, both in the order of ids, so that none waits for one that waits for it. Without new terms, the
/// common case, changing the balances does just that; else the others are locked before.
async fn balances(
    db: &mut PgConnection,
    batch: &Batch,
    changes: &[&BalanceChange],
) -> Result<Vec<BalanceRow>, Failure> {
    let after = if batch.accounts.is_empty() {
        change(db, changes).await?
    } else {
        let is_of_chart = |change: &&BalanceChange| {
            change.create.is_some() && SystemAccount::parse(&change.account).is_some()
        };
        let (chart, others): (Vec<_>, Vec<_>) = changes.iter().copied().partition(is_of_chart);
        let mut after = change(db, &chart).await?;
        let changed = others.iter().map(|change| &change.account);
        let written = batch.accounts.iter().map(|write| &write.account);
        let locked: BTreeSet<&AccountId> = changed.chain(written).collect();
        let locked = column(locked, AccountId::as_str);
        query(sql::LOCK_BALANCES).bind(locked).execute(&mut *db).await?;
        after.append(&mut change(db, &others).await?);
        after
    };
    after.iter().map(|row| reads::balance(row, 0)).collect()
}

async fn change(db: &mut PgConnection, changes: &[&BalanceChange]) -> Result<Vec<PgRow>, Failure> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(bind_changes(query(sql::BALANCES), changes).fetch_all(db).await?)
}

/// Those that may be new come first.
fn bind_changes(write: Write, changes: &[&BalanceChange]) -> Write {
    let created = changes.iter().filter_map(|change| Some((*change, change.create.as_ref()?)));
    let created: Vec<_> = created.collect();
    let changed = changes.iter().copied().filter(|change| change.create.is_none());
    let changed: Vec<_> = changed.collect();
    write
        .bind(column(&created, |(change, _)| change.account.as_str()))
        .bind(column(&created, |(change, _)| change.posted))
        .bind(column(&created, |(change, _)| change.held))
        .bind(column(&created, |(_, terms)| terms.currency.code()))
        .bind(column(&created, |(_, terms)| side_number(terms.side)))
        .bind(column(&created, |(_, terms)| terms.floor))
        .bind(column(&created, |(_, terms)| terms.ceiling))
        .bind(column(&changed, |change| change.account.as_str()))
        .bind(column(&changed, |change| change.posted))
        .bind(column(&changed, |change| change.held))
}

async fn accounts(db: &mut PgConnection, writes: &[AccountWrite]) -> Result<bool, Failure> {
    if writes.is_empty() {
        return Ok(true);
    }
    let written = query(sql::ACCOUNTS)
        .bind(column(writes, |write| write.account.as_str()))
        .bind(column(writes, |write| write.terms.currency.code()))
        .bind(column(writes, |write| side_number(write.terms.side)))
        .bind(column(writes, |write| write.terms.floor))
        .bind(column(writes, |write| write.terms.ceiling))
        .bind(column(writes, |write| write.status.number()))
        .execute(db)
        .await?;
    Ok(written.rows_affected() == writes.len() as u64)
}

async fn credentials(db: &mut PgConnection, writes: &[CredentialWrite]) -> Result<bool, Failure> {
    if writes.is_empty() {
        return Ok(true);
    }
    let written = query(sql::CREDENTIALS)
        .bind(column(writes, |write| &write.scheme[..]))
        .bind(column(writes, |write| &write.name[..]))
        .bind(column(writes, |write| write.merchant.as_str()))
        .execute(db)
        .await?;
    Ok(written.rows_affected() == writes.len() as u64)
}
