//! How messages travel between the ingress, the actors and internal systems.

mod durable;
mod message;

pub use durable::{Commands, DurableCommand, Receipt};
pub use message::{BusMessage, Headers, Responder, Subscription};

use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::Subject;
use std::time::Duration;

/// Carries messages by subject. A pattern may use `*` for one token and a final `>` for the rest;
/// subscribers of one queue group share its messages.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// [`BusError`]; only after `NoResponder`, `Overloaded` and `TooLarge` is it certain that nobody acted
    /// on it.
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

    /// False when surely nobody would hear an event that is published now: then it need not be written.
    fn hears_events(&self) -> bool {
        true
    }

    /// Tells whoever listens now; whether anybody did is not known.
    ///
    /// # Errors
    /// [`BusError`] when it could not even be sent.
    async fn tell(&self, subject: &Subject, message: Bytes) -> Result<(), BusError>;

    /// Receives what is sent on subjects that match `pattern`, which begins with `purser.`, until the
    /// subscription is dropped.
    ///
    /// # Errors
    /// [`BusError`] when the bus cannot be reached.
    async fn subscribe(&self, pattern: &str, queue: Option<&str>)
    -> Result<Subscription, BusError>;

    /// Hands over a command that must happen; it is durable once this returns. `id` lets the bus drop
    /// repeats.
    ///
    /// # Errors
    /// [`BusError`]; the command may be handed over again with the same id.
    async fn submit(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError>;

    /// The durable commands, shared by everybody who takes them: each is delivered to one taker, and
    /// again to the same or another one until it is acknowledged or buried.
    ///
    /// # Errors
    /// [`BusError`] when the bus cannot be reached.
    async fn commands(&self) -> Result<Commands, BusError>;

    /// Sends what still waits to be sent, then closes the connection. Nothing can be sent or received
    /// any more.
    async fn close(&self);
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
    /// A queue on the way is full; nothing was done.
    #[error("a queue on the way is full")]
    Overloaded,
    /// The message is larger than the bus carries; nothing was done.
    #[error("the message is larger than the bus carries")]
    TooLarge,
    /// The bus cannot be reached, or the receiver dropped the request.
    #[error("the connection was lost")]
    Disconnected,
}
