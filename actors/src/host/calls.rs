//! What entities ask to be done outside, and how they are told the result.

use super::{registry, services::Services};
use crate::{
    client::ask_owner,
    entity::{Call, CallResult, CallTarget, OutMessage, Signal},
    ports::{
        AcquirerOutcome, AcquirerStatus, Attempt, AttemptOutcome, BusError, Delivery, IssuerAnswer,
        Share, Slot,
    },
};
use bytes::Bytes;
use futures_util::FutureExt;
use purser_subjects::{Address, EntityKey, Envelope, ErrorCode, Rejection, Subject};
use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::timeout;
use uuid::Uuid;

/// Another entity that has not answered by then is asked again later.
const ENTITY_TIMEOUT: Duration = Duration::from_secs(15);

/// Which calls this process has under way.
#[derive(Debug, Default)]
pub(crate) struct CallsUnderWay {
    keys: Mutex<HashSet<CallKey>>,
}

/// Who asks, for which operation or delivery, and whom: the account that funds an operation may still
/// be asked when the acquirer's turn has come.
type CallKey = (EntityKey, Uuid, Party);

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Acquirer,
    Issuer,
    Entity,
    Receiver,
    Store,
}

impl Party {
    fn of(target: &CallTarget) -> Self {
        match target {
            CallTarget::Acquirer(_) | CallTarget::Status(_) => Self::Acquirer,
            CallTarget::Issuer(_) | CallTarget::IssuerStatus(_) => Self::Issuer,
            CallTarget::Entity(_) => Self::Entity,
            CallTarget::Delivery(_) => Self::Receiver,
            CallTarget::Replay(_) => Self::Store,
        }
    }
}

/// Stands for one call until it has ended.
struct UnderWay {
    calls: Arc<CallsUnderWay>,
    key: CallKey,
}

impl CallsUnderWay {
    /// Notes a call; `None` when one like it is under way.
    fn begin(calls: &Arc<Self>, key: CallKey) -> Option<UnderWay> {
        let is_new = calls.lock().insert(key.clone());
        is_new.then(|| UnderWay { calls: calls.clone(), key })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<CallKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.key);
    }
}

impl Services {
    /// Slots whose entities have calls under way.
    pub(super) fn slots_with_calls(&self) -> HashSet<Slot> {
        let keys = self.calls.lock();
        keys.iter().map(|(entity, ..)| self.ownership.slot_of(entity)).collect()
    }

    /// Starts `calls` of `entity`; each result comes back to it as a signal with the same correlation.
    pub(crate) fn start_calls(
        self: &Arc<Self>,
        entity: &EntityKey,
        calls: Vec<Call>,
        correlation: Option<Uuid>,
    ) {
        for call in calls {
            let id = call.id;
            // The result of the call under way answers this one too. Above all the acquirer must not be
            // asked what became of an operation that is just on its way there.
            let party = Party::of(&call.target);
            let key = (entity.clone(), id, party);
            let Some(under_way) = CallsUnderWay::begin(&self.calls, key) else { continue };
            let (services, entity) = (self.clone(), entity.clone());
            self.io.spawn(async move {
                let fallback = call.target.unknown();
                let execution = services.execute(&entity, call.target, correlation);
                let execution = AssertUnwindSafe(execution);
                // A port that panics has an unknown outcome like one that does not answer.
                let result = execution.catch_unwind().await.unwrap_or(fallback);
                drop(under_way);
                // An entity that fails over a result is woken later and asks again.
                let done = Signal::CallDone { id, result };
                registry::signal(&services, &entity, done, correlation).await;
            });
        }
    }

    async fn execute(
        &self,
        entity: &EntityKey,
        target: CallTarget,
        correlation: Option<Uuid>,
    ) -> CallResult {
        let limit = self.limits.acquirer_timeout;
        match target {
            CallTarget::Acquirer(request) => CallResult::Acquirer(
                timeout(limit, self.acquirer.execute(*request))
                    .await
                    .unwrap_or(AcquirerOutcome::Unknown),
            ),
            CallTarget::Status(query) => CallResult::Status(
                timeout(limit, self.acquirer.status(*query))
                    .await
                    .unwrap_or(AcquirerStatus::Unknown),
            ),
            CallTarget::Issuer(request) => CallResult::Issuer(
                timeout(limit, self.issuer.execute(*request))
                    .await
                    .unwrap_or(IssuerAnswer::Unknown),
            ),
            CallTarget::IssuerStatus(query) => CallResult::Issuer(
                timeout(limit, self.issuer.status(*query)).await.unwrap_or(IssuerAnswer::Unknown),
            ),
            CallTarget::Entity(message) => {
                CallResult::Entity(self.ask(entity, &message, correlation).await)
            }
            CallTarget::Delivery(due) => {
                let attempt = self.messenger.deliver(&due).await;
                note(&due.delivery, &attempt);
                CallResult::Delivery(due, attempt)
            }
            CallTarget::Replay(query) => {
                let page = self.store.replayable(&query).await;
                CallResult::Replay(page.map_err(|error| tracing::error!(%error, "replay")).ok())
            }
        }
    }

