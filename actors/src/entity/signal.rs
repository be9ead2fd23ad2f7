//! What the runtime tells an entity, and what an entity asks the runtime to do outside.

use crate::ports::{
    AcquirerOutcome, AcquirerRequest, AcquirerStatus, Attempt, Delivery, DeliveryCursor,
    DueDelivery, IssuerAnswer, IssuerQuery, IssuerRequest, ReplayQuery, StatusQuery,
};
use bytes::Bytes;
use purser_subjects::{Answer, Ask, EntityId, EntityKey, ErrorCode, Rejection, encode};
use uuid::Uuid;

/// Something the runtime tells an entity.
#[derive(Debug)]
pub enum Signal {
    /// The wake-up time has come.
    Wake,
    /// The node was started; what an earlier process had begun outside may be lost.
    Restarted,
    /// Somebody waits for this operation, which this process did not begin.
    Resume(Uuid),
    /// A call has ended.
    CallDone {
        /// The call's id.
        id: Uuid,
        /// How it ended.
        result: CallResult,
    },
    /// A delivery is due.
    Due(Box<Delivery>),
}

/// Something to do outside, begun after the commit of the decision that asked for it.
#[derive(Debug)]
pub struct Call {
    /// Its id, given back with the result.
    pub id: Uuid,
    /// What to do.
    pub target: CallTarget,
}

/// Whom a call goes to.
#[derive(Debug)]
pub enum CallTarget {
    /// Execute an operation at the acquirer.
    Acquirer(Box<AcquirerRequest>),
    /// Ask the acquirer what became of an operation.
    Status(Box<StatusQuery>),
    /// Have the issuer of a card carry something out.
    Issuer(Box<IssuerRequest>),
    /// Ask the issuer what became of an operation.
    IssuerStatus(Box<IssuerQuery>),
    /// Ask another entity.
    Entity(OutMessage),
    /// Attempt a delivery.
    Delivery(Box<DueDelivery>),
    /// Find deliveries to be made anew.
    Replay(Box<ReplayQuery>),
}

impl CallTarget {
    /// How a call ends of which nothing is known.
    pub(crate) fn unknown(&self) -> CallResult {
        match self {
            Self::Acquirer(_) => CallResult::Acquirer(AcquirerOutcome::Unknown),
            Self::Status(_) => CallResult::Status(AcquirerStatus::Unknown),
            Self::Issuer(_) | Self::IssuerStatus(_) => CallResult::Issuer(IssuerAnswer::Unknown),
            Self::Entity(_) => {
                let why = "the call was not finished";
                CallResult::Entity(Err(Rejection::new(ErrorCode::Unavailable, why)))
            }
            Self::Delivery(due) => {
                let error = "the attempt was not finished".to_owned();
                CallResult::Delivery(due.clone(), Attempt::NotMade { error })
            }
            Self::Replay(_) => CallResult::Replay(None),
        }
    }
}

/// How a call ended. A call that ran out of time ends as unknown.
#[derive(Debug)]
pub enum CallResult {
    /// Of [`CallTarget::Acquirer`].
    Acquirer(AcquirerOutcome),
    /// Of [`CallTarget::Status`].
    Status(AcquirerStatus),
    /// Of [`CallTarget::Issuer`] or [`CallTarget::IssuerStatus`].
    Issuer(IssuerAnswer),
    /// Of [`CallTarget::Entity`].
    Entity(Result<(), Rejection>),
    /// Of [`CallTarget::Delivery`], with the delivery as it was due.
    Delivery(Box<DueDelivery>, Attempt),
    /// Of [`CallTarget::Replay`]: a page of deliveries; nothing when the store failed.
    Replay(Option<Vec<DeliveryCursor>>),
}

/// A command to another entity.
#[derive(Clone, Debug)]
pub struct OutMessage {
    /// The receiver.
    pub to: EntityKey,
    /// The verb.
    pub verb: &'static str,
    /// The encoded payload, a MessagePack map.
    pub payload: Bytes,
    /// Makes repeats harmless.
    pub key: String,
    /// Reads the answer: success or refusal.
    pub(crate) read: fn(&[u8]) -> Option<Result<(), Rejection>>,
}

impl OutMessage {
    /// The command `ask` to the entity `to`, with the idempotency key `key`.
    pub fn new<A: Ask>(to: &EntityId, ask: &A, key: String) -> Self {
        Self {
            to: EntityKey::new(A::ENTITY, to.clone()),
            verb: A::VERB,
            payload: encode(ask).into(),
            key,
            read: |answer| {
                let answer = Answer::<A::Reply>::from_bytes(answer).ok()?;
                Some(answer.into_result().map(|_| ()))
            },
        }
    }
}
