//! The acquirer of the sandbox. It moves no money and answers by test card alone.
//!
//! It remembers nothing: what an operation comes to is a function of the card's first six and last four
//! digits, the kind of the operation and the moment it was sent. So a status query tells the same as
//! the operation did, after a restart and from any node. Any expiry and security code will do.

mod cards;

pub use cards::{Course, Refusal, TEST_CARDS, TestCard, Verdict, test_cards_table};

use crate::{card::CardSecret, vault::Vault};
use async_trait::async_trait;
use cards::{NOT_LIVE, NOT_OPENED, find, no_test_card};
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, Clock, Payout, StatusQuery,
};
use purser_subjects::{
    Timestamp,
    merchant::Environment,
    transaction::{CardSummary, OperationKind},
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// After this an operation whose answer is lost counts as unknown.
pub const LOST_AFTER: Duration = Duration::from_millis(1500);
/// When a late answer comes.
pub const LATE_AFTER: Duration = Duration::from_secs(2);
/// From when on a status query finds an operation whose answer was lost, or knows that it never came.
pub const FOUND_AFTER: Duration = Duration::from_secs(5);

/// Answers by test card.
pub struct SandboxAcquirer {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl SandboxAcquirer {
    /// An acquirer that opens cards with `vault` and takes its time from `clock`.
    pub fn new(vault: Arc<Vault>, clock: Arc<dyn Clock>) -> Self {
        Self { vault, clock }
    }

    /// Whether an authorisation came with the card that its summary shows; other operations come
    /// without one.
    fn card_arrived(&self, request: &AcquirerRequest) -> bool {
        if !matches!(request.kind, OperationKind::Authorise | OperationKind::Purchase) {
            return true;
        }
        let Some(sealed) = &request.card.sealed else { return false };
        let shown = &request.card.summary;
        CardSecret::open(&self.vault, &request.payment, sealed)
            .is_ok_and(|card| card.bin() == shown.bin && card.last4() == shown.last4)
    }

    async fn wait(&self, duration: Duration) {
        self.clock.sleep_until(self.clock.now().plus(duration)).await;
    }
}

/// How an operation goes.
fn course(environment: Environment, kind: OperationKind, card: &CardSummary) -> Course {
    if environment != Environment::Sandbox {
        return Course::Answered(Verdict::Declined(NOT_LIVE));
    }
    match (find(&card.bin, &card.last4), kind) {
        (None, _) => no_test_card(),
        (Some(card), OperationKind::Authorise | OperationKind::Purchase) => card.authorise,
        (Some(card), OperationKind::Capture) => card.capture,
        (Some(card), OperationKind::Refund) => card.refund,
        (Some(_), OperationKind::Void) => Course::Answered(Verdict::Approved),
    }
}

/// Every payout of play money arrives.
fn payout_verdict(payout: &Payout) -> Verdict {
    match payout.environment {
        Environment::Sandbox => Verdict::Approved,
        Environment::Live => Verdict::Declined(NOT_LIVE),
    }
}

/// The same for the same operation: "SB" and twelve hex digits of its id's SHA-256.
fn reference(operation: Uuid) -> String {
    let digest = Sha256::digest(operation.as_bytes());
    format!("SB{}", hex::encode_upper(&digest[..6]))
}

fn outcome(verdict: Verdict, operation: Uuid) -> AcquirerOutcome {
    match verdict {
        Verdict::Approved => AcquirerOutcome::Approved { reference: reference(operation) },
        Verdict::Declined(refusal) => AcquirerOutcome::Declined(refusal.into()),
    }
}

fn found(verdict: Verdict, operation: Uuid) -> AcquirerStatus {
    match verdict {
        Verdict::Approved => AcquirerStatus::Approved { reference: reference(operation) },
        Verdict::Declined(refusal) => AcquirerStatus::Declined(refusal.into()),
    }
}

fn status_at(now: Timestamp, query: &StatusQuery) -> AcquirerStatus {
    let passed = |after: Duration| now >= query.sent_at.plus(after);
    match course(query.environment, query.kind, &query.card) {
        Course::Answered(verdict) => found(verdict, query.operation),
        Course::Late(verdict) if passed(LATE_AFTER) => found(verdict, query.operation),
        Course::Lost(verdict) if passed(FOUND_AFTER) => found(verdict, query.operation),
        Course::NeverReceived if passed(FOUND_AFTER) => AcquirerStatus::NeverReceived,
        Course::Late(_) | Course::Lost(_) | Course::NeverReceived => AcquirerStatus::Unknown,
    }
}

#[async_trait]
impl Acquirer for SandboxAcquirer {
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome {
        let course = course(request.environment, request.kind, &request.card.summary);
        if !self.card_arrived(&request) {
            return outcome(Verdict::Declined(NOT_OPENED), request.operation);
        }
        match course {
            Course::Answered(verdict) => outcome(verdict, request.operation),
            Course::Late(verdict) => {
                self.wait(LATE_AFTER).await;
                outcome(verdict, request.operation)
            }
            Course::Lost(_) | Course::NeverReceived => {
                self.wait(LOST_AFTER).await;
                AcquirerOutcome::Unknown
            }
        }
    }

    async fn status(&self, query: StatusQuery) -> AcquirerStatus {
        status_at(self.clock.now(), &query)
    }

    async fn pay_out(&self, payout: Payout) -> AcquirerOutcome {
        outcome(payout_verdict(&payout), payout.operation)
    }

    async fn payout_status(&self, payout: Payout) -> AcquirerStatus {
        found(payout_verdict(&payout), payout.operation)
    }
}

#[cfg(test)]
mod tests;
