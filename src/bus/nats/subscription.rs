//! From the broker's subscription to the receiver's bounded queue. What finds no room is answered as
//! overload at once, or, where no answer is expected, dropped and counted.

use super::{last, outgoing::Outgoing, status::Status, streams};
use async_nats::{Client, HeaderMap, HeaderName, HeaderValue, Message, Subscriber};
use futures_util::StreamExt;
use purser_actors::ports::{BusMessage, Headers, Responder};
use purser_subjects::SubjectPrefix;
use std::time::Duration;
use tokio::{
    sync::{
        mpsc::{Sender, error::TrySendError},
        oneshot,
    },
    time::timeout,
};

/// Messages that wait in one subscription, as on the memory bus.
pub(super) const BUFFER: usize = 4_096;

/// How long a message that wants no answer waits for room.
const SLOW_CONSUMER_WAIT: Duration = Duration::from_millis(250);

/// Fills the queue of one receiver.
pub(super) struct Forwarder {
    pub(super) client: Client,
    pub(super) pattern: String,
    pub(super) prefix: SubjectPrefix,
    /// Where answers go; `None` for a receiver that gives none.
    pub(super) outgoing: Option<Outgoing>,
    pub(super) receiver: Sender<BusMessage>,
    /// Whether it lost the last message; it is not waited for again until it takes one.
    pub(super) is_slow: bool,
    /// Messages that came so far.
    pub(super) arrived: u64,
}

impl Forwarder {
    /// Forwards until the receiver wants no more, or the connection ends for good.
    pub(super) async fn run(mut self, mut source: Subscriber, mut stop: oneshot::Receiver<()>) {
        let connection = last::connection(&self.client);
        loop {
            tokio::select! {
                message = source.next() => match message {
                    Some(message) => self.forward(message).await,
                    None => return,
                },
                stopped = &mut stop => {
                    if stopped.is_ok() {
                        let same = connection == last::connection(&self.client);
                        let _ = timeout(last::LIMIT, self.forward_last(&mut source, same)).await;
                    }
                    return;
                }
            }
        }
    }

    /// Ends the subscription and forwards what is still on its way.
    async fn forward_last(&mut self, source: &mut Subscriber, is_same_connection: bool) {
        let (client, arrived) = (self.client.clone(), self.arrived);
        let subject = self.prefix.outward(&self.pattern).unwrap_or_default();
        let ending = async {
            match is_same_connection {
                true => last::end(&client, source, arrived, &subject).await,
                false => source.drain().await.is_ok(),
            }
        };
        if ending.await {
            while let Some(message) = source.next().await {
                self.forward(message).await;
            }
        }
    }

    async fn forward(&mut self, message: Message) {
        self.arrived += 1;
        if last::is_marker(&message) {
            return;
        }
        let Some(subject) = self.prefix.inward(&message.subject) else { return };
        // What JetStream keeps has its acknowledgement where a request has its answer. Nobody else may take the place.
        let answering = self.outgoing.as_ref().filter(|_| !streams::keeps(&subject));
        let answering = answering.cloned().zip(message.reply);
        let room = match self.receiver.try_reserve() {
            Ok(room) => Some(room),
            Err(TrySendError::Closed(())) => return,
            Err(TrySendError::Full(())) => match answering {
                Some((outgoing, reply)) => return outgoing.send(reply, Err(Status::Overloaded)),
                None if self.is_slow => None,
                None => timeout(SLOW_CONSUMER_WAIT, self.receiver.reserve())
                    .await
                    .ok()
                    .and_then(Result::ok),
            },
        };
        let Some(room) = room else {
            if !self.is_slow {
                tracing::warn!(pattern = self.pattern, "slow consumer loses messages");
            }
            self.is_slow = true;
            metrics::counter!("purser_bus_slow_consumer_dropped_total").increment(1);
            return;
        };
        self.is_slow = false;
        let responder = answering.map(|(outgoing, reply)| {
            Responder::from_fn(move |answer| {
                outgoing.send(reply, answer.ok_or(Status::Unanswered));
            })
        });
        let headers = message.headers.as_ref().map(read_headers).unwrap_or_default();
        room.send(BusMessage { subject, headers, payload: message.payload, responder });
    }
}

fn read_headers(headers: &HeaderMap) -> Headers {
    let one = |(name, values): (&HeaderName, &Vec<HeaderValue>)| {
        let value = values.last()?;
        Some((name.to_string(), value.as_str().to_owned()))
    };
    headers.iter().filter_map(one).collect()
}
