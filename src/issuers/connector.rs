//! An issuer behind a connector: an external program that answers on `purser.connector.<name>.*`.
//!
//! Cards and one-time codes are opened here and sealed anew, for the connector and the one operation: the
//! broker sees none. What is not a clear answer counts as an unknown outcome, which the binding resolves
//! by asking for it.

use crate::{
    acquirers::connector::{ConnectorKey, ConnectorLine, Reached, plain_card, plain_one_time_code},
    card::{CardSecret, open_otp},
    vault::Vault,
};
use async_trait::async_trait;
use purser_actors::ports::{
    Bus, CardIssuer, Clock, IssuerAnswer, IssuerQuery, IssuerRequest, IssuerSubject, IssuerTask,
};
use purser_subjects::{
    Sealed,
    binding::FailureReason,
    connector::{
        ConnectorBinding, ConnectorChallenge, ConnectorEnrol, ConnectorIssuerAnswer,
        ConnectorIssuerStatus, ConnectorName, ConnectorResendOtp, ConnectorUnbind,
        ConnectorVerifyChallenge, ConnectorVerifyOtp, IssuerOperation,
    },
    decode,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Asks one connector over the bus.
pub struct ConnectorIssuer {
    line: ConnectorLine,
    key: ConnectorKey,
    vault: Arc<Vault>,
}

impl ConnectorIssuer {
    /// The connector `name`, which opens with `key` what is sealed for it. Cards are opened with `vault`;
    /// an answer that takes longer than `time_limit` does not count.
    pub fn new(
        name: ConnectorName,
        key: ConnectorKey,
        bus: Arc<dyn Bus>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        time_limit: Duration,
    ) -> Self {
        Self { line: ConnectorLine::new(name, bus, clock, time_limit), key, vault }
    }

    async fn ask<P: Serialize>(
        &self,
        operation: IssuerOperation,
        id: Uuid,
        payload: P,
    ) -> IssuerAnswer {
        let subject = operation.subject(self.line.name());
        let answer = match self.line.ask(&subject, id, payload).await {
            Reached::Answered(answer) => self.read(operation, &answer),
            Reached::NotSent => {
                self.line.count(operation.token(), "not_sent");
                // Nothing was done, for certain; of an operation that was sent before nobody knows.
                return match operation {
                    IssuerOperation::IssuerStatus | IssuerOperation::Unbind => {
                        IssuerAnswer::Unknown
                    }
                    _ => absent(),
                };
            }
            Reached::Unknown => IssuerAnswer::Unknown,
        };
        self.line.count(operation.token(), label(&answer));
        answer
    }

    fn read(&self, operation: IssuerOperation, answer: &[u8]) -> IssuerAnswer {
        let is_status = operation == IssuerOperation::IssuerStatus;
        let fault = match decode::<ConnectorIssuerAnswer>(answer) {
            Ok(ConnectorIssuerAnswer::NeverReceived(_)) if !is_status => {
                "never_received answers status queries alone".to_owned()
            }
            Ok(answer) => match answer.fault() {
                None => return self.understood(answer),
                Some(fault) => fault.to_owned(),
            },
            Err(error) => error.to_string(),
        };
        self.line.complain(operation.token(), &fault);
        IssuerAnswer::Unknown
    }

    fn understood(&self, answer: ConnectorIssuerAnswer) -> IssuerAnswer {
        match answer {
            ConnectorIssuerAnswer::OtpSent(sent) => IssuerAnswer::OtpSent {
                reference: sent.reference,
                sent_to: sent.sent_to,
                expires_at: self
                    .line
                    .clock()
                    .now()
                    .plus(Duration::from_secs(sent.valid_secs.into())),
            },
            ConnectorIssuerAnswer::Bound(bound) => IssuerAnswer::Bound {
                reference: bound.reference,
                bank_code: bound.bank_code,
                rules: bound.rules,
            },
            ConnectorIssuerAnswer::Done(_) => IssuerAnswer::Done,
            ConnectorIssuerAnswer::Refused(failure) => IssuerAnswer::Refused(failure),
            ConnectorIssuerAnswer::NeverReceived(_) => IssuerAnswer::NeverReceived,
            ConnectorIssuerAnswer::Unknown(_) => IssuerAnswer::Unknown,
        }
    }

    /// The card leaves the vault only to be sealed again; `None` when it does not open or is another one.
    fn card(&self, about: &IssuerSubject, operation: Uuid, sealed: &Sealed) -> Option<Sealed> {
        let card = CardSecret::open_for_binding(&self.vault, &about.binding, sealed).ok()?;
        let is_shown = (card.bin(), card.last4()) == (&*about.card.bin, &*about.card.last4);
        is_shown.then(|| self.key.seal(self.line.name(), operation, &plain_card(&card)))
    }

    fn otp(&self, about: &IssuerSubject, operation: Uuid, sealed: &Sealed) -> Option<Sealed> {
        let otp = open_otp(&self.vault, &about.binding, sealed).ok()?;
        Some(self.key.seal(self.line.name(), operation, &plain_one_time_code(&otp)))
    }
}

/// Nobody was there to take the request (ISO 8583 field 39, 91: issuer or switch inoperative).
fn absent() -> IssuerAnswer {
    let why = "The issuer's connector does not run; nothing was sent";
    IssuerAnswer::refused(FailureReason::IssuerUnavailable, "91", why)
}

/// What was sealed was not sealed for this binding, or under another master key.
fn unreadable() -> IssuerAnswer {
    let why = "The card or one-time code did not arrive";
    IssuerAnswer::refused(FailureReason::IssuerUnavailable, "96", why)
}

fn label(answer: &IssuerAnswer) -> &'static str {
    match answer {
        IssuerAnswer::OtpSent { .. } => "otp_sent",
        IssuerAnswer::Bound { .. } => "bound",
        IssuerAnswer::Done => "done",
        IssuerAnswer::Refused(_) => "refused",
        IssuerAnswer::NeverReceived => "never_received",
        IssuerAnswer::Unknown => "unknown",
    }
}

