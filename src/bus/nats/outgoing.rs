//! Answers on their way out. Whoever answers must not wait, so they queue up here, up to a limit.

use super::status::Status;
use async_nats::{Client, PublishErrorKind, Subject};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// Answers that wait to be written. More are dropped: their askers have most likely given up.
const UNSENT: usize = 16_384;

/// The queue of answers.
#[derive(Clone)]
pub(super) struct Outgoing {
    queue: mpsc::Sender<Item>,
}

enum Item {
    Answer {
        to: Subject,
        answer: Result<Bytes, Status>,
    },
    /// Told when everything before it is written.
    Flush(oneshot::Sender<()>),
}

impl Outgoing {
    /// The queue, and what writes it.
    pub(super) fn new(client: Client) -> (Self, impl Future<Output = ()>) {
        let (queue, items) = mpsc::channel(UNSENT);
        (Self { queue }, write(client, items))
    }

    /// Sends an answer, or what became of the request.
    pub(super) fn send(&self, to: Subject, answer: Result<Bytes, Status>) {
        if self.queue.try_send(Item::Answer { to, answer }).is_err() {
            metrics::counter!("purser_bus_answers_dropped_total").increment(1);
        }
    }

    /// Returns when all answers given so far are written.
    pub(super) async fn flush(&self) {
        let (flushed, flushing) = oneshot::channel();
        if self.queue.send(Item::Flush(flushed)).await.is_ok() {
            let _ = flushing.await;
        }
    }
}

async fn write(client: Client, mut items: mpsc::Receiver<Item>) {
    while let Some(item) = items.recv().await {
        match item {
            Item::Answer { to, answer: Ok(bytes) } => {
                let sent = client.publish(to.clone(), bytes).await;
                if sent.is_err_and(|error| error.kind() == PublishErrorKind::MaxPayloadExceeded) {
                    tracing::error!("an answer is larger than NATS carries");
                    refuse(&client, to, Status::Unanswered).await;
                }
            }
            Item::Answer { to, answer: Err(status) } => refuse(&client, to, status).await,
            Item::Flush(flushed) => {
                let _ = client.flush().await;
                let _ = flushed.send(());
            }
        }
    }
}

async fn refuse(client: &Client, to: Subject, status: Status) {
    let (headers, payload) = status.answer();
    // The connection closes for good only with the bus.
    let _ = client.publish_with_headers(to, headers, payload).await;
}
