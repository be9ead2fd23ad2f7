//! What a decision brings about.

use super::{Call, OutMessage};
use crate::ports::{AttemptRow, CredentialWrite, DeliveryUpdate, MailRow, Requeue};
use bytes::Bytes;
use purser_subjects::{
    Answer, Currency, EndpointId, MerchantId, Rejection, Timestamp,
    account::{Leg, ReadBalance, ReadStatement},
    callback::NoticeType,
};
use serde::Serialize;
use uuid::Uuid;

/// The outcome of deciding on a command.
#[derive(Debug)]
pub enum Decision<E> {
    /// Things happen.
    Do(Box<Effects<E>>),
    /// Nothing happens; this is the encoded answer, told when everything that was decided before is
    /// committed.
    Answer(Bytes),
    /// Nothing happens; the store answers, after everything that was decided before is committed.
    Read(Read),
    /// Nothing is decided yet: the balance must be read from the store first.
    Refresh,
}

/// A question that the store answers.
#[derive(Clone, Debug)]
pub enum Read {
    /// The balance of the account.
    Balance(ReadBalance),
    /// Postings of the account.
    Statement(ReadStatement),
}

/// What happens. Everything but replies and calls is stored in one commit; those follow it.
#[derive(Debug)]
pub struct Effects<E> {
    /// What happened, in order.
    pub events: Vec<E>,
    /// What is posted.
    pub groups: Vec<PostingGroup>,
    /// By how much the held amount of the deciding account changes.
    pub held: i64,
    /// Whether the deciding account must be empty when this is committed.
    pub must_be_empty: bool,
    /// Commands to other entities; they happen for certain.
    pub messages: Vec<OutMessage>,
    /// Notifications to merchants; they are delivered for certain.
    pub notifications: Vec<Notification>,
    /// What the merchant's registered endpoints may want to know; it is delivered for certain to those
    /// that do.
    pub notices: Vec<Notice>,
    /// What became of deliveries.
    pub delivery_updates: Vec<DeliveryUpdate>,
    /// Deliveries of the deciding endpoint that are made anew.
    pub requeues: Vec<Requeue>,
    /// Attempts that were made.
    pub attempts: Vec<AttemptRow>,
    /// E-mails to people.
    pub mails: Vec<MailRow>,
    /// New log-in names.
    pub credentials: Vec<CredentialWrite>,
    /// What to do outside after the commit.
    pub calls: Vec<Call>,
    /// How the command is answered.
    pub reply: Reply,
    /// Answers to operations whose commands were told to wait.
    pub completions: Vec<(Uuid, Bytes)>,
}

impl<E> Default for Effects<E> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            groups: Vec::new(),
            held: 0,
            must_be_empty: false,
            messages: Vec::new(),
            notifications: Vec::new(),
            notices: Vec::new(),
            delivery_updates: Vec::new(),
            requeues: Vec::new(),
            attempts: Vec::new(),
            mails: Vec::new(),
            credentials: Vec::new(),
            calls: Vec::new(),
            reply: Reply::None,
            completions: Vec::new(),
        }
    }
}

impl<E> Effects<E> {
    /// Nothing happens, and nobody is answered.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether anything has to be stored. Postings, holds and messages never come without an event.
    pub fn changes_something(&self) -> bool {
        !self.events.is_empty() || !self.delivery_updates.is_empty() || !self.completions.is_empty()
    }
}

impl<E> Decision<E> {
    /// Nothing but a success.
    pub fn answer<R: Serialize>(reply: R) -> Self {
        Self::Answer(answer_ok(reply))
    }
}

impl<E> From<Effects<E>> for Decision<E> {
    fn from(effects: Effects<E>) -> Self {
        Self::Do(Box::new(effects))
    }
}

/// How a command is answered.
#[derive(Debug)]
pub enum Reply {
    /// With nothing but that it was dealt with, after the commit; signals.
    None,
    /// After the commit, with these bytes.
    Now(Bytes),
    /// When the operation is completed.
    Later(Uuid),
}

impl Reply {
    /// A success, encoded.
    pub fn ok<R: Serialize>(reply: R) -> Self {
        Self::Now(answer_ok(reply))
    }
}

/// The encoded answer of a success.
pub(crate) fn answer_ok<R: Serialize>(reply: R) -> Bytes {
    Answer::Ok(reply).to_bytes().into()
}

/// The encoded answer of a refusal.
pub(crate) fn answer_error(rejection: Rejection) -> Bytes {
    Answer::<()>::Error(rejection).to_bytes().into()
}

/// Postings that belong together: they sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingGroup {
    /// Its id.
    pub id: Uuid,
    /// Currency of every line.
    pub currency: Currency,
    /// The lines; a debit is positive.
    pub legs: Vec<Leg>,
    /// When it counts from, if not from its booking.
    pub effective_at: Option<Timestamp>,
    /// What it is for.
    pub memo: String,
}

/// A notification to a merchant about the deciding entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: Uuid,
    /// The endpoint it is for.
    pub endpoint: EndpointId,
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// Number among the notifications of the entity, from 1.
    pub sequence: u32,
    /// What it tells, if it is a notice to a registered endpoint.
    pub event: Option<NoticeType>,
    /// Name of the body and signature.
    pub format: String,
    /// Where to.
    pub url: String,
    /// What it tells.
    pub payload: Bytes,
}

/// Something about the deciding entity that the endpoints of a merchant may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whose endpoints.
    pub merchant: MerchantId,
    /// Number among the notices about the entity, from 1.
    pub sequence: u32,
    /// What it tells.
    pub event: NoticeType,
    /// The endpoint that is not told, if one is not.
    pub except: Option<EndpointId>,
    /// A view of the entity, as a message of the contract.
    pub payload: Bytes,
}
