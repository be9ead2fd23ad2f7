//! What the broker has: every event that the store has, in order per object; and no command left over.

use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, PullConsumer, pull},
    stream::Stream,
};
use futures_util::StreamExt;
use purser::store::{self, StoreTarget};
use purser_subjects::{EntityKey, SubjectPrefix};
use std::{collections::HashMap, time::Duration};
use tokio::time::{Instant, sleep};

/// Entities read at a time.
const PAGE: u32 = 500;
/// What was committed is published within a moment, and a command that was taken by a node that then
/// died is delivered again after half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// The streams of a deployment.
pub(crate) struct Streams {
    context: jetstream::Context,
    name: String,
}

impl Streams {
    pub(crate) async fn of(url: &str, prefix: &SubjectPrefix) -> Self {
        let client = async_nats::connect(url).await.expect("the broker accepts connections");
        let name = prefix.as_str().to_ascii_uppercase().replace('.', "_");
        Self { context: jetstream::new(client), name }
    }

    async fn stream(&self, kind: &str) -> Stream {
        let name = format!("{}_{kind}", self.name);
        self.context.get_stream(name).await.expect("the stream is there")
    }

    /// Returns when every durable command was taken, done and acknowledged.
    pub(crate) async fn commands_are_done(&self) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let mut stream = self.stream("CMD").await;
            let left = stream.info().await.expect("the broker answers").state.messages;
            if left == 0 {
                return;
            }
            assert!(Instant::now() < give_up, "{left} durable commands are left");
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Returns when the events of the store were published, each object's in order; tells how many.
    pub(crate) async fn match_the_store(&self, target: &StoreTarget) -> usize {
        let stored = stored_versions(target).await;
        let count: i64 = stored.values().sum();
        let mut events = self
            .stream("EVT")
            .await
            .create_consumer(pull::Config { ack_policy: AckPolicy::None, ..Default::default() })
            .await
            .map(|consumer: PullConsumer| consumer)
            .expect("a consumer can be made")
            .messages()
            .await
            .expect("the events can be read");
        let mut seen: HashMap<String, i64> = HashMap::new();
        let mut total = 0;
        let give_up = Instant::now() + PATIENCE;
        while total < count {
            let next = tokio::time::timeout_at(give_up, events.next()).await;
            let missing = || {
                let behind = |(key, version): &(&EntityKey, &i64)| {
                    seen.get(&key.to_string()).copied().unwrap_or(0) < **version
                };
                stored.iter().filter(behind).take(5).collect::<Vec<_>>()
            };
            let Ok(Some(Ok(message))) = next else {
                panic!("{total} of {count} events were published, missing are: {:?}", missing())
            };
            // <prefix>.evt.<entity>.<id>.<event>
            let mut tokens = message.subject.rsplit('.').skip(1);
            let (id, entity) = (tokens.next().expect("an id"), tokens.next().expect("an entity"));
            let sequence = sequence(&message.payload);
            let last = seen.entry(format!("{entity}/{id}")).or_default();
            // An event may come twice, never before the one before it.
            assert!(sequence <= *last + 1, "{} {sequence} came after {last}", message.subject);
            if sequence == *last + 1 {
                *last = sequence;
                total += 1;
            }
        }
        for (key, version) in &stored {
            assert_eq!(seen.get(&key.to_string()), Some(version), "events of {key}");
        }
        seen.len()
    }
}

fn sequence(message: &[u8]) -> i64 {
    #[derive(serde::Deserialize)]
    struct Numbered {
        sequence: i64,
    }
    rmp_serde::from_slice::<Numbered>(message).expect("an envelope").sequence
}

/// The number of events of each entity.
async fn stored_versions(target: &StoreTarget) -> HashMap<EntityKey, i64> {
    let mut audit = store::audit(target).await.expect("the store can be read");
    let (mut versions, mut after) = (HashMap::new(), None);
    loop {
        let page = audit.entities(after.as_ref(), PAGE).await.expect("the store can be read");
        let Some(last) = page.last() else { return versions };
        after = Some(last.key.clone());
        versions.extend(page.into_iter().map(|entity| (entity.key, entity.version)));
    }
}
