//! Stored messages to and from connectors that stand for issuers.

use super::{
    case::{Case, part},
    samples::{binding, card, eur, merchant, sealed, text, time, uuid},
};
use purser_subjects::{
    binding::{BindingFailure, ChallengePurpose, FailureReason, IssuerRules},
    connector::{
        ConnectorBinding, ConnectorBound, ConnectorChallenge, ConnectorEnrol,
        ConnectorIssuerAnswer, ConnectorIssuerStatus, ConnectorNothing, ConnectorOtpSent,
        ConnectorResendOtp, ConnectorUnbind, ConnectorVerifyChallenge, ConnectorVerifyOtp,
        IssuerOperation,
    },
};

fn about() -> ConnectorBinding {
    ConnectorBinding {
        binding: binding(),
        merchant: merchant(),
        customer: Some(text("customer-7")),
        phone: Some(text("6281234567890")),
        bank_code: Some(text("002")),
        card: card(),
        reference: Some(text("E-1")),
    }
}

fn least() -> ConnectorBinding {
    ConnectorBinding { customer: None, phone: None, bank_code: None, reference: None, ..about() }
}

pub(super) fn cases() -> Vec<Case> {
    let operation = uuid(33);
    let sealed_otp = || sealed(0x07);
    let challenge = ConnectorChallenge {
        operation,
        about: about(),
        purpose: ChallengePurpose::Charge,
        amount: Some(eur(1_250)),
    };
    let bound = ConnectorBound {
        reference: text("B-1"),
        bank_code: Some(text("002")),
        rules: IssuerRules {
            expires_at: Some(time(500_000)),
            idle_days: Some(90),
            otp_to_charge: true,
            otp_to_unbind: true,
            otp_to_limit: false,
        },
    };
    let refused = BindingFailure {
        reason: FailureReason::CardRefused,
        code: text("14"),
        message: text("invalid card number"),
    };
    let status = ConnectorIssuerStatus {
        operation,
        kind: IssuerOperation::VerifyOtp,
        about: about(),
        sent_at: time(0),
    };
    let nothing = ConnectorNothing {};
    let answer = |label, answer: ConnectorIssuerAnswer| part("connector-issuer", label, answer);
    vec![
        part(
            "connector-enrol",
            "",
            ConnectorEnrol { operation, about: least(), sealed_card: sealed(1) },
        ),
        part(
            "connector-resend-otp",
            "",
            ConnectorResendOtp { operation, about: about(), enrolment: uuid(30) },
        ),
        part(
            "connector-verify-otp",
            "",
            ConnectorVerifyOtp {
                operation,
                about: about(),
                enrolment: uuid(30),
                sealed_otp: sealed_otp(),
            },
        ),
        part("connector-unbind", "", ConnectorUnbind { operation, about: about() }),
        part("connector-challenge", "", challenge.clone()),
        part(
            "connector-challenge",
            "least",
            ConnectorChallenge { purpose: ChallengePurpose::Any, amount: None, ..challenge },
        ),
        part(
            "connector-verify-challenge",
            "",
            ConnectorVerifyChallenge {
                operation,
                about: about(),
                challenge: uuid(31),
                sealed_otp: sealed_otp(),
            },
        ),
        part("connector-issuer-status", "", status),
        answer(
            "otp-sent",
            ConnectorIssuerAnswer::OtpSent(ConnectorOtpSent {
                reference: text("E-1"),
                sent_to: text("62812****890"),
                valid_secs: 300,
            }),
        ),
        answer("bound", ConnectorIssuerAnswer::Bound(bound)),
        answer("done", ConnectorIssuerAnswer::Done(nothing)),
        answer("refused", ConnectorIssuerAnswer::Refused(refused)),
        answer("never-received", ConnectorIssuerAnswer::NeverReceived(nothing)),
        answer("unknown", ConnectorIssuerAnswer::Unknown(nothing)),
    ]
}
