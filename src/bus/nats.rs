//! The bus over NATS: core messages for requests and answers, JetStream for events and durable
//! commands. Works with nats-server 2.9 and newer.

mod commands;
mod connect;
mod error;
mod last;
mod outgoing;
mod replies;
mod requests;
mod service;
mod settings;
mod status;
mod streams;
mod subscription;
mod upkeep;

pub use error::NatsError;
pub use service::ServiceNode;
pub use settings::{
    NatsLogin, NatsServers, NatsServersError, NatsSettings, NatsTls, StreamSettings,
};
pub use upkeep::StreamCounts;

use async_nats::{Client, HeaderMap};
use async_trait::async_trait;
use bytes::Bytes;
use commands::Puller;
use connect::Link;
use outgoing::Outgoing;
use purser_actors::ports::{Bus, BusError, Commands, Subscription};
use purser_subjects::{Subject, SubjectPrefix};
use replies::Replies;
use requests::Requests;
use std::{sync::Arc, time::Duration};
use subscription::Forwarder;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long JetStream may take to keep a message.
const KEEP: Duration = Duration::from_secs(5);

/// How long a subscription may take to be known to the broker.
const SUBSCRIBE: Duration = Duration::from_secs(5);

/// How long the last answers may take to be written.
const CLOSE: Duration = Duration::from_secs(2);

/// Pause before the streams are looked at again, when that failed after a connection was made.
const ENSURE_PAUSE: Duration = Duration::from_secs(2);

/// Carries messages between processes over NATS.
pub struct NatsBus {
    client: Client,
    prefix: SubjectPrefix,
    requests: Arc<Requests>,
    outgoing: Outgoing,
    /// End with the bus.
    _tasks: JoinSet<()>,
}

impl NatsBus {
    /// Connects, and makes or checks the streams.
    ///
    /// # Errors
    /// [`NatsError`], after the patience that `settings` allow.
    pub async fn connect(settings: NatsSettings) -> Result<Self, NatsError> {
        let inbox =
            format!("{}.{}", connect::inbox_prefix(&settings), uuid::Uuid::now_v7().simple());
        let link = Link::new(inbox);
        let client = connect::connect(&settings, &link).await?;
        let mut tasks = JoinSet::new();
        let lost = |_| NatsError::Lost;
        let answers = client.subscribe(link.replies.pattern()).await.map_err(lost)?;
        tasks.spawn(Replies::run(link.clone(), answers));
        let (outgoing, writing) = Outgoing::new(client.clone());
        // Ends when nobody can answer any more, which may be after the bus.
        tokio::spawn(writing);
        let requests = Arc::new(Requests::new(client.clone(), link.clone()));
        streams::ensure(&client, &settings).await?;
        let prefix = settings.prefix.clone();
        tasks.spawn(keep_streams(client.clone(), link, settings));
        Ok(Self { client, prefix, requests, outgoing, _tasks: tasks })
    }

    /// The connection, for what goes beyond the port.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What subjects begin with on the broker.
    pub fn prefix(&self) -> &SubjectPrefix {
        &self.prefix
    }

    /// What passes on subjects that match `pattern`, for who only looks on: nothing is answered in a receiver's
    /// place, neither that it is too slow nor that it has dropped a request.
    ///
    /// # Errors
    /// [`BusError`] when the bus cannot be reached or the pattern is none.
    pub async fn follow(&self, pattern: &str) -> Result<Subscription, BusError> {
        self.listen(pattern, None, false).await
    }

    async fn listen(
        &self,
        pattern: &str,
        queue: Option<&str>,
        may_answer: bool,
    ) -> Result<Subscription, BusError> {
        let outside = self.prefix.outward(pattern).ok_or(BusError::NoResponder)?;
        let subscribing = async {
            match queue {
                Some(queue) => self.client.queue_subscribe(outside, queue.to_owned()).await,
                None => self.client.subscribe(outside).await,
            }
        };
        let source = timeout(SUBSCRIBE, subscribing).await.map_err(|_| BusError::Timeout)?;
        let source = source.map_err(|_| BusError::Disconnected)?;
        // From here on the broker knows it.
        self.requests.round_trip(SUBSCRIBE).await?;
        let (receiver, messages) = mpsc::channel(subscription::BUFFER);
        let (stop, stopped) = oneshot::channel();
        let forwarder = Forwarder {
            client: self.client.clone(),
            pattern: pattern.to_owned(),
            prefix: self.prefix.clone(),
            outgoing: may_answer.then(|| self.outgoing.clone()),
            receiver,
            is_slow: false,
            arrived: 0,
        };
        tokio::spawn(forwarder.run(source, stopped));
        Ok(Subscription::with_source(messages, stop))
    }

    fn outward(&self, subject: &Subject) -> Result<String, BusError> {
        self.prefix.outward(&subject.to_string()).ok_or(BusError::NoResponder)
    }
}

/// Makes the streams anew after each connection: the broker may have come back empty.
async fn keep_streams(client: Client, link: Arc<Link>, settings: NatsSettings) {
    loop {
        link.connected.notified().await;
        while let Err(error) = streams::ensure(&client, &settings).await {
            tracing::warn!(%error, "the streams are not as they should be");
            sleep(ENSURE_PAUSE).await;
        }
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn ask(
        &self,
        subject: &Subject,
        message: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, BusError> {
        self.requests.ask(self.outward(subject)?, message, timeout).await
    }

    async fn publish(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        self.requests.keep(self.outward(subject)?, id, HeaderMap::new(), message, KEEP).await
    }

    async fn tell(&self, subject: &Subject, message: Bytes) -> Result<(), BusError> {
        self.requests.tell(self.outward(subject)?, message).await
    }

    async fn subscribe(
        &self,
        pattern: &str,
        queue: Option<&str>,
    ) -> Result<Subscription, BusError> {
        self.listen(pattern, queue, true).await
    }

    async fn submit(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        self.publish(subject, id, message).await
    }

    async fn commands(&self) -> Result<Commands, BusError> {
        let (taker, commands) = mpsc::channel(commands::BATCH);
        let puller = Puller {
            client: self.client.clone(),
            requests: self.requests.clone(),
            prefix: self.prefix.clone(),
            taker,
        };
        tokio::spawn(puller.run());
        Ok(Commands::new(commands))
    }

    async fn close(&self) {
        let closing = async {
            self.outgoing.flush().await;
            if self.client.drain().await.is_ok() {
                // The connection has ended when it takes nothing any more.
                while self.client.flush().await.is_ok() {
                    sleep(Duration::from_millis(5)).await;
                }
            }
        };
        if timeout(CLOSE, closing).await.is_err() {
            tracing::warn!("the connection to NATS was not closed in time");
        }
    }
}
