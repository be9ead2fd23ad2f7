//! How an external acquirer or bank plugs in: what it is asked on `purser.connector.<name>.<operation>`,
//! and what it answers. The other direction does not exist: a connector sends nothing on its own.

mod answers;
mod issuers;
mod name;
mod requests;

pub use answers::*;
pub use issuers::*;
pub use name::{ConnectorName, InvalidConnectorName};
pub use requests::*;

use crate::Subject;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a connector can be asked: the last token of its subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorOperation {
    /// Authorise a card payment, and capture it when asked to.
    Authorise,
    /// Capture an authorised amount.
    Capture,
    /// Give an authorisation back before any capture.
    Void,
    /// Give captured money back.
    Refund,
    /// Pay money out to a bank account.
    Payout,
    /// Tell what became of one of the others.
    Status,
}

impl ConnectorOperation {
    /// Every operation.
    pub const ALL: [Self; 6] =
        [Self::Authorise, Self::Capture, Self::Void, Self::Refund, Self::Payout, Self::Status];

    /// The operation's token in subjects.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Authorise => "authorise",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Payout => "payout",
            Self::Status => "status",
        }
    }

    /// Where `connector` is asked for it.
    pub fn subject(self, connector: &ConnectorName) -> Subject {
        Subject::Connector { name: connector.to_string(), operation: self.token().to_owned() }
    }
}

/// What sealed bytes for a connector are bound to, as additional data of AES-256-GCM: they open for this
/// connector and this operation alone.
pub fn sealing_context(connector: &ConnectorName, operation: Uuid) -> String {
    format!("purser.connector|1|{connector}|{operation}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_tokens_of_subjects() {
        let bank: ConnectorName = "bank-1".parse().unwrap();
        for operation in ConnectorOperation::ALL {
            let subject = operation.subject(&bank);
            assert_eq!(
                subject.to_string(),
                format!("purser.connector.bank-1.{}", operation.token())
            );
            assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
            assert_eq!(crate::encode(&operation), crate::encode(operation.token()));
        }
    }

    #[test]
    fn the_context_names_connector_and_operation() {
        let operation = Uuid::from_u128(0x0190_a5d4_7c00_7000_8000_0000_0000_0007);
        assert_eq!(
            sealing_context(&"bank".parse().unwrap(), operation),
            "purser.connector|1|bank|0190a5d4-7c00-7000-8000-000000000007"
        );
    }
}
