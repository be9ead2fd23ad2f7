//! What the clients asked for, and what they were answered first.

use super::{
    cards::{Card, Outcome},
    client::{Answer, Request},
};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Purchase,
    Authorise,
    Capture,
    Void,
    Refund,
}

impl Kind {
    /// The gateway's name.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Purchase => "DB",
            Self::Authorise => "PA",
            Self::Capture => "CP",
            Self::Void => "RV",
            Self::Refund => "RF",
        }
    }

    /// The result code of a success.
    fn success(self) -> &'static str {
        match self {
            Self::Purchase | Self::Authorise => "00001",
            Self::Capture => "00004",
            Self::Refund => "00005",
            Self::Void => "00006",
        }
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Approved,
    Declined,
    /// It was never begun.
    Refused,
}

/// One request about a payment, and its first complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    /// Minor units.
    pub(crate) amount: i64,
    pub(crate) request: Request,
    pub(crate) answer: Option<Answer>,
}

/// One payment, from its first request on.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    /// Position of its merchant.
    pub(crate) merchant: usize,
    pub(crate) reference: String,
    pub(crate) currency: &'static str,
    pub(crate) card: &'static Card,
    /// Path of its notifications at the receiver.
    pub(crate) notify: String,
    pub(crate) steps: Vec<Step>,
}

impl Payment {
    /// How a step must end, given its answer. Panics on an answer that it must not have.
    pub(crate) fn end(&self, step: &Step) -> End {
        let answer = step.answer.as_ref().expect("every request was answered");
        let code = answer.code();
        let wrong = || panic!("{} {:?}: {answer}", self.reference, step.kind);
        let expected = self.outcome(step.kind);
        match code.as_str() {
            _ if code == step.kind.success() && expected.approved => End::Approved,
            "10001" if !expected.approved => End::Declined,
            "30001" if expected.may_be_pending && expected.approved => End::Approved,
            "30001" if expected.may_be_pending => End::Declined,
            // What was settled to the merchant does not cover the refund.
            "20207" if step.kind == Kind::Refund => End::Declined,
            // The state, the amount that is left, or too many operations are in its way.
            "20203" | "20204" | "20206"
                if !matches!(step.kind, Kind::Purchase | Kind::Authorise) =>
            {
                End::Refused
            }
            _ => wrong(),
        }
    }

    /// What an operation comes to once it has begun.
    fn outcome(&self, kind: Kind) -> Outcome {
        let certain = |approved| Outcome { approved, may_be_pending: false };
        match kind {
            Kind::Purchase | Kind::Authorise => self.card.pays,
            Kind::Capture => certain(self.card.captures),
            Kind::Void => certain(true),
            Kind::Refund => self.card.refunds,
        }
    }

    /// The payment's id, once an answer has told it.
    pub(crate) fn id(&self) -> Option<String> {
        Some(self.steps[0].answer.as_ref()?.text("paymentId"))
    }

    /// How every step ended.
    pub(crate) fn ends(&self) -> Vec<(Kind, i64, End)> {
        self.steps.iter().map(|step| (step.kind, step.amount, self.end(step))).collect()
    }

    /// Operations that were begun; the merchant is notified of each.
    pub(crate) fn operations(&self) -> usize {
        self.ends().iter().filter(|(_, _, end)| *end != End::Refused).count()
    }

    /// Minor units of approved operations of one of `kinds`.
    pub(crate) fn approved(&self, kinds: &[Kind]) -> i64 {
        let counts =
            |(kind, _, end): &&(Kind, i64, End)| kinds.contains(kind) && *end == End::Approved;
        self.ends().iter().filter(counts).map(|(_, amount, _)| amount).sum()
    }

    /// Minor units captured.
    pub(crate) fn captured(&self) -> i64 {
        self.approved(&[Kind::Purchase, Kind::Capture])
    }

    /// Minor units refunded.
    pub(crate) fn refunded(&self) -> i64 {
        self.approved(&[Kind::Refund])
    }
}
