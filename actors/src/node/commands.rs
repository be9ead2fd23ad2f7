//! Takes durable commands to their entities: each is asked, and acknowledged when the answer says that
//! it is stored. The idempotency key makes another delivery harmless.

use crate::{
    host::{Services, is_success},
    ports::{BusError, Commands, DurableCommand},
};
use purser_subjects::{
    Address, Answer, Envelope, ErrorCode, Rejection, Subject, decode, partition_of,
};
use serde::de::IgnoredAny;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// One delivery waits so long for its entity's answer. Below the 30 s after which the bus delivers
/// again what nobody has said anything about.
const ANSWER: Duration = Duration::from_secs(20);

/// Pauses before a command is delivered again: the first, which doubles each time, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Pause after the bus could not be reached.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

/// What is to become of a delivery.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Again(Duration),
    Never(Rejection),
}

pub(super) async fn run(services: Arc<Services>, partitions: u32, mut stop: watch::Receiver<bool>) {
    let Some(mut commands) = open(&services, &mut stop).await else { return };
    let mut at_work = JoinSet::new();
    loop {
        while at_work.try_join_next().is_some() {}
        let has_room = at_work.len() < services.limits.durable_commands;
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            command = commands.next(), if has_room => match command {
                Some(command) => {
                    at_work.spawn(settle(services.clone(), partitions, command));
                }
                None => return,
            },
            _ = at_work.join_next(), if !has_room => {}
        }
    }
    // Those that wait are delivered to another node; those at work are finished.
    drop(commands);
    while at_work.join_next().await.is_some() {}
}

async fn open(services: &Services, stop: &mut watch::Receiver<bool>) -> Option<Commands> {
    loop {
        match services.bus.commands().await {
            Ok(commands) => return Some(commands),
            Err(error) => tracing::warn!(%error, "durable commands cannot be taken"),
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(FAULT_PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return None,
        }
    }
}

async fn settle(services: Arc<Services>, partitions: u32, command: DurableCommand) {
    let verdict = match receiver(&command, partitions) {
        Ok(to) => {
            let answer = services.ask_nearest(to, command.payload.clone(), ANSWER).await;
            judge(answer.as_deref().map_err(|error| *error), command.attempt)
        }
        Err(rejection) => Verdict::Never(rejection),
    };
    let verdict = bounded(verdict, command.attempt, services.limits.command_attempts);
    let (name, outcome) = match verdict {
        Verdict::Done => ("done", command.ack().await),
        Verdict::Again(pause) => ("again", command.retry_after(pause).await),
        Verdict::Never(reason) => {
            tracing::warn!(subject = command.subject, %reason, "a durable command is buried");
            ("buried", command.bury(&reason).await)
        }
    };
    metrics::counter!("purser_durable_commands_total", "outcome" => name).increment(1);
    if let Err(error) = outcome {
        tracing::debug!(%error, name, "the bus does not hear of it and will deliver it again");
    }
}

/// Whom the command is for, if it can be sent there at all.
fn receiver(command: &DurableCommand, partitions: u32) -> Result<Address, Rejection> {
    let invalid = |why: String| Rejection::new(ErrorCode::InvalidMessage, why);
    let address = match command.subject.parse() {
        Ok(Subject::Command(address)) => address,
        Ok(_) => return Err(invalid("the subject is not one of a command".to_owned())),
        Err(error) => return Err(invalid(error.to_string())),
    };
    if address.partition != partition_of(&address.entity.id, partitions) {
        return Err(invalid(format!("the id belongs to another of the {partitions} partitions")));
    }
    let envelope: Envelope<IgnoredAny> =
        decode(&command.payload).map_err(|error| invalid(error.to_string()))?;
    if envelope.key.is_none() {
        // Without one, a second delivery would be a second effect.
        return Err(invalid("a durable command needs an idempotency key".to_owned()));
    }
    Ok(address)
}

fn judge(answer: Result<&[u8], BusError>, attempt: u64) -> Verdict {
    let again = || Verdict::Again(pause(attempt));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ BusError::TooLarge) => {
            return Verdict::Never(Rejection::new(ErrorCode::InvalidMessage, error.to_string()));
        }
        Err(_) => return again(),
    };
    if is_success(answer) {
        return Verdict::Done;
    }
    match Answer::<()>::from_bytes(answer) {
        Ok(Answer::Error(rejection)) => match rejection.code {
            // Its time has passed for good, or nobody but the operator can help it.
            ErrorCode::DeadlineExceeded | ErrorCode::Quarantined => Verdict::Never(rejection),
            code if code.is_retryable() => {
                let asked = Duration::from_millis(rejection.retry_after_ms.unwrap_or(0).into());
                Verdict::Again(pause(attempt).max(asked.min(PAUSES.1)))
            }
            _ => Verdict::Never(rejection),
        },
        Ok(Answer::Ok(())) | Err(_) => again(),
    }
}

fn pause(attempt: u64) -> Duration {
    let (first, longest) = PAUSES;
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    (first * 2u32.pow(doublings)).min(longest)
}

/// Gives up on what has been tried too often.
fn bounded(verdict: Verdict, attempt: u64, attempts: u64) -> Verdict {
    match verdict {
        Verdict::Again(_) if attempt >= attempts => Verdict::Never(Rejection::new(
            ErrorCode::Unavailable,
            format!("no outcome after {attempt} deliveries; a retry with its key tells"),
        )),
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests;
