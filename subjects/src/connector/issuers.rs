//! What a connector is asked that stands for an issuer of cards, and what it answers. Each request is the
//! payload of an envelope like those about money.

use super::{ConnectorName, ConnectorNothing};
use crate::{
    BindingId, MerchantId, Money, Sealed, Subject, Timestamp,
    binding::{BindingFailure, ChallengePurpose, IssuerRules},
    transaction::CardSummary,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a connector can be asked about a card binding: the last token of its subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerOperation {
    /// Check a card, and send its holder a one-time code.
    Enrol,
    /// Send another one-time code for an enrolment.
    ResendOtp,
    /// Check the one-time code of an enrolment, and bind the card.
    VerifyOtp,
    /// Take note that a binding was ended.
    Unbind,
    /// Send the holder of a bound card a one-time code.
    Challenge,
    /// Check the one-time code of a challenge.
    VerifyChallenge,
    /// Tell what became of one of the others.
    IssuerStatus,
}

impl IssuerOperation {
    /// Every operation.
    pub const ALL: [Self; 7] = [
        Self::Enrol,
        Self::ResendOtp,
        Self::VerifyOtp,
        Self::Unbind,
        Self::Challenge,
        Self::VerifyChallenge,
        Self::IssuerStatus,
    ];

    /// The operation's token in subjects.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::ResendOtp => "resend-otp",
            Self::VerifyOtp => "verify-otp",
            Self::Unbind => "unbind",
            Self::Challenge => "challenge",
            Self::VerifyChallenge => "verify-challenge",
            Self::IssuerStatus => "issuer-status",
        }
    }

    /// Where `connector` is asked for it.
    pub fn subject(self, connector: &ConnectorName) -> Subject {
        Subject::Connector { name: connector.to_string(), operation: self.token().to_owned() }
    }
}

/// Which binding a request is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorBinding {
    /// The binding, the same for all operations on it.
    pub binding: BindingId,
    /// Whose.
    pub merchant: MerchantId,
    /// The merchant's own name for its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The customer's phone number, as the merchant gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Code of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// The card as it may be shown and stored.
    pub card: CardSummary,
    /// The reference that the connector gave to the enrolment, and later to the binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Checks a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorEnrol {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
    /// Number, expiry and code of the card, sealed for this connector and operation.
    pub sealed_card: Sealed,
}

/// Sends another one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorResendOtp {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
    /// Id of the operation that enrolled the card.
    pub enrolment: Uuid,
}

/// Checks a one-time code, and binds the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorVerifyOtp {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
    /// Id of the operation that enrolled the card.
    pub enrolment: Uuid,
    /// The one-time code, sealed for this connector and operation.
    pub sealed_otp: Sealed,
}

/// Tells that a binding was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorUnbind {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
}

/// Sends the holder of a bound card a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorChallenge {
    /// Id of the operation, and of the challenge. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
    /// What it is for.
    pub purpose: ChallengePurpose,
    /// How much is to be charged, if it is for a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// Checks the one-time code of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorVerifyChallenge {
    /// Id of the operation. However often it is sent, it takes effect once.
    pub operation: Uuid,
    /// Which binding.
    pub about: ConnectorBinding,
    /// The challenge.
    pub challenge: Uuid,
    /// The one-time code, sealed for this connector and operation.
    pub sealed_otp: Sealed,
}

/// Asks what became of an operation that was, or may have been, sent before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorIssuerStatus {
    /// Id of the operation asked about.
    pub operation: Uuid,
    /// What it was to do.
    pub kind: IssuerOperation,
    /// Which binding.
    pub about: ConnectorBinding,
    /// When the operation was sent.
    pub sent_at: Timestamp,
}

/// The answer to any request about a binding: a map with exactly one key. Anything else, and no answer in
/// time, counts as `unknown`: Purser then asks for the status until it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorIssuerAnswer {
    /// To `enrol`, `resend-otp` and `challenge`: the card holder has a one-time code.
    OtpSent(ConnectorOtpSent),
    /// To `verify-otp`, or to `enrol` where no one-time code is needed: the card is bound.
    Bound(ConnectorBound),
    /// To `verify-challenge` and `unbind`: right, or noted.
    Done(ConnectorNothing),
    /// The operation had no effect and will have none; a wrong one-time code too.
    Refused(BindingFailure),
    /// Only to a status query: the operation never arrived, and if it does later, will not be executed.
    NeverReceived(ConnectorNothing),
    /// It cannot be told at present.
    Unknown(ConnectorNothing),
}

