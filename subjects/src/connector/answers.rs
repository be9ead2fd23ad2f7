//! What a connector answers.

use crate::transaction::Decline;
use serde::{Deserialize, Serialize};

/// The answer to any request: a map with exactly one key. Anything else, and no answer in time, counts
/// as `unknown`: Purser then asks for the status until it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorAnswer {
    /// The operation took effect.
    Approved(ConnectorApproval),
    /// The operation had no effect and will have none.
    Declined(Decline),
    /// Only to a status query: the operation never arrived, and if it does later, will not be executed.
    NeverReceived(ConnectorNothing),
    /// It cannot be told at present.
    Unknown(ConnectorNothing),
}

/// An operation took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorApproval {
    /// The acquirer's reference, 1 to 100 printable ASCII characters; that of an authorisation comes back
    /// with later operations. Never card data.
    pub reference: String,
}

/// Nothing more to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorNothing {}

impl ConnectorAnswer {
    /// Longest reference, and longest code of a decline.
    pub const MAX_REFERENCE: usize = 100;
    /// Longest message of a decline, in characters.
    pub const MAX_MESSAGE: usize = 255;

    /// Why this is no answer after all: a text breaks its rule.
    pub fn fault(&self) -> Option<&'static str> {
        let is_printable = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        let is_short = |text: &str| text.len() <= Self::MAX_REFERENCE && is_printable(text);
        match self {
            Self::Approved(approval) => {
                let wrong = approval.reference.is_empty() || !is_short(&approval.reference);
                wrong.then_some("a reference has 1 to 100 printable ASCII characters")
            }
            Self::Declined(decline) if !is_short(&decline.code) => {
                Some("a decline's code has at most 100 printable ASCII characters")
            }
            Self::Declined(decline) => {
                let is_long = decline.message.chars().count() > Self::MAX_MESSAGE;
                let wrong = is_long || decline.message.chars().any(char::is_control);
                wrong
                    .then_some("a decline's message has at most 255 characters and no control ones")
            }
            Self::NeverReceived(_) | Self::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::DeclineReason;

    fn approved(reference: &str) -> ConnectorAnswer {
        ConnectorAnswer::Approved(ConnectorApproval { reference: reference.to_owned() })
    }

    fn declined(code: &str, message: &str) -> ConnectorAnswer {
        let (code, message) = (code.to_owned(), message.to_owned());
        ConnectorAnswer::Declined(Decline { reason: DeclineReason::DoNotHonour, code, message })
    }

    #[test]
    fn texts_that_break_their_rule_are_no_answer() {
        for good in [approved("A 1/b"), declined("", ""), declined("05", "Nicht gewährt")] {
            assert_eq!(good.fault(), None, "{good:?}");
        }
        for bad in [
            approved(""),
            approved("é"),
            approved(&"x".repeat(101)),
            declined("0\n5", ""),
            declined("05", "a\u{7}b"),
            declined("05", &"x".repeat(256)),
        ] {
            assert!(bad.fault().is_some(), "{bad:?}");
        }
    }

    #[test]
    fn an_answer_is_a_map_with_one_key() {
        let nothing = ConnectorAnswer::NeverReceived(ConnectorNothing {});
        assert_eq!(
            crate::encode(&nothing),
            [&[0x81, 0xae][..], b"never_received", &[0x80]].concat()
        );
    }
}