    async fn ask(
        &self,
        from: &EntityKey,
        message: &OutMessage,
        correlation: Option<Uuid>,
    ) -> Result<(), Rejection> {
        let mut envelope = Envelope::new(from.to_string(), ());
        envelope.key = Some(message.key.clone());
        envelope.correlation = correlation.unwrap_or(envelope.id);
        let bytes = envelope.encode_around(&message.payload);
        let answer = self.send(&message.to, message.verb, bytes).await?;
        (message.read)(&answer).unwrap_or_else(|| {
            Err(Rejection::new(ErrorCode::Unavailable, "the answer cannot be read"))
        })
    }

    /// Sends an encoded command to an entity, wherever it is, and waits for its answer.
    pub(crate) async fn send(
        &self,
        to: &EntityKey,
        verb: &str,
        envelope: Vec<u8>,
    ) -> Result<Bytes, Rejection> {
        let to = Address::new(to.clone(), verb, self.ownership.partitions());
        let answer = self.ask_nearest(to, envelope.into(), ENTITY_TIMEOUT).await;
        answer.map_err(|error| match error {
            BusError::Timeout => {
                let why = "another entity did not answer in time";
                Rejection::new(ErrorCode::Unavailable, why)
            }
            error => Rejection::new(ErrorCode::Unavailable, error.to_string()),
        })
    }

    /// The answer of an entity, wherever it is; without the bus when it is here.
    pub(crate) async fn ask_nearest(
        &self,
        to: Address,
        message: Bytes,
        within: Duration,
    ) -> Result<Bytes, BusError> {
        let slot = Slot { share: Share::of(to.entity.kind), partition: to.partition };
        match self.intake().filter(|_| self.ownership.is_open(slot)) {
            Some(intake) => {
                let answer = timeout(within, intake.ask(&to, &message)).await;
                answer.map_err(|_| BusError::Timeout)
            }
            None => ask_owner(&*self.bus, &Subject::Ask(to), message, within).await,
        }
    }

    /// Has the node that has the receiver's slot answer, for example because it is no longer this one.
    pub(super) async fn ask_owner(
        &self,
        to: Address,
        message: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, Rejection> {
        let answer = ask_owner(&*self.bus, &Subject::Ask(to), message, timeout).await;
        answer.map_err(|error| Rejection::new(ErrorCode::Unavailable, error.to_string()))
    }
}

/// Tells operators how an attempt ended.
fn note(delivery: &Delivery, attempt: &Attempt) {
    let (outcome, error) = match attempt {
        Attempt::Made { outcome: AttemptOutcome::Accepted { .. }, .. } => ("accepted", None),
        Attempt::Made { outcome: AttemptOutcome::Failed { error, .. }, .. } => {
            ("failed", Some(error))
        }
        Attempt::NotMade { error } => ("not_made", Some(error)),
    };
    metrics::counter!("purser_delivery_attempts_total", "outcome" => outcome).increment(1);
    if let Attempt::Made { log, .. } = attempt {
        let seconds = metrics::histogram!("purser_delivery_attempt_seconds", "outcome" => outcome);
        seconds.record(log.duration);
    }
    let Some(error) = error else { return };
    let (id, endpoint) = (delivery.id, &delivery.endpoint);
    let attempt = delivery.attempts + 1;
    if outcome == "failed" {
        tracing::info!(delivery = %id, %endpoint, attempt, %error, "a delivery failed");
    } else {
        tracing::error!(delivery = %id, %endpoint, %error, "a delivery could not be attempted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::EntityKind;

    #[test]
    fn one_call_to_one_party_is_under_way_at_a_time() {
        let calls = Arc::<CallsUnderWay>::default();
        let payment = EntityKey::new(EntityKind::Transaction, "p".parse().unwrap());
        let begin = |party| CallsUnderWay::begin(&calls, (payment.clone(), Uuid::nil(), party));
        let first = begin(Party::Acquirer);
        assert!(first.is_some());
        assert!(begin(Party::Acquirer).is_none());
        // The account may still be answering when the acquirer's turn has come.
        assert!(begin(Party::Entity).is_some());
        drop(first);
        assert!(begin(Party::Acquirer).is_some());
    }
}
