//! An acquirer behind a connector: an external program that answers on `purser.connector.<name>.*`.
//!
//! A request that the bus could not hand to anybody is repeated for a moment and then declined, since it
//! is certain that nothing was done. Whatever else is not a clear answer counts as an unknown outcome,
//! which the payment resolves with status queries.

mod key;
mod line;
mod messages;
mod plaintext;

pub use key::{ConnectorKey, InvalidConnectorKey};
pub use line::{ConnectorLine, Reached};
pub(crate) use plaintext::{card as plain_card, one_time_code as plain_one_time_code};

use crate::vault::Vault;
use async_trait::async_trait;
use messages::{ABSENT, UNREADABLE_CARD, decline};
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, Bus, Clock, Payout, StatusQuery,
};
use purser_subjects::{
    connector::{ConnectorAnswer, ConnectorName, ConnectorOperation},
    decode,
    transaction::OperationKind,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Asks one connector over the bus.
pub struct ConnectorAcquirer {
    line: ConnectorLine,
    key: ConnectorKey,
    vault: Arc<Vault>,
}

/// How a request to a connector ended.
enum Asked {
    /// It was answered by the rules.
    Answered(ConnectorAnswer),
    /// It reached nobody, for certain.
    NotSent,
    /// Nobody can tell what became of it.
    Unknown,
}

impl ConnectorAcquirer {
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
        operation: ConnectorOperation,
        id: Uuid,
        payload: P,
    ) -> Asked {
        let subject = operation.subject(self.line.name());
        let asked = match self.line.ask(&subject, id, payload).await {
            Reached::Answered(answer) => self.read(operation, &answer),
            Reached::NotSent => Asked::NotSent,
            Reached::Unknown => Asked::Unknown,
        };
        self.line.count(operation.token(), asked.label());
        asked
    }

    fn read(&self, operation: ConnectorOperation, answer: &[u8]) -> Asked {
        let fault = match decode::<ConnectorAnswer>(answer) {
            Ok(ConnectorAnswer::NeverReceived(_)) if operation != ConnectorOperation::Status => {
                "never_received answers status queries alone".to_owned()
            }
            Ok(answer) => match answer.fault() {
                None => return Asked::Answered(answer),
                Some(fault) => fault.to_owned(),
            },
            Err(error) => error.to_string(),
        };
        self.line.complain(operation.token(), &fault);
        Asked::Unknown
    }
}

impl Asked {
    fn label(&self) -> &'static str {
        match self {
            Self::Answered(ConnectorAnswer::Approved(_)) => "approved",
            Self::Answered(ConnectorAnswer::Declined(_)) => "declined",
            Self::Answered(ConnectorAnswer::NeverReceived(_)) => "never_received",
            Self::NotSent => "not_sent",
            Self::Answered(ConnectorAnswer::Unknown(_)) | Self::Unknown => "unknown",
        }
    }

    fn into_outcome(self) -> AcquirerOutcome {
        match self {
            Self::Answered(ConnectorAnswer::Approved(approval)) => {
                AcquirerOutcome::Approved { reference: approval.reference }
            }
            Self::Answered(ConnectorAnswer::Declined(decline)) => {
                AcquirerOutcome::Declined(decline)
            }
            Self::NotSent => AcquirerOutcome::Declined(decline(ABSENT)),
            Self::Answered(ConnectorAnswer::NeverReceived(_) | ConnectorAnswer::Unknown(_))
            | Self::Unknown => AcquirerOutcome::Unknown,
        }
    }

    fn into_status(self) -> AcquirerStatus {
        match self {
            Self::Answered(ConnectorAnswer::Approved(approval)) => {
                AcquirerStatus::Approved { reference: approval.reference }
            }
            Self::Answered(ConnectorAnswer::Declined(decline)) => AcquirerStatus::Declined(decline),
            Self::Answered(ConnectorAnswer::NeverReceived(_)) => AcquirerStatus::NeverReceived,
            Self::Answered(ConnectorAnswer::Unknown(_)) | Self::NotSent | Self::Unknown => {
                AcquirerStatus::Unknown
            }
        }
    }
}

#[async_trait]
impl Acquirer for ConnectorAcquirer {
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome {
        let id = request.operation;
        let operation = messages::operation(request.kind);
        let asked = match request.kind {
            OperationKind::Authorise | OperationKind::Purchase => {
                match messages::authorise(request, &self.vault, &self.key, self.line.name()) {
                    Some(payload) => self.ask(operation, id, payload).await,
                    None => return AcquirerOutcome::Declined(decline(UNREADABLE_CARD)),
                }
            }
            OperationKind::Capture | OperationKind::Void | OperationKind::Refund => {
                self.ask(operation, id, messages::follow_up(request)).await
            }
        };
        asked.into_outcome()
    }

    async fn status(&self, query: StatusQuery) -> AcquirerStatus {
        let (id, payload) = (query.operation, messages::status(query));
        self.ask(ConnectorOperation::Status, id, payload).await.into_status()
    }

    async fn pay_out(&self, payout: Payout) -> AcquirerOutcome {
        let (id, payload) =
            (payout.operation, messages::payout(payout, &self.key, self.line.name()));
        self.ask(ConnectorOperation::Payout, id, payload).await.into_outcome()
    }

    async fn payout_status(&self, payout: Payout) -> AcquirerStatus {
        let (id, payload) = (payout.operation, messages::payout_status(payout));
        self.ask(ConnectorOperation::Status, id, payload).await.into_status()
    }
}
