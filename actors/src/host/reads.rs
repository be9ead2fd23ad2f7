//! Questions that the store answers.

use super::services::Services;
use crate::{
    entity::Read,
    journal::Incarnation,
    ports::{BalanceRow, StatementQuery, StoreError},
};
use purser_subjects::{
    AccountId, ErrorCode, Rejection, Timestamp,
    account::{
        AccountStatus, AccountTerms, BalanceView, ReadBalance, ReadStatement, Statement,
        StatementCursor, StatementLine, TimeBasis,
    },
};
use std::sync::Arc;

/// The account that is asked about, as its actor knows it.
pub(super) struct Subject {
    pub(super) account: AccountId,
    pub(super) terms: AccountTerms,
    pub(super) status: AccountStatus,
}

/// The encoded answer to `read`. Everything booked up to the asked time is in it: the journal is waited
/// for, and later batches are booked later.
pub(super) async fn answer(
    services: &Services,
    incarnation: Arc<Incarnation>,
    subject: Subject,
    read: Read,
) -> Result<Vec<u8>, Rejection> {
    services.journal.barrier_of(incarnation).await?;
    let answer = match read {
        Read::Balance(read) => {
            purser_subjects::Answer::Ok(balance(services, subject, read).await?).to_bytes()
        }
        Read::Statement(read) => {
            purser_subjects::Answer::Ok(statement(services, subject, read).await?).to_bytes()
        }
    };
    Ok(answer)
}

async fn balance(
    services: &Services,
    subject: Subject,
    read: ReadBalance,
) -> Result<BalanceView, Rejection> {
    let Subject { account, terms, status } = subject;
    if let Some(at) = read.at {
        let debits = sum(services, &account, at, read.by).await?;
        let posted = terms.side.normal(debits.saturating_neg());
        return Ok(BalanceView { account, terms, status, posted, held: None, available: None });
    }
    let key = account.key();
    let stored = services.reader.entity(key).await.map_err(|_| store_failed())?.balance;
    let (terms, status) = stored.as_ref().map_or((terms, status), |row| (row.terms, row.status));
    let (posted, held) = stored.map_or((0, 0), |row: BalanceRow| (row.posted, row.held));
    let available = terms.floor.map(|floor| posted.saturating_sub(held).saturating_sub(floor));
    let posted = terms.side.normal(posted);
    Ok(BalanceView { account, terms, status, posted, held: Some(held), available })
}

async fn statement(
    services: &Services,
    subject: Subject,
    read: ReadStatement,
) -> Result<Statement, Rejection> {
    let Subject { account, terms, .. } = subject;
    let query = StatementQuery {
        account: account.clone(),
        from: read.from,
        to: read.to,
        by: read.by,
        after: read.after,
        // One more than asked for tells whether there is a next page.
        limit: read.limit + 1,
    };
    let page = services.store.postings(&query).await;
    let (before, mut rows) = page.map_err(|error| failed(&error))?;
    let has_next = rows.len() > read.limit as usize;
    rows.truncate(read.limit as usize);
    let opening = terms.side.normal(before.saturating_neg());
    let mut balance = opening;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        balance = balance
            .checked_add(terms.side.normal(row.amount.saturating_neg()))
            .ok_or_else(|| Rejection::new(ErrorCode::Overflow, "the balance leaves 63 bits"))?;
        lines.push(StatementLine {
            posting: row.number,
            group: row.group,
            amount: row.amount,
            balance,
            booked_at: row.booked_at,
            effective_at: row.effective_at,
            memo: row.memo,
        });
    }
    let cursor = |line: &StatementLine| StatementCursor {
        at: match read.by {
            TimeBasis::Booking => line.booked_at,
            TimeBasis::Effective => line.effective_at,
        },
        posting: line.posting,
    };
    let next = if has_next { lines.last().map(cursor) } else { None };
    Ok(Statement { account, terms, opening, closing: balance, lines, next })
}

async fn sum(
    services: &Services,
    account: &AccountId,
    at: Timestamp,
    by: TimeBasis,
) -> Result<i64, Rejection> {
    services.store.posted_sum(account, at, by).await.map_err(|error| failed(&error))
}

fn failed(error: &StoreError) -> Rejection {
    tracing::error!(%error, "a read failed");
    store_failed()
}

pub(super) fn store_failed() -> Rejection {
    let why = "the database does not answer; nothing was done";
    Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(1_000)
}
