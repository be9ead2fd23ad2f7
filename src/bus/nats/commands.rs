//! Takes durable commands from JetStream, a batch at a time, and gives back what became of them.

use super::{
    requests::Requests,
    streams::{ACK_WAIT, CONSUMER, Kind},
};
use crate::bus::burial;
use async_nats::{Client, HeaderMap, Message, StatusCode, Subject, jetstream::AckKind};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use purser_actors::ports::{BusError, DurableCommand, Receipt};
use purser_subjects::{Rejection, SubjectPrefix};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::Sender,
    time::{sleep, timeout},
};

/// Commands that wait in one taker's hands. They must be done, or begun anew, within [`ACK_WAIT`].
pub(super) const BATCH: usize = 64;

/// How long the broker keeps a request for commands.
const EXPIRES: Duration = Duration::from_secs(30);

/// How often it says meanwhile that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Without a heartbeat for so long the request is made anew.
const SILENCE: Duration = Duration::from_secs(22);

/// Pause after the broker refused.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

/// How long the burial of a command may take; below [`ACK_WAIT`].
const BURIAL: Duration = Duration::from_secs(10);
const _: () = assert!(BURIAL.as_secs() < ACK_WAIT.as_secs());

/// What takes commands for one taker.
pub(super) struct Puller {
    pub(super) client: Client,
    pub(super) requests: Arc<Requests>,
    pub(super) prefix: SubjectPrefix,
    pub(super) taker: Sender<DurableCommand>,
}

/// Why a batch ended.
enum End {
    /// It is complete, or nothing more came in time.
    Over,
    /// The consumer is not there, or the connection is lost.
    Fault(String),
}

impl Puller {
    /// Pulls until the taker wants no more.
    pub(super) async fn run(self) {
        let mut was_told = false;
        // No request while there is no room for what it brings.
        while let Ok(room) = self.taker.reserve_many(BATCH).await {
            drop(room);
            let end = tokio::select! {
                end = self.pull() => end,
                () = self.taker.closed() => return,
            };
            match end {
                End::Over => was_told = false,
                End::Fault(why) => {
                    // Once per outage: it is tried again and again.
                    if !was_told {
                        tracing::warn!(why, "durable commands cannot be taken at present");
                    }
                    was_told = true;
                    sleep(FAULT_PAUSE).await;
                }
            }
        }
    }

    async fn pull(&self) -> End {
        let inbox = self.client.new_inbox();
        let Ok(mut arriving) = self.client.subscribe(inbox.clone()).await else {
            return End::Fault("the connection is closed".to_owned());
        };
        let request = serde_json::json!({
            "batch": BATCH,
            "expires": EXPIRES.as_nanos() as u64,
            "idle_heartbeat": HEARTBEAT.as_nanos() as u64,
        });
        let stream = Kind::Commands.stream(&self.prefix);
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{CONSUMER}");
        let asking = self.client.publish_with_reply(subject, inbox, request.to_string().into());
        if !matches!(timeout(SILENCE, asking).await, Ok(Ok(()))) {
            return End::Fault("the request for commands cannot be sent".to_owned());
        }
        let mut left = BATCH;
        while left > 0 {
            let message = match timeout(SILENCE, arriving.next()).await {
                Ok(Some(message)) => message,
                Ok(None) => return End::Fault("the connection is closed".to_owned()),
                Err(_) => return End::Fault("the broker is silent".to_owned()),
            };
            match message.status {
                None | Some(StatusCode::OK) => {
                    left -= 1;
                    let Some(command) = self.command(message) else { continue };
                    if self.taker.send(command).await.is_err() {
                        return End::Over;
                    }
                }
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => return End::Over,
                Some(status) => {
                    let why = message.description.unwrap_or_else(|| status.to_string());
                    return End::Fault(why);
                }
            }
        }
        End::Over
    }