fn about(subject: IssuerSubject) -> ConnectorBinding {
    ConnectorBinding {
        binding: subject.binding,
        merchant: subject.merchant,
        customer: subject.customer,
        phone: subject.phone,
        bank_code: subject.bank_code,
        card: subject.card,
        reference: subject.reference,
    }
}

#[async_trait]
impl CardIssuer for ConnectorIssuer {
    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer {
        let IssuerRequest { operation, about: subject, what } = request;
        let kind = what.kind();
        match what {
            IssuerTask::Enrol { card } => {
                let Some(sealed_card) = self.card(&subject, operation, &card) else {
                    return unreadable();
                };
                let enrol = ConnectorEnrol { operation, about: about(subject), sealed_card };
                self.ask(kind, operation, enrol).await
            }
            IssuerTask::ResendOtp { enrolment } => {
                let resend = ConnectorResendOtp { operation, about: about(subject), enrolment };
                self.ask(kind, operation, resend).await
            }
            IssuerTask::VerifyOtp { enrolment, otp } => {
                let Some(sealed_otp) = self.otp(&subject, operation, &otp) else {
                    return unreadable();
                };
                let about = about(subject);
                let verify = ConnectorVerifyOtp { operation, about, enrolment, sealed_otp };
                self.ask(kind, operation, verify).await
            }
            IssuerTask::Unbind => {
                let unbind = ConnectorUnbind { operation, about: about(subject) };
                self.ask(kind, operation, unbind).await
            }
            IssuerTask::Challenge { purpose, amount } => {
                let about = about(subject);
                let challenge = ConnectorChallenge { operation, about, purpose, amount };
                self.ask(kind, operation, challenge).await
            }
            IssuerTask::VerifyChallenge { challenge, otp } => {
                let Some(sealed_otp) = self.otp(&subject, operation, &otp) else {
                    return unreadable();
                };
                let about = about(subject);
                let verify = ConnectorVerifyChallenge { operation, about, challenge, sealed_otp };
                self.ask(kind, operation, verify).await
            }
        }
    }

    async fn status(&self, query: IssuerQuery) -> IssuerAnswer {
        let IssuerQuery { operation, about: subject, kind, sent_at } = query;
        let status = ConnectorIssuerStatus { operation, kind, about: about(subject), sent_at };
        self.ask(IssuerOperation::IssuerStatus, operation, status).await
    }
}
