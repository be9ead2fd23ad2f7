//! Whatever can be refused: entities, balances, terms of accounts, answers, log-in names, claims
//! of card bindings.

use super::{
    super::{bindings, callbacks, reads},
    column, statements as sql,
};
use crate::store::{check, failure::Failure, rows::side_number};
use purser_actors::ports::{
    AccountWrite, AnswerWrite, BalanceChange, BalanceRow, Batch, CredentialWrite, EntityWrite,
    Refusal,
};
use purser_subjects::{AccountId, account::SystemAccount};
use sqlx::{PgConnection, postgres::PgRow, query, query_as};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Writes it. When something is refused: what the balances refuse, perhaps nothing, in which case it
/// is something else.
pub(super) async fn write(
    db: &mut PgConnection,
    batch: &Batch,
) -> Result<Option<Vec<Refusal>>, Failure> {
    // Locks merchants, so before anything else that other nodes lock.
    let surplus = callbacks::surplus(db, batch).await?;
    let mut complete = rows(db, batch).await?;
    let (too_large, changes) = check::addable(&batch.balances);
    let after = balances(db, batch, &changes).await?;
    let mut refused = check::balances(batch, too_large, &after);
    refused.extend(surplus);
    complete &= accounts(db, &batch.accounts).await?;
    complete &= credentials(db, &batch.credentials).await?;
    refused.append(&mut bindings::write(db, batch).await?);
    Ok(if complete && refused.is_empty() { None } else { Some(refused) })
}

struct NewAnswer<'b> {
    key: Uuid,
    digest: &'b [u8],
    answer: Option<&'b [u8]>,
}

/// Entities and answers; false when one of them is not as the writer believes.
async fn rows(db: &mut PgConnection, batch: &Batch) -> Result<bool, Failure> {
    if batch.entities.is_empty() && batch.answers.is_empty() {
        return Ok(true);
    }
    let (new, known): (Vec<&EntityWrite>, Vec<_>) =
        batch.entities.iter().partition(|entity| entity.expected_version == 0);
    let (mut answers, mut keys, mut completions) = (Vec::new(), Vec::new(), Vec::new());
    for write in &batch.answers {
        let key = Uuid::from_bytes(write.key().0);
        match write {
            AnswerWrite::Insert { digest, answer, .. } => {
                answers.push(NewAnswer { key, digest, answer: answer.as_deref() });
            }
            AnswerWrite::Complete { answer, .. } => {
                keys.push(key);
                completions.push(&answer[..]);
            }
        }
    }
    let mut write = query_as(sql::ROWS);
    for rows in [&new, &known] {
        write = write
            .bind(column(rows, |row| row.key.kind.number()))
            .bind(column(rows, |row| row.key.id.as_str()))
            .bind(column(rows, |row| row.version))
            .bind(column(rows, |row| &row.state[..]))
            .bind(column(rows, |row| row.wake_at.map(|at| at.as_millis())))
            .bind(column(rows, |row| row.slot.number()));
    }
    let (entities, mut stored): (i64, i64) = write
        .bind(column(&known, |row| row.expected_version))
        .bind(column(&answers, |row| row.key))
        .bind(column(&answers, |row| row.digest))
        .bind(column(&answers, |row| row.answer))
        .fetch_one(&mut *db)
        .await?;
    if !keys.is_empty() {
        let completed = query(sql::ANSWERS).bind(keys).bind(completions).execute(db).await?;
        stored += completed.rows_affected() as i64;
    }
    Ok((entities, stored) == (batch.entities.len() as i64, batch.answers.len() as i64))
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
    let has_terms = !batch.accounts.is_empty();
    let is_of_chart = |change: &&&BalanceChange| {
        change.create.is_some() && (!has_terms || SystemAccount::parse(&change.account).is_some())
    };
    let (chart, others): (Vec<_>, Vec<_>) = changes.iter().partition(is_of_chart);
    let mut after = change(db, chart).await?;
    if has_terms {
        let changed = others.iter().map(|change| &change.account);
        let written = batch.accounts.iter().map(|write| &write.account);
        let locked: BTreeSet<&AccountId> = changed.chain(written).collect();
        let locked = column(locked, AccountId::as_str);
        query(sql::LOCK_BALANCES).bind(locked).execute(&mut *db).await?;
    }
    after.append(&mut change(db, others).await?);
    after.iter().map(|row| reads::balance(row, 0)).collect()
}

async fn change(
    db: &mut PgConnection,
    changes: Vec<&&BalanceChange>,
) -> Result<Vec<PgRow>, Failure> {
    let creates: Vec<_> =
        changes.iter().filter_map(|change| Some((*change, change.create.as_ref()?))).collect();
    let updates: Vec<_> = changes.iter().filter(|change| change.create.is_none()).collect();
    let mut after = Vec::with_capacity(changes.len());
    if !creates.is_empty() {
        let write = query(sql::NEW_BALANCES)
            .bind(column(&creates, |(change, _)| change.account.as_str()))
            .bind(column(&creates, |(change, _)| change.posted))
            .bind(column(&creates, |(change, _)| change.held))
            .bind(column(&creates, |(_, terms)| terms.currency.code()))
            .bind(column(&creates, |(_, terms)| side_number(terms.side)))
            .bind(column(&creates, |(_, terms)| terms.floor))
            .bind(column(&creates, |(_, terms)| terms.ceiling));
        after.append(&mut write.fetch_all(&mut *db).await?);
    }
    if !updates.is_empty() {
        let write = query(sql::BALANCES)
            .bind(column(&updates, |change| change.account.as_str()))
            .bind(column(&updates, |change| change.posted))
            .bind(column(&updates, |change| change.held));
        after.append(&mut write.fetch_all(&mut *db).await?);
    }
    Ok(after)
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