/// The card holder has a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorOtpSent {
    /// The issuer's reference, 1 to 100 printable ASCII characters. Never card data.
    pub reference: String,
    /// Where it was sent, masked, at most 40 printable characters; may be empty.
    pub sent_to: String,
    /// For how many seconds it is valid, 1 to 3,600.
    pub valid_secs: u32,
}

/// The card is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorBound {
    /// The issuer's reference of the binding, 1 to 100 printable ASCII characters. Never card data.
    pub reference: String,
    /// Code of the bank, 3 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the issuer wants.
    pub rules: IssuerRules,
}

impl ConnectorIssuerAnswer {
    /// Why this is no answer after all: a text breaks its rule.
    pub fn fault(&self) -> Option<&'static str> {
        let is_printable = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        let is_reference = |text: &str| (1..=100).contains(&text.len()) && is_printable(text);
        let is_text = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        let reference = "a reference has 1 to 100 printable ASCII characters";
        match self {
            Self::OtpSent(sent) if !is_reference(&sent.reference) => Some(reference),
            Self::OtpSent(sent) if !is_text(&sent.sent_to, 40) => {
                Some("where a code was sent has at most 40 characters and no control ones")
            }
            Self::OtpSent(sent) if !(1..=3_600).contains(&sent.valid_secs) => {
                Some("a one-time code is valid for 1 to 3,600 seconds")
            }
            Self::Bound(bound) if !is_reference(&bound.reference) => Some(reference),
            Self::Bound(bound) => {
                let is_code =
                    |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
                let wrong = bound.bank_code.as_ref().is_some_and(|code| !is_code(code));
                wrong.then_some("the code of a bank has 3 digits")
            }
            Self::Refused(failure)
                if !(failure.code.len() <= 100 && is_printable(&failure.code)) =>
            {
                Some("a refusal's code has at most 100 printable ASCII characters")
            }
            Self::Refused(failure) if !is_text(&failure.message, 255) => {
                Some("a refusal's message has at most 255 characters and no control ones")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::FailureReason;

    #[test]
    fn operations_are_tokens_of_subjects() {
        let bank: ConnectorName = "bank-1".parse().unwrap();
        for operation in IssuerOperation::ALL {
            let subject = operation.subject(&bank);
            assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
            assert_eq!(crate::encode(&operation), crate::encode(operation.token()));
        }
    }

    #[test]
    fn texts_that_break_their_rule_are_no_answer() {
        let sent = |reference: &str, sent_to: &str, valid_secs| {
            let (reference, sent_to) = (reference.to_owned(), sent_to.to_owned());
            ConnectorIssuerAnswer::OtpSent(ConnectorOtpSent { reference, sent_to, valid_secs })
        };
        let bound = |reference: &str, bank_code: &str| {
            ConnectorIssuerAnswer::Bound(ConnectorBound {
                reference: reference.to_owned(),
                bank_code: Some(bank_code.to_owned()),
                rules: IssuerRules::default(),
            })
        };
        let refused = |code: &str, message: &str| {
            ConnectorIssuerAnswer::Refused(BindingFailure {
                reason: FailureReason::CardRefused,
                code: code.to_owned(),
                message: message.to_owned(),
            })
        };
        for good in [sent("1", "", 1), bound("A 1", "002"), refused("", "Ditolak")] {
            assert_eq!(good.fault(), None, "{good:?}");
        }
        for bad in [
            sent("", "", 300),
            sent("1", &"x".repeat(41), 300),
            sent("1", "", 0),
            sent("1", "", 3_601),
            bound("é", "002"),
            bound("1", "2"),
            refused("0\n5", ""),
            refused("05", "a\u{7}b"),
        ] {
            assert!(bad.fault().is_some(), "{bad:?}");
        }
    }
}
