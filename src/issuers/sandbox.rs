//! The issuer of the sandbox. It sends nobody anything, and answers by test card and one-time code alone.
//!
//! Of what it was asked it remembers only the latest answers, so that a question about an operation of
//! which the answer was "lost" finds it. A process that was started anew knows none of them and says that
//! they never arrived, which is as true of play money as anything else.

mod cards;
mod memory;

pub use cards::{BANKS, Bank, ISSUED_CARDS, IssuedCard, ONE_TIME_CODES, OneTimeCode, issuer_table};

use crate::{
    acquirers::sandbox::{FOUND_AFTER, LATE_AFTER, LOST_AFTER},
    card::{CardSecret, open_otp},
    vault::Vault,
};
use async_trait::async_trait;
use cards::{Course, bank_of, code, find};
use memory::Memory;
use purser_actors::ports::{
    CardIssuer, Clock, IssuerAnswer, IssuerQuery, IssuerRequest, IssuerSubject, IssuerTask,
};
use purser_subjects::{
    Sealed, Timestamp, binding::FailureReason, merchant::Environment, transaction::CardSummary,
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long a one-time code is good.
const OTP_LIFE: Duration = Duration::from_secs(300);

/// Answers by test card and one-time code.
pub struct SandboxIssuer {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    memory: Memory,
}

impl SandboxIssuer {
    /// An issuer that opens cards with `vault` and takes its time from `clock`.
    pub fn new(vault: Arc<Vault>, clock: Arc<dyn Clock>) -> Self {
        Self { vault, clock, memory: Memory::default() }
    }

    async fn wait(&self, duration: Duration) {
        self.clock.sleep_until(self.clock.now().plus(duration)).await;
    }

    /// Answers as the course says; what is lost is remembered.
    async fn answer(&self, operation: Uuid, course: Course, answer: IssuerAnswer) -> IssuerAnswer {
        match course {
            Course::Answered => answer,
            Course::Late => {
                self.wait(LATE_AFTER).await;
                answer
            }
            Course::Lost => {
                self.memory.remember(operation, answer, self.clock.now().plus(FOUND_AFTER));
                self.wait(LOST_AFTER).await;
                IssuerAnswer::Unknown
            }
            Course::NeverReceived => {
                self.wait(LOST_AFTER).await;
                IssuerAnswer::Unknown
            }
        }
    }

    async fn enrol(&self, operation: Uuid, about: &IssuerSubject, card: &Sealed) -> IssuerAnswer {
        let shown = &about.card;
        let opened = CardSecret::open_for_binding(&self.vault, &about.binding, card);
        if !opened.is_ok_and(|card| card.bin() == shown.bin && card.last4() == shown.last4) {
            return refused(FailureReason::IssuerUnavailable, "96", "The card did not arrive");
        }
        let Some(issued) = find(&shown.bin, &shown.last4) else {
            let why = "Invalid card number: not a test card";
            return refused(FailureReason::CardRefused, "14", why);
        };
        let Some(bank) = bank_of(issued, about.bank_code.as_deref()) else {
            let why = "The bank does not take part";
            return refused(FailureReason::BankNotSupported, "31", why);
        };
        let answer = match issued.refusal {
            Some((reason, code, message)) => refused(reason, code, message),
            None if issued.needs_otp => self.sent(operation, about),
            None => bound(operation, bank, shown),
        };
        self.answer(operation, issued.enrolment, answer).await
    }

    fn sent(&self, operation: Uuid, about: &IssuerSubject) -> IssuerAnswer {
        IssuerAnswer::OtpSent {
            reference: reference("SE", operation),
            sent_to: masked(about.phone.as_deref()),
            expires_at: self.clock.now().plus(OTP_LIFE),
        }
    }

    /// What a one-time code comes to, where `right` is the answer to the right one.
    async fn judge(
        &self,
        operation: Uuid,
        about: &IssuerSubject,
        otp: &Sealed,
        right: IssuerAnswer,
    ) -> IssuerAnswer {
        let Ok(otp) = open_otp(&self.vault, &about.binding, otp) else {
            let why = "The one-time code did not arrive";
            return refused(FailureReason::IssuerUnavailable, "96", why);
        };
        let code = code(&otp);
        let answer = match code.refusal {
            Some((reason, message)) => refused(reason, "", message),
            None => right,
        };
        self.answer(operation, code.course, answer).await
    }
}

fn refused(reason: FailureReason, code: &str, message: &str) -> IssuerAnswer {
    IssuerAnswer::refused(reason, code, message)
}

fn bound(operation: Uuid, bank: &Bank, card: &CardSummary) -> IssuerAnswer {
    IssuerAnswer::Bound {
        reference: reference("SB", operation),
        bank_code: Some(bank.code.to_owned()),
        rules: bank.rules(card),
    }
}

/// The same for the same operation: two letters and twelve hex digits of its id's SHA-256.
fn reference(prefix: &str, operation: Uuid) -> String {
    let digest = Sha256::digest(operation.as_bytes());
    format!("{prefix}{}", hex::encode_upper(&digest[..6]))
}

/// A phone number as it may be shown.
fn masked(phone: Option<&str>) -> String {
    let Some(phone) = phone.filter(|phone| phone.len() >= 8 && phone.is_ascii()) else {
        return "08**-****-**00".to_owned();
    };
    let (first, last) = (&phone[..4], &phone[phone.len() - 3..]);
    format!("{first}{}{last}", "*".repeat(phone.len() - 7))
}

#[async_trait]
impl CardIssuer for SandboxIssuer {
    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer {
        let IssuerRequest { operation, about, what } = request;
        if about.environment != Environment::Sandbox {
            let why = "The sandbox binds no live cards";
            return refused(FailureReason::NotSupported, "57", why);
        }
        if let Some((answer, _)) = self.memory.recall(operation) {
            return answer;
        }
        match what {
            IssuerTask::Enrol { card } => self.enrol(operation, &about, &card).await,
            IssuerTask::ResendOtp { .. } => IssuerAnswer::OtpSent {
                reference: about.reference.clone().unwrap_or_else(|| reference("SE", operation)),
                sent_to: masked(about.phone.as_deref()),
                expires_at: self.clock.now().plus(OTP_LIFE),
            },
            IssuerTask::VerifyOtp { otp, .. } => {
                let issued = find(&about.card.bin, &about.card.last4);
                let bank = issued.and_then(|card| bank_of(card, about.bank_code.as_deref()));
                let Some(bank) = bank else {
                    let why = "The bank does not take part";
                    return refused(FailureReason::BankNotSupported, "31", why);
                };
                let right = bound(operation, bank, &about.card);
                self.judge(operation, &about, &otp, right).await
            }
            IssuerTask::Unbind => IssuerAnswer::Done,
            IssuerTask::Challenge { .. } => self.sent(operation, &about),
            IssuerTask::VerifyChallenge { otp, .. } => {
                self.judge(operation, &about, &otp, IssuerAnswer::Done).await
            }
        }
    }

    async fn status(&self, query: IssuerQuery) -> IssuerAnswer {
        let now: Timestamp = self.clock.now();
        match self.memory.recall(query.operation) {
            Some((answer, from)) if now >= from => answer,
            Some(_) => IssuerAnswer::Unknown,
            None if now >= query.sent_at.plus(FOUND_AFTER) => IssuerAnswer::NeverReceived,
            None => IssuerAnswer::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
