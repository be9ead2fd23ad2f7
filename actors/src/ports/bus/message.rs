//! What arrives over the bus, and how it is answered.

use bytes::Bytes;
use std::fmt;
use tokio::sync::{mpsc, oneshot};

/// A stream of messages with a bounded buffer. Dropping it ends it; messages that wait in it are then
/// dropped, which their askers are told.
#[derive(Debug)]
pub struct Subscription {
    messages: mpsc::Receiver<BusMessage>,
    /// Tells the source that no more is wanted.
    stop: Option<oneshot::Sender<()>>,
}

impl Subscription {
    /// A subscription that yields what is sent into `messages`.
    pub fn new(messages: mpsc::Receiver<BusMessage>) -> Self {
        Self { messages, stop: None }
    }

    /// The same with a source that is told by `stop` when it shall end, by its drop at the latest.
    pub fn with_source(messages: mpsc::Receiver<BusMessage>, stop: oneshot::Sender<()>) -> Self {
        Self { messages, stop: Some(stop) }
    }

    /// The next message; `None` when the bus has closed, or when the last message was taken after
    /// [`Subscription::stop`].
    pub async fn next(&mut self) -> Option<BusMessage> {
        self.messages.recv().await
    }

    /// Asks for no more messages; those that are on their way are still yielded.
    pub fn stop(&mut self) {
        match self.stop.take() {
            Some(stop) => {
                let _ = stop.send(());
            }
            None => self.messages.close(),
        }
    }
}

/// Names and values that a message carries beside its bytes; see [`purser_subjects::headers`].
pub type Headers = Vec<(String, String)>;

/// A message as it arrives.
#[derive(Debug)]
pub struct BusMessage {
    /// Its subject.
    pub subject: String,
    /// Its headers; usually none.
    pub headers: Headers,
    /// Its bytes.
    pub payload: Bytes,
    /// Where the answer goes, if one is expected.
    pub responder: Option<Responder>,
}

impl BusMessage {
    /// The value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Leaves the answer to another receiver of the message: its asker is told nothing.
    pub fn leave_to_others(mut self) {
        if let Some(responder) = &mut self.responder {
            responder.0 = None;
        }
    }
}

/// Takes the one answer to a request. Dropping it unused tells the asker that there will be none.
pub struct Responder(Option<Box<dyn FnOnce(Option<Bytes>) + Send>>);

impl Responder {
    /// A responder that hands the answer to `answer`.
    pub fn new(answer: oneshot::Sender<Bytes>) -> Self {
        Self::from_fn(move |bytes| {
            if let Some(bytes) = bytes {
                let _ = answer.send(bytes);
            }
        })
    }

    /// A responder that hands the answer to `answer`, or `None` when there is none. It must not block.
    pub fn from_fn(answer: impl FnOnce(Option<Bytes>) + Send + 'static) -> Self {
        Self(Some(Box::new(answer)))
    }

    /// Answers. It is no error when the asker has given up.
    pub fn respond(mut self, answer: Bytes) {
        if let Some(respond) = self.0.take() {
            respond(Some(answer));
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(respond) = self.0.take() {
            respond(None);
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Responder")
    }
}
