//! Several nodes on one database and one broker.

use super::{events::Streams, member::Member};
use crate::support::{nats, postgres::new_database};
use purser::{clock::SystemClock, store::StoreTarget};
use purser_actors::{Client, NodeConfig, ports::Bus};
use purser_subjects::SubjectPrefix;
use std::sync::Arc;
use url::Url;

/// The nodes of one test.
pub(crate) struct Nodes {
    pub(crate) members: Vec<Member>,
    pub(crate) target: StoreTarget,
    broker: String,
    prefix: SubjectPrefix,
}

impl Nodes {
    /// Starts `count` nodes on an empty database and streams of their own.
    pub(crate) async fn start(count: usize) -> Self {
        Self::start_on(count, nats::shared_url()).await
    }

    /// The same on the broker at `broker`.
    pub(crate) async fn start_on(count: usize, broker: String) -> Self {
        let prefix = nats::new_prefix();
        let database = new_database().await;
        let url = |text: &str| text.parse::<Url>().expect("a URL");
        let (to_database, to_broker) = (url(&database), url(&broker));
        let mut members = Vec::new();
        for number in 1..=count {
            let member = Member::start(number, &to_database, &to_broker, prefix.as_str());
            members.push(member.await);
        }
        let target = database.parse().expect("a URL of PostgreSQL");
        Self { members, target, broker, prefix }
    }

    /// Where the HTTP interfaces are.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter_map(Member::address)
    }

    /// An internal system's way to the entities.
    pub(crate) async fn client(&self) -> (Client, Arc<dyn Bus>) {
        let bus: Arc<dyn Bus> = Arc::new(nats::connect(&self.broker, &self.prefix).await);
        let clock = Arc::new(SystemClock::new());
        (Client::new(bus.clone(), clock, partitions(), "chaos"), bus)
    }

    pub(crate) async fn streams(&self) -> Streams {
        Streams::of(&self.broker, &self.prefix).await
    }

    /// Replays the store.
    pub(crate) fn verify(&self) {
        self.members[0].place.run(&["verify"]).success();
    }

    pub(crate) fn stop(&mut self) {
        self.members.iter_mut().for_each(Member::stop);
    }

    /// Starts those that were stopped.
    pub(crate) fn heal(&mut self) {
        self.members.iter_mut().for_each(Member::heal);
    }
}

/// Partitions of every deployment here.
pub(crate) fn partitions() -> u32 {
    NodeConfig::default().partitions
}
