//! What entities ask to be done outside, and how they are told the result.

use super::{registry, services::Services};
use crate::{
    entity::{Call, CallResult, CallTarget, OutMessage, Signal},
    ports::{AcquirerOutcome, AcquirerStatus},
};
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
    Entity,
    Receiver,
}

impl Party {
    fn of(target: &CallTarget) -> Self {
        match target {
            CallTarget::Acquirer(_) | CallTarget::Status(_) => Self::Acquirer,
            CallTarget::Entity(_) => Self::Entity,
            CallTarget::Delivery(_) => Self::Receiver,
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
            CallTarget::Entity(message) => {
                CallResult::Entity(self.ask(entity, &message, correlation).await)
            }
            CallTarget::Delivery(delivery) => {
                let outcome = self.messenger.deliver(&delivery).await;
                CallResult::Delivery(delivery, outcome)
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

    /// Sends an encoded command to an entity and waits for its answer.
    pub(crate) async fn send(
        &self,
        to: &EntityKey,
        verb: &str,
        envelope: Vec<u8>,
    ) -> Result<bytes::Bytes, Rejection> {
        let partitions = self.hosts().partitions;
        let subject = Subject::Ask(Address::new(to.clone(), verb, partitions));
        let answer = self.bus.ask(&subject, envelope.into(), ENTITY_TIMEOUT).await;
        answer.map_err(|error| Rejection::new(ErrorCode::Unavailable, error.to_string()))
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
