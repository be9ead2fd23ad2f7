//! Other nodes on the same database.

use crate::terminal::{Failure, chain};
use purser_actors::ports::{NodeId, NodeRow, Store};
use std::time::Duration;

/// A node that was killed is missed within this time.
const MISSED_WITHIN: Duration = Duration::from_secs(6);
/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Nodes but `id` that are alive.
pub(super) async fn others(store: &dyn Store, id: NodeId) -> Result<Vec<NodeRow>, Failure> {
    let cluster = store.cluster().await.map_err(|error| {
        Failure::cannot_begin(format!(
            "the nodes on the database cannot be read: {}",
            chain(&error)
        ))
    })?;
    Ok(cluster.nodes.into_iter().filter(|node| node.id != id).collect())
}

/// Without NATS nodes cannot reach each other, so there must be no other one. One that has just been
/// killed is waited for until it is missed.
pub(super) async fn must_be_alone(store: &dyn Store, id: NodeId) -> Result<(), Failure> {
    let looks = MISSED_WITHIN.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        if others(store, id).await?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let others = others(store, id).await?;
    let Some(node) = others.first() else { return Ok(()) };
    Err(Failure::cannot_begin(format!(
        "the node {} runs on this database; nodes of one database reach each other over NATS: name \
         it with --nats-url (PURSER_NATS_URL, nats_url in purser.toml)",
        node.name
    )))
}
