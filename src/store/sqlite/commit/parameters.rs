//! Parameters that statements of a commit have in common.

use crate::store::rows::side_number;
use purser_actors::ports::{AnswerWrite, Batch, EntityWrite};
use purser_subjects::account::AccountTerms;
use sqlx::{Arguments as _, error::BoxDynError, sqlite::SqliteArguments};
use uuid::Uuid;

type Bound = Result<(), BoxDynError>;

pub(super) fn bind_fence(batch: &Batch, losses: i64, to: &mut SqliteArguments) -> Bound {
    to.add(batch.number)?;
    to.add(&batch.hash[..])?;
    to.add(batch.events.last().map(|event| event.number))?;
    to.add(batch.postings.last().map(|posting| posting.number))?;
    to.add(batch.outbox.last().map(|message| message.number))?;
    to.add(batch.booked_at.as_millis())?;
    to.add(batch.published)?;
    to.add(batch.journal)?;
    to.add(batch.epoch)?;
    to.add(batch.number - 1)?;
    to.add(&batch.previous_hash[..])?;
    to.add(losses)
}

/// `expected` is the version before, where there is one.
pub(super) fn bind_entity(
    entity: &EntityWrite,
    expected: Option<i64>,
    to: &mut SqliteArguments,
) -> Bound {
    to.add(entity.key.kind.number())?;
    to.add(entity.key.id.as_str())?;
    if let Some(expected) = expected {
        to.add(expected)?;
    }
    to.add(entity.version)?;
    to.add(&entity.state[..])?;
    to.add(entity.wake_at.map(|at| at.as_millis()))?;
    to.add(entity.slot.number())
}

pub(super) fn bind_terms(terms: &AccountTerms, to: &mut SqliteArguments) -> Bound {
    to.add(terms.currency.code())?;
    to.add(side_number(terms.side))?;
    to.add(terms.floor)?;
    to.add(terms.ceiling)
}

pub(super) fn bind_answer(write: &AnswerWrite, to: &mut SqliteArguments) -> Bound {
    to.add(Uuid::from_bytes(write.key().0))?;
    match write {
        AnswerWrite::Insert { digest, answer, .. } => {
            to.add(&digest[..])?;
            to.add(answer.as_deref())
        }
        AnswerWrite::Complete { answer, .. } => to.add(&answer[..]),
    }
}
