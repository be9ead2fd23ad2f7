//! How everything outside the actors talks to them: one typed call over the bus.

use crate::ports::{Bus, BusError, Clock};
use bytes::Bytes;
use purser_subjects::{
    Address, Answer, Ask, EntityId, EntityKey, Envelope, ErrorCode, Rejection, Subject, encode,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// Longest time in which nobody may have a slot before its askers are told: twice what it takes until a
/// node that was killed is missed.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// Pause before a question that found nobody is put again; doubles each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_millis(160);

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
        let message = encode(&envelope).into();
        let answer = ask_owner(&*self.bus, &subject, message, options.timeout).await;
        let answer = answer.map_err(rejection)?;
        Answer::from_bytes(&answer)
            .map_err(|error| Rejection::new(ErrorCode::Unavailable, error.to_string()))?
            .into_result()
    }
}

/// Asks whichever node has the receiver's slot. While nobody has it, because it is on its way from one
/// node to another, the question waits: nobody has acted on it, so it may be put again.
///
/// # Errors
/// [`BusError`], as of one question.
pub(crate) async fn ask_owner(
    bus: &dyn Bus,
    subject: &Subject,
    message: Bytes,
    timeout: Duration,
) -> Result<Bytes, BusError> {
    ask_through_gap(bus, subject, message, timeout, LONGEST_GAP).await
}

async fn ask_through_gap(
    bus: &dyn Bus,
    subject: &Subject,
    message: Bytes,
    timeout: Duration,
    longest_gap: Duration,
) -> Result<Bytes, BusError> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let left = timeout.saturating_sub(begun.elapsed());
        let answer = bus.ask(subject, message.clone(), left).await;
        let waits = pause < left && begun.elapsed() + pause < longest_gap;
        if answer != Err(BusError::NoResponder) || !waits {
            return answer;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn rejection(error: BusError) -> Rejection {
    let code = match error {
        BusError::TooLarge => {
            return Rejection::new(ErrorCode::InvalidMessage, error.to_string());
        }
        BusError::Overloaded => ErrorCode::Overloaded,
        BusError::NoResponder | BusError::Timeout | BusError::Disconnected => {
            ErrorCode::Unavailable
        }
    };
    Rejection::new(code, error.to_string()).retry_after_ms(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{Commands, Subscription};
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Nobody listens for the first so many questions; then somebody answers, or refuses.
    struct Gap {
        asked: AtomicUsize,
        nobody_for: usize,
        then: Result<Bytes, BusError>,
    }

    #[async_trait]
    impl Bus for Gap {
        async fn ask(&self, _: &Subject, _: Bytes, _: Duration) -> Result<Bytes, BusError> {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed);
            if asked < self.nobody_for { Err(BusError::NoResponder) } else { self.then.clone() }
        }

        async fn publish(&self, _: &Subject, _: &str, _: Bytes) -> Result<(), BusError> {
            unreachable!("nothing is published")
        }

        async fn tell(&self, _: &Subject, _: Bytes) -> Result<(), BusError> {
            unreachable!("nobody is told")
        }

        async fn subscribe(&self, _: &str, _: Option<&str>) -> Result<Subscription, BusError> {
            unreachable!("nobody listens")
        }

        async fn submit(&self, _: &Subject, _: &str, _: Bytes) -> Result<(), BusError> {
            unreachable!("nothing is handed over")
        }

        async fn commands(&self) -> Result<Commands, BusError> {
            unreachable!("nobody takes commands")
        }

        async fn close(&self) {}
    }

    async fn ask(gap: &Gap, timeout_ms: u64, longest_gap_ms: u64) -> Result<Bytes, BusError> {
        let subject = "purser.ask.account.39.alice.transfer".parse().unwrap();
        let (timeout, longest_gap) =
            (Duration::from_millis(timeout_ms), Duration::from_millis(longest_gap_ms));
        ask_through_gap(gap, &subject, Bytes::new(), timeout, longest_gap).await
    }

    fn gap(nobody_for: usize, then: Result<Bytes, BusError>) -> Gap {
        Gap { asked: AtomicUsize::new(0), nobody_for, then }
    }

    #[tokio::test]
    async fn a_question_waits_until_somebody_has_the_slot() {
        let gap = gap(5, Ok(Bytes::from_static(b"done")));
        assert_eq!(ask(&gap, 30_000, 10_000).await.unwrap(), "done");
    }

    #[tokio::test]
    async fn a_slot_that_nobody_takes_is_told_in_time() {
        for (timeout_ms, longest_gap_ms) in [(200, 10_000), (30_000, 200)] {
            let gap = gap(usize::MAX, Err(BusError::Timeout));
            let begun = Instant::now();
            let answer = ask(&gap, timeout_ms, longest_gap_ms).await;
            assert_eq!(answer, Err(BusError::NoResponder));
            assert!(begun.elapsed() >= Duration::from_millis(100));
            assert!(gap.asked.into_inner() < 10, "pauses grow");
        }
    }

    #[tokio::test]
    async fn what_somebody_may_have_acted_upon_is_not_asked_again() {
        for error in [BusError::Timeout, BusError::Disconnected, BusError::Overloaded] {
            let gap = gap(1, Err(error));
            assert_eq!(ask(&gap, 30_000, 10_000).await, Err(error));
            assert_eq!(gap.asked.into_inner(), 2);
        }
    }
}
