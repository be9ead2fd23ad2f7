//! Sends messages between entities until their receivers have confirmed them.

use crate::{
    host::{Services, is_success},
    ports::{OutboxRow, StoreError},
};
use purser_subjects::{Answer, EntityKey};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// Pause before a message is sent again; doubles each time, up to the limit.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Messages under way at once, those that wait for a retry among them; the rest stays in the store.
const UNDER_WAY: usize = 4_096;

/// The same for one receiver, so that one that is out of service leaves room for others.
const PER_RECEIVER: usize = 32;

/// How often the outbox is looked through without being told to.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Outbox {
    under_way: HashSet<i64>,
    receivers: HashMap<EntityKey, usize>,
    sending: JoinSet<(i64, EntityKey)>,
    /// Whether the store has messages for which there was no room.
    has_more: bool,
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut outbox = Outbox::default();
    let mut look = true;
    while !*stop.borrow() {
        if look && let Err(error) = outbox.send_new(&services).await {
            tracing::error!(%error, "the outbox cannot be read");
        }
        look = tokio::select! {
            biased;
            // What was sent makes room, so it goes before what is new.
            Some(sent) = outbox.sending.join_next() => {
                outbox.sent(sent.ok());
                outbox.has_more
            }
            () = services.hints.messages.notified() => true,
            () = tokio::time::sleep(LONGEST_SLEEP) => true,
            _ = stop.wait_for(|stop| *stop) => false,
        };
    }
}

impl Outbox {
    async fn send_new(&mut self, services: &Arc<Services>) -> Result<(), StoreError> {
        self.has_more = false;
        let slots = services.ownership.slots();
        let mut after = 0;
        loop {
            let rows = services.store.outbox(&slots, after, services.limits.due_page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.number;
            for row in rows {
                if self.under_way.contains(&row.number) {
                    continue;
                }
                let of_receiver = self.receivers.entry(row.to.clone()).or_default();
                if self.under_way.len() >= UNDER_WAY || *of_receiver >= PER_RECEIVER {
                    self.has_more = true;
                    continue;
                }
                *of_receiver += 1;
                self.under_way.insert(row.number);
                self.sending.spawn(send(services.clone(), row));
            }
        }
    }

    fn sent(&mut self, sent: Option<(i64, EntityKey)>) {
        let Some((number, receiver)) = sent else { return };
        self.under_way.remove(&number);
        if let Some(count) = self.receivers.get_mut(&receiver) {
            *count -= 1;
            if *count == 0 {
                self.receivers.remove(&receiver);
            }
        }
    }
}

fn refusal(answer: &[u8]) -> String {
    match Answer::<()>::from_bytes(answer) {
        Ok(Answer::Error(rejection)) => rejection.to_string(),
        Ok(Answer::Ok(())) | Err(_) => "the answer cannot be read".to_owned(),
    }
}

/// Sends until the receiver has confirmed and the message is struck off. A definite refusal is repeated
/// too, more and more slowly: what was decided must happen, and the operator sees in the log what is in
/// its way.
async fn send(services: Arc<Services>, row: OutboxRow) -> (i64, EntityKey) {
    let mut pause = FIRST_PAUSE;
    // Whoever has the sender's slot sends.
    while services.ownership.is_open(row.slot) {
        let answer = services.send(&row.to, &row.verb, row.envelope.to_vec()).await;
        let refusal = match answer {
            Ok(answer) if is_success(&answer) => match services.journal.confirm(row.number).await {
                Ok(()) => return (row.number, row.to),
                Err(rejection) => rejection.to_string(),
            },
            Ok(answer) => refusal(&answer),
            Err(rejection) => rejection.to_string(),
        };
        tracing::warn!(to = %row.to, verb = row.verb, refusal, "a message is sent again later");
        metrics::counter!("purser_outbox_retries_total").increment(1);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(services.limits.retry_pause);
    }
    (row.number, row.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::{EntityKind, ErrorCode, Rejection};

    #[test]
    fn a_receiver_has_room_again_when_its_messages_were_sent() {
        let alice = EntityKey::new(EntityKind::Account, "alice".parse().unwrap());
        let mut outbox = Outbox::default();
        outbox.under_way.extend([1, 2]);
        outbox.receivers.insert(alice.clone(), 2);
        outbox.sent(Some((1, alice.clone())));
        assert_eq!((outbox.under_way.len(), outbox.receivers[&alice]), (1, 1));
        outbox.sent(Some((2, alice)));
        assert!(outbox.under_way.is_empty() && outbox.receivers.is_empty());
        // A task that was lost tells nothing; its message is found in the store by the next process.
        outbox.sent(None);
    }

    #[test]
    fn the_log_says_why_a_message_was_not_taken() {
        let refused = Rejection::new(ErrorCode::AccountClosed, "the account is closed");
        let answer = Answer::<()>::Error(refused).to_bytes();
        assert_eq!(refusal(&answer), "account_closed: the account is closed");
        assert_eq!(refusal(b"\xc1"), "the answer cannot be read");
    }
}
