//! Everything at once: nodes are killed, stopped, frozen and added while transfers go on.

use super::load::Load;
use crate::support::cluster::TestCluster;
use purser_actors::ports::Share;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_booked_once_while_nodes_come_and_go() {
    let mut cluster = TestCluster::of(3).await;
    let load = Load::on(cluster.any()).await;
    load.goes_on(SECOND).await;
    cluster.kill(0).await;
    load.goes_on(SECOND).await;
    let fourth = cluster.add(&Share::ALL).await;
    load.goes_on(SECOND).await;
    cluster.freeze(1);
    load.goes_on(6 * SECOND).await;
    cluster.thaw(1);
    cluster.stop(2).await;
    load.goes_on(SECOND).await;
    cluster.add(&Share::ALL).await;
    cluster.kill(fourth).await;
    load.goes_on(6 * SECOND).await;
    let tally = load.end().await;
    tally.is_booked(&cluster).await;
    cluster.is_balanced().await;
}
