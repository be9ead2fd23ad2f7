//! How messages travel between the ingress, the actors and internal systems.

use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::Subject;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Carries messages by subject. A pattern may use `*` for one token and a final `>` for the rest;
/// subscribers of one queue group share its messages.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// [`BusError`]; only after `NoResponder` and `Overloaded` is it certain that nobody acted on it.
    async fn ask(
        &self,
        subject: &Subject,
        message: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, BusError>;

    /// Publishes an event; `id` lets the bus drop repeats. Returns when the bus has taken it.
    ///
    /// # Errors
    /// [`BusError`]; the event may be published again with the same id.
    async fn publish(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError>;

    /// Receives what is sent on subjects that match `pattern`, until the subscription is dropped.
    ///
    /// # Errors
    /// [`BusError`] when the bus cannot be reached.
    async fn subscribe(&self, pattern: &str, queue: Option<&str>)
    -> Result<Subscription, BusError>;
}

/// Why a message got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Nobody listens on the subject.
    #[error("nobody listens on the subject")]
    NoResponder,
    /// No answer came in time; it may still be acted upon.
    #[error("no answer in time")]
    Timeout,
    /// The receiver's queue is full; nothing was done.
    #[error("the receiver's queue is full")]
    Overloaded,
    /// The bus cannot be reached, or the receiver dropped the request.
    #[error("the connection was lost")]
    Disconnected,
}

/// A stream of messages with a bounded buffer.
#[derive(Debug)]
pub struct Subscription {
    messages: mpsc::Receiver<BusMessage>,
}

impl Subscription {
    /// A subscription that yields what is sent into `messages`.
    pub fn new(messages: mpsc::Receiver<BusMessage>) -> Self {
        Self { messages }
    }

    /// The next message; `None` when the bus has closed.
    pub async fn next(&mut self) -> Option<BusMessage> {
        self.messages.recv().await
    }
}

/// A message as it arrives.
#[derive(Debug)]
pub struct BusMessage {
    /// Its subject.
    pub subject: String,
    /// Its bytes.
    pub payload: Bytes,
    /// Where the answer goes, if one is expected.
    pub responder: Option<Responder>,
}

/// Takes the one answer to a request.
#[derive(Debug)]
pub struct Responder {
    answer: oneshot::Sender<Bytes>,
}

impl Responder {
    /// A responder that hands the answer to `answer`.
    pub fn new(answer: oneshot::Sender<Bytes>) -> Self {
        Self { answer }
    }

    /// Answers. It is no error when the asker has given up.
    pub fn respond(self, answer: Bytes) {
        let _ = self.answer.send(answer);
    }
}
