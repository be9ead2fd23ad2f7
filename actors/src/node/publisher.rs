//! Publishes committed events, in order. The journal itself is their outbox: a mark says how far.

use super::pipeline;
use crate::{host::Services, journal::Committed, ports::Tail};
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};

/// How often the store is looked at for events that nobody was told of.
const LOOK: Duration = Duration::from_secs(10);

/// Pause after a failure of bus or store.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn run(
    services: Arc<Services>,
    mut committed: mpsc::Receiver<Committed>,
    mut published: i64,
    mut stop: watch::Receiver<bool>,
) {
    // What an earlier process committed and did not publish.
    published = catch_up(&services, published, &stop).await;
    loop {
        let batch = tokio::select! {
            biased;
            batch = committed.recv() => batch,
            () = services.hints.missed.notified() => Some(Committed::default()),
            () = tokio::time::sleep(LOOK) => Some(Committed::default()),
            _ = stop.wait_for(|stop| *stop) => committed.try_recv().ok(),
        };
        let Some(Committed { events, .. }) = batch else { break };
        // What these may follow on was known before they were committed.
        if !publish_tails(&services, &stop).await {
            break;
        }
        let in_order = events.first().is_some_and(|first| first.number == published + 1);
        if !in_order || pipeline::publish(&*services.bus, &events, &mut published).await.is_err() {
            published = catch_up(&services, published, &stop).await;
        }
        services.journal.set_published(published);
    }
    // So that nobody publishes it again who goes on with a slot of this node.
    if let Err(error) = services.store.set_published(services.journal.id(), published).await {
        tracing::debug!(%error, "what was published is published again");
    }
}

/// Publishes what former owners of this node's slots have committed and may not have published. Until
/// that is done nothing else may be published; false when it is not, because the node stops.
async fn publish_tails(services: &Services, stop: &watch::Receiver<bool>) -> bool {
    while let Some(tail) = services.hints.tails.first()
        && !*stop.borrow()
    {
        match publish_tail(services, tail).await {
            Ok(()) => services.hints.tails.done(),
            Err(error) => {
                tracing::warn!(error, journal = tail.journal, "the end of a journal waits");
                tokio::time::sleep(FAULT_PAUSE).await;
            }
        }
    }
    services.hints.tails.first().is_none()
}

async fn publish_tail(services: &Services, tail: Tail) -> Result<(), String> {
    if tail.journal == services.journal.id() {
        return Ok(());
    }
    let head = services.store.journal_head(tail.journal).await;
    let mut published = head.map_err(|error| error.to_string())?.published;
    while published < tail.event {
        let limit = services.limits.due_page;
        let events = services.store.events(tail.journal, published, limit).await;
        let mut events = events.map_err(|error| error.to_string())?;
        events.retain(|event| event.number <= tail.event);
        if events.is_empty() {
            return Ok(());
        }
        let sent = pipeline::publish(&*services.bus, &events, &mut published).await;
        let marked = services.store.set_published(tail.journal, published).await;
        marked.map_err(|error| error.to_string())?;
        sent.map_err(|()| "an event could not be published".to_owned())?;
    }
    Ok(())
}

async fn catch_up(services: &Services, mut published: i64, stop: &watch::Receiver<bool>) -> i64 {
    while !*stop.borrow() {
        let (journal, limit) = (services.journal.id(), services.limits.due_page);
        let events = match services.store.events(journal, published, limit).await {
            Ok(events) if events.is_empty() => break,
            Ok(events) => events,
            Err(error) => {
                tracing::error!(%error, "events cannot be read");
                tokio::time::sleep(FAULT_PAUSE).await;
                continue;
            }
        };
        if !publish_tails(services, stop).await {
            break;
        }
        if pipeline::publish(&*services.bus, &events, &mut published).await.is_err() {
            tokio::time::sleep(FAULT_PAUSE).await;
        }
        services.journal.set_published(published);
    }
    published
}
