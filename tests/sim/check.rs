//! What must be true after every run, whatever happened in it.
//!
//! The books are checked by the platform's own verification, which replays everything. All else is
//! compared with what outsiders know: clients what they were answered, acquirer and issuer what they
//! did, receivers what came, subscribers what was published.

mod bindings;
mod books;
mod deliveries;
mod events;
mod payments;

use super::{client::SimClient, cluster::Cluster};
use purser_actors::{ports::AnswerKey, verify};
use std::time::Duration;
use tokio::time::sleep;

/// Nothing is left to be done when there was nothing for so long.
const QUIET: Duration = Duration::from_secs(2);

/// What is due within this time is waited for; what is due later, the clocks jump to.
const SOON: Duration = Duration::from_secs(30);

/// Asks again whatever has no definite answer, and waits until nobody has anything left to do. Settlements
/// and repeated deliveries days ahead come at once.
pub(crate) async fn settle(cluster: &Cluster, client: &SimClient) {
    while cluster.board.durable().open() > 0 {
        sleep(QUIET).await;
    }
    for record in client.history.records().iter().filter(|record| record.is_submitted) {
        let command = &record.command;
        if !cluster.store.has_answered(AnswerKey::of(&command.entity(), &command.key)) {
            let what = format!("{command:?} was taken by the bus, and nothing came of it");
            client.history.complain(what);
        }
    }
    for record in client.history.records() {
        drop(client.ask(&record.command).await);
    }
    let mut quiet = 0;
    while quiet < 2 {
        sleep(QUIET).await;
        let left = cluster.store.left();
        let is_published = cluster.store.all_events().len() <= cluster.board.published().len();
        let is_done = left.messages + left.deliveries + left.wakes == 0 && is_published;
        quiet = if is_done { quiet + 1 } else { 0 };
        if let Some(next) = left.next
            && next > cluster.world.now().plus(SOON)
        {
            cluster.world.note(format_args!("the clocks jump"));
            cluster.world.jump_to(next);
        }
    }
}

/// Why a run does not come to an end.
pub(crate) fn what_is_left(cluster: &Cluster) -> String {
    let (stored, published) = (cluster.store.all_events().len(), cluster.board.published().len());
    let left = cluster.store.left();
    format!("it does not end: {left:?}, {published} of {stored} events published")
}

/// What nobody may ever have seen.
pub(crate) fn observed(cluster: &Cluster, client: &SimClient) -> Result<(), String> {
    none("without the slot", &cluster.commits.stray())?;
    none("a client saw", &client.history.complaints())?;
    none("bound twice", &cluster.commits.twice())?;
    none("at the acquirer", &cluster.house.faults())?;
    none("at the issuer", &cluster.bank.faults())
}

/// Everything that is promised, while the nodes run.
pub(crate) async fn promises(cluster: &Cluster, client: &SimClient) -> Result<(), String> {
    let records = client.history.records();
    books::check(&cluster.store, &records)?;
    payments::check(cluster, client, &records).await?;
    bindings::check(cluster, client, &records).await?;
    deliveries::check(&cluster.store, &cluster.receivers.arrivals()).await?;
    events::check(&cluster.store, &cluster.board.published())
}

/// What is checked once the nodes have stopped.
pub(crate) async fn after_stop(cluster: &Cluster) -> Result<(), String> {
    none("quarantined", &cluster.quarantined())?;
    verify(cluster.store.audit(), |_| {}).await.map(drop).map_err(|error| error.to_string())
}

fn none(what: &str, found: &[String]) -> Result<(), String> {
    match found.first() {
        Some(first) => Err(format!("{what}: {first} (and {} more)", found.len() - 1)),
        None => Ok(()),
    }
}

/// Refuses unless `found` is `expected`.
fn same<T: PartialEq + std::fmt::Debug>(
    what: impl std::fmt::Display,
    expected: T,
    found: T,
) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:?}, found {found:?}"))
}
