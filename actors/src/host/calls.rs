//! What entities ask to be done outside, and how they are told the result.

use super::services::Services;
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
    ids: Mutex<HashSet<(EntityKey, Uuid)>>,
}

/// Stands for one call until it has ended.
struct UnderWay {
    calls: Arc<CallsUnderWay>,
    id: (EntityKey, Uuid),
}

impl CallsUnderWay {
    /// Notes a call; `None` when one of the same entity and id is under way.
    fn begin(calls: &Arc<Self>, entity: &EntityKey, id: Uuid) -> Option<UnderWay> {
        let id = (entity.clone(), id);
        let is_new = calls.lock().insert(id.clone());
        is_new.then(|| UnderWay { calls: calls.clone(), id })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(EntityKey, Uuid)>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.id);
    }
}

impl Services {
    /// Starts `calls` of `entity`; each result comes back to it as a signal.
    pub(crate) fn start_calls(self: &Arc<Self>, entity: &EntityKey, calls: Vec<Call>) {
        for call in calls {
            let id = call.id;
            // The result of the call under way answers this one too. Above all the acquirer must not be
            // asked what became of an operation that is just on its way there.
            let Some(under_way) = CallsUnderWay::begin(&self.calls, entity, id) else { continue };
            let (services, entity) = (self.clone(), entity.clone());
            self.io.spawn(async move {
                let fallback = call.target.unknown();
                let execution = AssertUnwindSafe(services.execute(&entity, call.target));
                // A port that panics has an unknown outcome like one that does not answer.
                let result = execution.catch_unwind().await.unwrap_or(fallback);
                drop(under_way);
                // An entity that fails over a result is woken later and asks again.
                services.signal(&entity, Signal::CallDone { id, result }).await;
            });
        }
    }

    async fn execute(&self, entity: &EntityKey, target: CallTarget) -> CallResult {
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
            CallTarget::Entity(message) => CallResult::Entity(self.ask(entity, &message).await),
            CallTarget::Delivery(delivery) => {
                let outcome = self.messenger.deliver(&delivery).await;
                CallResult::Delivery(delivery, outcome)
            }
        }
    }

    async fn ask(&self, from: &EntityKey, message: &OutMessage) -> Result<(), Rejection> {
        let envelope =
            Envelope { key: Some(message.key.clone()), ..Envelope::new(from.to_string(), ()) };
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
