//! Sends messages between entities until their receivers have confirmed them.

use crate::{host::Services, ports::OutboxRow};
use purser_subjects::Answer;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// Pause before a message is sent again; doubles each time, up to the limit.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Messages under way at once. Those that wait for a retry count, so a receiver that is out of service
/// cannot fill the memory; the rest stays in the store meanwhile.
const UNDER_WAY: usize = 4_096;

/// How often the outbox is looked through without being told to.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut under_way: HashSet<i64> = HashSet::new();
    let mut sending: JoinSet<i64> = JoinSet::new();
    while !*stop.borrow() {
        if let Err(error) = send_new(&services, &mut under_way, &mut sending).await {
            tracing::error!(%error, "the outbox cannot be read");
        }
        tokio::select! {
            () = services.hints.messages.notified() => {}
            () = tokio::time::sleep(LONGEST_SLEEP) => {}
            Some(sent) = sending.join_next() => {
                if let Ok(number) = sent { under_way.remove(&number); }
            }
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

async fn send_new(
    services: &Arc<Services>,
    under_way: &mut HashSet<i64>,
    sending: &mut JoinSet<i64>,
) -> Result<(), crate::ports::StoreError> {
    let mut after = 0;
    loop {
        let rows = services.store.outbox(after, services.limits.due_page).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.number;
        for row in rows {
            if under_way.len() < UNDER_WAY && under_way.insert(row.number) {
                sending.spawn(send(services.clone(), row));
            }
        }
    }
}

/// Sends until confirmed. A definite refusal is repeated too, more and more slowly: what was decided
/// must happen, and the operator sees in the log what is in its way.
async fn send(services: Arc<Services>, row: OutboxRow) -> i64 {
    let mut pause = FIRST_PAUSE;
    loop {
        let answer = services.send(&row.to, &row.verb, row.envelope.to_vec()).await;
        let refusal = match answer {
            Ok(answer) => match Answer::<Ignored>::from_bytes(&answer) {
                Ok(Answer::Ok(_)) => {
                    services.journal.confirm(row.number);
                    return row.number;
                }
                Ok(Answer::Error(rejection)) => rejection.to_string(),
                Err(error) => error.to_string(),
            },
            Err(rejection) => rejection.to_string(),
        };
        tracing::warn!(to = %row.to, verb = row.verb, refusal, "a message is sent again later");
        metrics::counter!("purser_outbox_retries_total").increment(1);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(services.limits.retry_pause);
    }
}

/// Any reply.
#[derive(Debug)]
struct Ignored;

impl<'de> serde::Deserialize<'de> for Ignored {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl serde::Serialize for Ignored {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
