//! Requests with an own deadline, to subscribers and to JetStream.

use super::{connect::Link, status};
use async_nats::{Client, HeaderMap, Message, PublishErrorKind, StatusCode, connection::State};
use bytes::Bytes;
use purser_actors::ports::BusError;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

/// Requests under way at once; past it they are refused as overload, so that neither those who wait nor
/// their answers can pile up.
pub(super) const AT_ONCE: usize = 16_384;

/// A request that finds no connection waits so long for it: about what changing to another server of
/// the cluster takes. A longer outage is told at once.
const RECONNECT_WAIT: Duration = Duration::from_secs(2);

/// How often the connection is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Header by which JetStream knows repeats.
const MESSAGE_ID: &str = "Nats-Msg-Id";

/// Sends requests and waits for what comes back.
pub(super) struct Requests {
    client: Client,
    link: Arc<Link>,
    permits: Semaphore,
}

/// What JetStream says to a message that it was to keep.
#[derive(Deserialize)]
struct Kept {
    error: Option<NotKept>,
}

#[derive(Deserialize)]
struct NotKept {
    #[serde(default)]
    description: String,
}

/// Where requests wait before they fail for want of a connection.
fn is_connected(client: &Client) -> bool {
    client.connection_state() == State::Connected
}

impl Requests {
    pub(super) fn new(client: Client, link: Arc<Link>) -> Self {
        Self { client, link, permits: Semaphore::new(AT_ONCE) }
    }

    /// Sends a message and waits for the first one that comes back.
    pub(super) async fn send(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        payload: Bytes,
        within: Duration,
    ) -> Result<Message, BusError> {
        let _permit = self.permits.try_acquire().map_err(|_| BusError::Overloaded)?;
        let answered = timeout(within, async {
            self.connected(within).await?;
            let mut expected = self.link.replies.expect();
            let address = expected.address();
            let sent = match headers {
                None => self.client.publish_with_reply(subject, address, payload).await,
                Some(headers) => {
                    let client = &self.client;
                    client.publish_with_reply_and_headers(subject, address, headers, payload).await
                }
            };
            sent.map_err(|error| match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => BusError::TooLarge,
                PublishErrorKind::InvalidSubject | PublishErrorKind::Send => BusError::Disconnected,
            })?;
            expected.answer().await.ok_or(BusError::Disconnected)
        });
        let message = answered.await.map_err(|_| BusError::Timeout)??;
        match message.status {
            Some(StatusCode::NO_RESPONDERS) => Err(BusError::NoResponder),
            _ => Ok(message),
        }
    }

    /// Asks a subscriber.
    pub(super) async fn ask(
        &self,
        subject: String,
        payload: Bytes,
        within: Duration,
    ) -> Result<Bytes, BusError> {
        let message = self.send(subject, None, payload, within).await?;
        status::read(&message).map_or(Ok(message.payload), Err)
    }

    /// Gives a message to JetStream, and waits until it is kept.
    pub(super) async fn keep(
        &self,
        subject: String,
        id: &str,
        mut headers: HeaderMap,
        payload: Bytes,
        within: Duration,
    ) -> Result<(), BusError> {
        headers.insert(MESSAGE_ID, id);
        let message = self.send(subject.clone(), Some(headers), payload, within).await?;
        match serde_json::from_slice::<Kept>(&message.payload) {
            Ok(Kept { error: None }) => Ok(()),
            Ok(Kept { error: Some(NotKept { description }) }) => {
                tracing::warn!(subject, description, "JetStream does not keep a message");
                Err(BusError::Overloaded)
            }
            // Somebody else answers on this subject: there is no stream for it.
            Err(_) => Err(BusError::NoResponder),
        }
    }

    /// Returns when everything sent before has been taken by the server.
    pub(super) async fn round_trip(&self, within: Duration) -> Result<(), BusError> {
        let echoed = timeout(within, async {
            self.connected(within).await?;
            let mut expected = self.link.replies.expect();
            let sent = self.client.publish(expected.address(), Bytes::new()).await;
            sent.map_err(|_| BusError::Disconnected)?;
            expected.answer().await.ok_or(BusError::Disconnected)
        });
        echoed.await.map_err(|_| BusError::Timeout)?.map(drop)
    }

    /// Sends a message that is not answered.
    pub(super) async fn tell(&self, subject: String, payload: Bytes) -> Result<(), BusError> {
        self.connected(RECONNECT_WAIT).await?;
        let sent = timeout(RECONNECT_WAIT, self.client.publish(subject, payload)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                Err(BusError::TooLarge)
            }
            Ok(Err(_)) | Err(_) => Err(BusError::Disconnected),
        }
    }

    /// Waits a while for a connection.
    async fn connected(&self, within: Duration) -> Result<(), BusError> {
        if is_connected(&self.client) {
            return Ok(());
        }
        let waiting = async {
            while !is_connected(&self.client) {
                sleep(LOOK).await;
            }
        };
        timeout(within.min(RECONNECT_WAIT), waiting).await.map_err(|_| BusError::Disconnected)
    }
}
