//! Sends e-mails that wait. Without a mail server they stay where they are, to be looked at.

use crate::{
    host::Services,
    ports::{MailOutcome, MailState, MailUpdate, StoreError, StoredMail},
};
use purser_subjects::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Pauses after tries that failed; after the last one an e-mail is given up, two days after the first.
const PAUSES_S: [u64; 9] = [60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400];

/// What waited longer, because there was no mail server, is not sent any more: it tells nothing new.
const STALE: Duration = Duration::from_secs(3 * 86_400);

/// Pause after the mail server could not be reached, or the store.
const FAULT_PAUSE: Duration = Duration::from_secs(30);

/// Longest sleep: an e-mail that nobody told of, from before a slot was taken over, waits no longer.
const LONGEST_SLEEP: Duration = Duration::from_secs(600);

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    if !services.messenger.sends_mail() {
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    }
    while !*stop.borrow() {
        let now = services.clock.now();
        let next = match send_due(&services, now, &stop).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "e-mails cannot be read or marked");
                now.plus(FAULT_PAUSE)
            }
        };
        tokio::select! {
            biased;
            () = services.clock.sleep_until(next) => {}
            () = services.hints.mails.notified() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Sends what is due, one after the other; returns when to look again.
async fn send_due(
    services: &Services,
    now: Timestamp,
    stop: &watch::Receiver<bool>,
) -> Result<Timestamp, StoreError> {
    let slots = services.ownership.slots();
    loop {
        let due = services.store.due_mails(&slots, now, services.limits.due_page).await?;
        let Some(last) = due.len().checked_sub(1) else { break };
        for (position, stored) in due.into_iter().enumerate() {
            if *stop.borrow() {
                return Ok(now);
            }
            let outcome = match now.since(stored.mail.at) > STALE {
                true => MailOutcome::Refused("it waited for too long".to_owned()),
                false => services.messenger.mail(&stored.mail).await,
            };
            note(&stored, &outcome);
            let is_unreachable = matches!(outcome, MailOutcome::Unreachable(_));
            let update = update(&stored, outcome, services.clock.now());
            services.store.update_mail(&update).await?;
            // The others would wait for the same server in vain.
            if is_unreachable && position < last {
                return Ok(now.plus(FAULT_PAUSE));
            }
        }
    }
    let next = services.store.next_mail(&slots, now).await?;
    let longest = now.plus(LONGEST_SLEEP);
    Ok(next.map_or(longest, |next| next.min(longest)))
}

fn note(stored: &StoredMail, outcome: &MailOutcome) {
    let (name, error) = match outcome {
        MailOutcome::Sent => ("sent", None),
        MailOutcome::Kept => ("kept", None),
        MailOutcome::Refused(error) => ("refused", Some(error)),
        MailOutcome::Failed(error) => ("failed", Some(error)),
        MailOutcome::Unreachable(error) => ("unreachable", Some(error)),
    };
    metrics::counter!("purser_mails_total", "outcome" => name).increment(1);
    if let Some(error) = error {
        tracing::warn!(mail = %stored.mail.id, outcome = name, error, "an e-mail was not sent");
    }
}

/// What follows from a try that ended at `now`. Pure.
fn update(stored: &StoredMail, outcome: MailOutcome, now: Timestamp) -> MailUpdate {
    let pause = PAUSES_S.get(stored.attempts as usize);
    let (state, error, pause_s) = match (outcome, pause) {
        (MailOutcome::Sent, _) => (MailState::Sent, None, 0),
        (MailOutcome::Kept, _) => (MailState::Kept, None, 0),
        (MailOutcome::Refused(error), _) => (MailState::GivenUp, Some(error), 0),
        (MailOutcome::Failed(error) | MailOutcome::Unreachable(error), None) => {
            (MailState::GivenUp, Some(error), 0)
        }
        (MailOutcome::Failed(error) | MailOutcome::Unreachable(error), Some(pause_s)) => {
            (MailState::Waiting, Some(error), *pause_s)
        }
    };
    MailUpdate {
        id: stored.mail.id,
        state,
        attempts: stored.attempts + 1,
        due_at: now.plus(Duration::from_secs(pause_s)),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MailRow;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn waiting(attempts: u32) -> StoredMail {
        let mail = MailRow {
            id: uuid::Uuid::nil(),
            at: NOW,
            merchant: "10001".parse().unwrap(),
            recipient: "ops@shop.example".into(),
            subject: "s".into(),
            text: "t".into(),
        };
        StoredMail { mail, state: MailState::Waiting, attempts, due_at: NOW, error: None }
    }

    #[test]
    fn a_mail_that_cannot_be_sent_is_tried_for_two_days_and_then_given_up() {
        let (mut now, mut mail) = (NOW, waiting(0));
        while mail.state == MailState::Waiting {
            let outcome = MailOutcome::Unreachable("refused".into());
            let update = update(&mail, outcome, now);
            assert_eq!(
                (update.attempts, update.error.as_deref()),
                (mail.attempts + 1, Some("refused"))
            );
            (now, mail.state, mail.attempts) = (update.due_at, update.state, update.attempts);
        }
        assert_eq!((mail.state, mail.attempts), (MailState::GivenUp, 10));
        let hours = now.since(NOW).as_secs() / 3_600;
        assert!((48..72).contains(&hours), "after {hours} hours");
    }

    #[test]
    fn what_is_refused_for_good_is_given_up_at_once_and_what_is_kept_is_not_sent() {
        let after = |outcome| update(&waiting(3), outcome, NOW).state;
        assert_eq!(after(MailOutcome::Refused("no such user".into())), MailState::GivenUp);
        assert_eq!(after(MailOutcome::Sent), MailState::Sent);
        assert_eq!(after(MailOutcome::Kept), MailState::Kept);
        assert_eq!(after(MailOutcome::Failed("busy".into())), MailState::Waiting);
    }
}
