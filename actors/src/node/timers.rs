//! Wakes entities when their time has come. Wake-up times are rows: a kill loses none, and an idle node
//! sleeps until the next one.

use crate::{entity::Signal, host::Services};
use purser_subjects::{EntityKey, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// At the start, entities due within this time are told that the node was restarted, so that what an
/// earlier process had begun outside is looked into at once. Covers the first check of an operation.
const RECOVERY_HORIZON: Duration = Duration::from_secs(60);

/// An entity that stays due after it was woken waits this long at first, then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Longest sleep: bounds how late a wake-up can be that no hint announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Entities being woken at once.
const CONCURRENT: usize = 64;

/// An entity that was woken for a due time and should have moved it.
struct Woken {
    due: Timestamp,
    pause: Duration,
    again_at: Timestamp,
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    recover(&services, &mut stop).await;
    let mut woken: HashMap<EntityKey, Woken> = HashMap::new();
    let mut running: JoinSet<EntityKey> = JoinSet::new();
    let mut busy: HashSet<EntityKey> = HashSet::new();
    while !*stop.borrow() {
        while let Some(Ok(entity)) = running.try_join_next() {
            busy.remove(&entity);
        }
        services.hints.wakes.take();
        let now = services.clock.now();
        let next = match wake_due(&services, now, &mut woken, &mut running, &mut busy).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "wake-up times cannot be read");
                now.plus(FIRST_PAUSE)
            }
        };
        tokio::select! {
            () = services.clock.sleep_until(next) => {}
            () = services.hints.wakes.changed() => {}
            Some(ended) = running.join_next() => {
                if let Ok(entity) = ended { busy.remove(&entity); }
            }
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Wakes what is due and is not being woken; returns when to look again.
async fn wake_due(
    services: &Arc<Services>,
    now: Timestamp,
    woken: &mut HashMap<EntityKey, Woken>,
    running: &mut JoinSet<EntityKey>,
    busy: &mut HashSet<EntityKey>,
) -> Result<Timestamp, crate::ports::StoreError> {
    let mut next = now.plus(LONGEST_SLEEP);
    let due = services.store.due_entities(now, services.limits.due_page).await?;
    woken.retain(|entity, _| due.iter().any(|(other, _)| other == entity));
    for (entity, at) in due {
        if busy.len() >= CONCURRENT {
            break;
        }
        if busy.contains(&entity) {
            continue;
        }
        match woken.get_mut(&entity) {
            Some(before) if before.due == at && before.again_at > now => {
                next = next.min(before.again_at);
                continue;
            }
            Some(before) if before.due == at => {
                before.pause = (before.pause * 2).min(services.limits.retry_pause);
                before.again_at = now.plus(before.pause);
            }
            _ => {
                let again_at = now.plus(FIRST_PAUSE);
                woken.insert(entity.clone(), Woken { due: at, pause: FIRST_PAUSE, again_at });
            }
        }
        busy.insert(entity.clone());
        let services = services.clone();
        running.spawn(async move {
            services.signal(&entity, Signal::Wake).await;
            entity
        });
    }
    if let Some(at) = services.store.next_wake(now).await? {
        next = next.min(at);
    }
    Ok(next)
}

/// Tells entities that may have had calls under way in an earlier process.
async fn recover(services: &Arc<Services>, stop: &mut watch::Receiver<bool>) {
    let mut told = HashSet::new();
    let until = services.clock.now().plus(RECOVERY_HORIZON);
    while !*stop.borrow() {
        let due = match services.store.due_entities(until, services.limits.due_page).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "wake-up times cannot be read");
                return;
            }
        };
        let mut running = JoinSet::new();
        for (entity, _) in due {
            if told.insert(entity.clone()) {
                let services = services.clone();
                running.spawn(async move { services.signal(&entity, Signal::Restarted).await });
            }
        }
        if running.is_empty() {
            return;
        }
        while running.join_next().await.is_some() {}
    }
}
