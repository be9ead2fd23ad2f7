//! Several nodes in one process, on one database and one bus, that come and go as a test says.

use super::{
    link::Link,
    platform::{Engine, PARTITIONS, PlatformBuilder, TestPlatform, entity, eventually},
};
use purser::{bus::memory::MemoryBus, store};
use purser_actors::{
    AskOptions, Client,
    ports::{Cluster, NodeId, Share, Slot},
    verify,
};
use purser_subjects::{Ask, EntityKey, Rejection};
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

/// How the nodes of a cluster reach each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wire {
    /// The memory bus, which all have in common.
    Memory,
    /// Each has a connection of its own to NATS.
    Nats,
}

/// Nodes on one PostgreSQL database. Dropping it stops all of them and checks the books.
pub(crate) struct TestCluster {
    builder: PlatformBuilder,
    members: Vec<Member>,
}

/// A node that is or was in the cluster.
struct Member {
    id: NodeId,
    link: Link,
    /// `None` when it has gone.
    platform: Option<TestPlatform>,
}

impl TestCluster {
    /// So many nodes that do everything, each with an equal part of the slots.
    pub(crate) async fn of(nodes: usize) -> Self {
        Self::on(Wire::Memory, nodes).await
    }

    /// The same on this wire.
    pub(crate) async fn on(wire: Wire, nodes: usize) -> Self {
        let mut cluster = Self::empty(wire).await;
        for _ in 0..nodes {
            cluster.add(&Share::ALL).await;
        }
        cluster.is_balanced().await;
        cluster
    }

    /// No node yet.
    pub(crate) async fn empty(wire: Wire) -> Self {
        let builder = TestPlatform::on(Engine::Postgres).with_home().await;
        let builder = match wire {
            Wire::Memory => builder.bus(Arc::new(MemoryBus::new())),
            Wire::Nats => builder,
        };
        Self { builder, members: Vec::new() }
    }

    /// Starts a node that takes a share in these, and gives its number.
    pub(crate) async fn add(&mut self, shares: &[Share]) -> usize {
        let id = NodeId(uuid::Uuid::now_v7());
        let url = self.builder.database_url();
        let address = url::Url::parse(url.expose_secret()).unwrap();
        let address = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap_or(5432));
        let link = Link::to(address).await;
        let reached = link.through(url.expose_secret()).parse().unwrap();
        let builder = self.builder.clone().member(id, shares).reaching(reached);
        let platform = Some(builder.start().await);
        self.members.push(Member { id, link, platform });
        self.members.len() - 1
    }

    /// Ends a node as `kill -9` does.
    pub(crate) async fn kill(&mut self, node: usize) {
        self.take(node).vanish().await;
    }

    /// Kills a node and starts it again at once, with the id that it had.
    pub(crate) async fn restart(&mut self, node: usize) {
        let builder = self.take(node).vanish().await;
        self.members[node].platform = Some(builder.start().await);
    }

    /// Stops a node as SIGTERM does.
    pub(crate) async fn stop(&mut self, node: usize) {
        self.take(node).stop().await;
    }

    /// Cuts a node from the database without a word, as if the process stood still.
    pub(crate) fn freeze(&self, node: usize) {
        self.members[node].link.stall();
    }

    /// The node goes on where it was frozen.
    pub(crate) fn thaw(&self, node: usize) {
        self.members[node].link.resume();
    }

    fn take(&mut self, node: usize) -> TestPlatform {
        self.members[node].platform.take().expect("the node is in the cluster")
    }

    /// A node that is in the cluster.
    pub(crate) fn node(&self, node: usize) -> &TestPlatform {
        self.members[node].platform.as_ref().expect("the node is in the cluster")
    }

    /// Any node that is in the cluster.
    pub(crate) fn any(&self) -> &TestPlatform {
        let mut platforms = self.members.iter().filter_map(|member| member.platform.as_ref());
        platforms.next().expect("a node is in the cluster")
    }

    /// A client that reaches all nodes.
    pub(crate) fn client(&self) -> Client {
        self.any().client.clone()
    }

    pub(crate) async fn ask<A: Ask>(&self, id: &str, command: A) -> Result<A::Reply, Rejection> {
        self.client().ask(&entity(id), command, AskOptions::default()).await
    }

    /// Who is alive and who has what, by what the store says.
    pub(crate) async fn view(&self) -> Cluster {
        self.any().store.cluster().await.unwrap()
    }

    /// The number of the node that has the entity's slot.
    pub(crate) async fn owner_of(&self, entity: &EntityKey) -> Option<usize> {
        let slot = Slot::of(entity, PARTITIONS);
        let view = self.view().await;
        let owner = view.slots.iter().find(|row| row.slot == slot)?.owner?;
        self.members.iter().position(|member| member.id == owner)
    }

    /// Waits until every slot has an owner, and every node as many as the others with the share.
    pub(crate) async fn is_balanced(&self) {
        eventually("slots are spread evenly", async || {
            let view = self.view().await;
            Share::ALL.iter().all(|share| is_even(&view, *share))
        })
        .await;
    }
}

fn is_even(view: &Cluster, share: Share) -> bool {
    let nodes = view.nodes.iter().filter(|node| node.shares.contains(&share));
    let of = |id| {
        let slots = view.slots.iter().filter(|row| row.slot.share == share);
        slots.filter(|row| row.owner == Some(id)).count()
    };
    let counts: Vec<usize> = nodes.map(|node| of(node.id)).collect();
    let (least, most) = (counts.iter().min(), counts.iter().max());
    counts.is_empty()
        || counts.iter().sum::<usize>() == PARTITIONS as usize
            && most.unwrap_or(&0) - least.unwrap_or(&0) <= 1
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let members = std::mem::take(&mut self.members);
        let target = self.builder.target();
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let platforms = members.into_iter().filter_map(|mut member| {
                    member.link.resume();
                    Some((member.platform.take()?, member.link))
                });
                for (platform, link) in platforms {
                    let quarantined = platform.node().quarantined();
                    assert!(quarantined.is_empty(), "left: {quarantined:?}");
                    platform.stop().await;
                    drop(link);
                }
                let audit = store::audit(&target).await.unwrap();
                let checked = verify(audit, |_| {}).await;
                checked.unwrap_or_else(|error| panic!("the books are wrong: {error}"));
            });
        });
    }
}

/// Time in which a node that was killed must have been replaced.
pub(crate) const TAKEOVER: Duration = Duration::from_secs(5);
