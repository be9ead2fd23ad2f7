//! How everything outside the actors talks to them: one typed call over the bus.

use crate::ports::{Bus, BusError, Clock};
use purser_subjects::{
    Address, Answer, Ask, EntityId, EntityKey, Envelope, ErrorCode, Rejection, Subject, encode,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Asks entities, wherever they run.
#[derive(Clone)]
pub struct Client {
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    partitions: u32,
    sender: Arc<str>,
}

/// What may be said about a call besides the command itself.
#[derive(Clone, Debug)]
pub struct AskOptions {
    /// Commands with one key and one receiver take effect once.
    pub key: Option<String>,
    /// Keyed digest of the outside request, where the command holds ciphertext.
    pub fingerprint: Option<[u8; 32]>,
    /// Correlation of the outside request; if absent the message's own id.
    pub correlation: Option<Uuid>,
    /// How long the caller waits; a command that was not begun by then is not begun any more.
    pub timeout: Duration,
}

impl Default for AskOptions {
    fn default() -> Self {
        Self { key: None, fingerprint: None, correlation: None, timeout: Duration::from_secs(30) }
    }
}

impl Client {
    /// A client that calls itself `sender` in its messages.
    pub fn new(bus: Arc<dyn Bus>, clock: Arc<dyn Clock>, partitions: u32, sender: &str) -> Self {
        Self { bus, clock, partitions, sender: sender.into() }
    }

    /// The same client under another name.
    #[must_use]
    pub fn named(&self, sender: &str) -> Self {
        Self { sender: sender.into(), ..self.clone() }
    }

    /// Sends `command` to the entity `id` of the command's kind and waits for the reply, which comes
    /// after commit.
    ///
    /// # Errors
    /// The entity's [`Rejection`], or `overloaded` / `unavailable` from the way there. After
    /// `unavailable` the command may have taken effect; a retry with the same key tells.
    pub async fn ask<A: Ask>(
        &self,
        id: &EntityId,
        command: A,
        options: AskOptions,
    ) -> Result<A::Reply, Rejection> {
        let mut envelope = Envelope::new(&*self.sender, command);
        envelope.key = options.key;
        envelope.fingerprint = options.fingerprint.map(|digest| digest.to_vec().into());
        envelope.correlation = options.correlation.unwrap_or(envelope.id);
        envelope.deadline = Some(self.clock.now().plus(options.timeout));
        let entity = EntityKey::new(A::ENTITY, id.clone());
        let subject = Subject::Ask(Address::new(entity, A::VERB, self.partitions));
        let answer = self.bus.ask(&subject, encode(&envelope).into(), options.timeout).await;
        let answer = answer.map_err(rejection)?;
        Answer::from_bytes(&answer)
            .map_err(|error| Rejection::new(ErrorCode::Unavailable, error.to_string()))?
            .into_result()
    }
}

fn rejection(error: BusError) -> Rejection {
    let code = match error {
        BusError::Overloaded => ErrorCode::Overloaded,
        BusError::NoResponder | BusError::Timeout | BusError::Disconnected => {
            ErrorCode::Unavailable
        }
    };
    Rejection::new(code, error.to_string()).retry_after_ms(1000)
}