    fn command(&self, message: Message) -> Option<DurableCommand> {
        let reply = message.reply?;
        let place = Place::parse(&reply)?;
        let subject = self.prefix.inward(&message.subject)?;
        let receipt = Delivered {
            client: self.client.clone(),
            requests: self.requests.clone(),
            prefix: self.prefix.clone(),
            subject: subject.clone(),
            payload: message.payload.clone(),
            place,
            reply: Some(reply),
        };
        Some(DurableCommand::new(subject, message.payload, place.attempt, Box::new(receipt)))
    }
}

/// Where a delivery stands, from the subject that it is acknowledged on:
/// `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<attempt>.<sequence>.…` (ADR-15 of NATS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    attempt: u64,
    /// Number of the command in its stream.
    sequence: u64,
}

impl Place {
    fn parse(reply: &str) -> Option<Self> {
        let tokens: Vec<&str> = reply.strip_prefix("$JS.ACK.")?.split('.').collect();
        let first = if tokens.len() >= 9 { 4 } else { 2 };
        let number = |at: usize| tokens.get(at)?.parse().ok();
        Some(Self { attempt: number(first)?, sequence: number(first + 1)? })
    }
}

/// One delivery of a command.
struct Delivered {
    client: Client,
    requests: Arc<Requests>,
    prefix: SubjectPrefix,
    subject: String,
    payload: Bytes,
    place: Place,
    /// Where the verdict goes; None when it was given.
    reply: Option<Subject>,
}

impl Delivered {
    /// Not confirmed: a verdict that is lost means another delivery, which changes nothing.
    async fn tell(&mut self, kind: AckKind) -> Result<(), BusError> {
        let Some(reply) = self.reply.take() else { return Ok(()) };
        let sent = timeout(BURIAL, self.client.publish(reply, kind.into())).await;
        sent.map_err(|_| BusError::Timeout)?.map_err(|_| BusError::Disconnected)
    }
}

#[async_trait]
impl Receipt for Delivered {
    async fn ack(mut self: Box<Self>) -> Result<(), BusError> {
        self.tell(AckKind::Ack).await
    }

    async fn retry_after(mut self: Box<Self>, pause: Duration) -> Result<(), BusError> {
        self.tell(AckKind::Nak(Some(pause))).await
    }

    async fn bury(mut self: Box<Self>, reason: &Rejection) -> Result<(), BusError> {
        let subject = burial::subject(&self.subject);
        let subject = self.prefix.outward(&subject).ok_or(BusError::Disconnected)?;
        let mut headers = HeaderMap::new();
        for (name, value) in burial::headers(reason, self.place.attempt) {
            headers.insert(name.as_str(), value.as_str());
        }
        // Buried once, however often it is tried.
        let id = format!("dead-{}", self.place.sequence);
        self.requests.keep(subject, &id, headers, self.payload.clone(), BURIAL).await?;
        self.tell(AckKind::Term).await
    }
}

impl Drop for Delivered {
    /// Its taker dropped it without a verdict.
    fn drop(&mut self) {
        let Some(reply) = self.reply.take() else { return };
        let client = self.client.clone();
        let later = Bytes::from(AckKind::Nak(Some(Duration::from_secs(1))));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Otherwise it comes again when its time for an answer has run out.
                let _ = timeout(BURIAL, client.publish(reply, later)).await;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_acknowledgement_subject_are_read() {
        let place = Some(Place { attempt: 3, sequence: 1234 });
        for reply in [
            "$JS.ACK.PURSER_CMD.purser.3.1234.99.1700000000000000000.5",
            "$JS.ACK._.hash.PURSER_CMD.purser.3.1234.99.1700000000000000000.5",
            "$JS.ACK.hub.hash.PURSER_CMD.purser.3.1234.99.1700000000000000000.5.token",
        ] {
            assert_eq!(Place::parse(reply), place, "{reply}");
        }
        for reply in ["", "$JS.ACK", "$JS.ACK.a.b.c", "_INBOX.x", "$JS.ACK.a.b.x.1.2.3.4"] {
            assert_eq!(Place::parse(reply), None, "{reply}");
        }
    }
}
