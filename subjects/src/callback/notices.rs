//! What registered endpoints are told: the types of notices, and what each holds.

use super::DisableReason;
use crate::{
    EndpointId, Timestamp,
    binding::BindingView,
    transaction::{OperationView, PaymentView},
};
use serde::{Deserialize, Serialize};

/// What a notice tells. Receivers switch on its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoticeType {
    /// A payment was authorised and not yet captured.
    #[serde(rename = "payment.authorised")]
    PaymentAuthorised,
    /// A payment was authorised and captured in one.
    #[serde(rename = "payment.succeeded")]
    PaymentSucceeded,
    /// An authorisation was declined.
    #[serde(rename = "payment.failed")]
    PaymentFailed,
    /// The outcome of an operation is not known yet and is being found out.
    #[serde(rename = "payment.pending")]
    PaymentPending,
    /// An authorised amount was captured, whole or in part.
    #[serde(rename = "payment.captured")]
    PaymentCaptured,
    /// A capture was declined.
    #[serde(rename = "payment.capture.failed")]
    CaptureFailed,
    /// An authorisation was given back.
    #[serde(rename = "payment.voided")]
    PaymentVoided,
    /// A void was declined.
    #[serde(rename = "payment.void.failed")]
    VoidFailed,
    /// Captured money was given back, whole or in part.
    #[serde(rename = "payment.refunded")]
    PaymentRefunded,
    /// A refund was declined.
    #[serde(rename = "payment.refund.failed")]
    RefundFailed,
    /// Captured money became the merchant's.
    #[serde(rename = "payment.settled")]
    PaymentSettled,
    /// Withheld money became the merchant's.
    #[serde(rename = "payment.reserve.released")]
    ReserveReleased,
    /// A customer bound a card.
    #[serde(rename = "binding.bound")]
    BindingBound,
    /// A session ended without a bound card.
    #[serde(rename = "binding.failed")]
    BindingFailed,
    /// A card was unbound.
    #[serde(rename = "binding.unbound")]
    BindingUnbound,
    /// The token of a card was blocked.
    #[serde(rename = "binding.blocked")]
    BindingBlocked,
    /// The token of a card expired by the issuer's rule.
    #[serde(rename = "binding.expired")]
    BindingExpired,
    /// An endpoint was disabled because it failed for days or answered 410.
    #[serde(rename = "endpoint.disabled")]
    EndpointDisabled,
    /// Somebody asked for a test.
    #[serde(rename = "endpoint.test")]
    EndpointTest,
}

impl NoticeType {
    /// Every type.
    pub const ALL: [Self; 19] = [
        Self::PaymentAuthorised,
        Self::PaymentSucceeded,
        Self::PaymentFailed,
        Self::PaymentPending,
        Self::PaymentCaptured,
        Self::CaptureFailed,
        Self::PaymentVoided,
        Self::VoidFailed,
        Self::PaymentRefunded,
        Self::RefundFailed,
        Self::PaymentSettled,
        Self::ReserveReleased,
        Self::BindingBound,
        Self::BindingFailed,
        Self::BindingUnbound,
        Self::BindingBlocked,
        Self::BindingExpired,
        Self::EndpointDisabled,
        Self::EndpointTest,
    ];

    /// The type's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentAuthorised => "payment.authorised",
            Self::PaymentSucceeded => "payment.succeeded",
            Self::PaymentFailed => "payment.failed",
            Self::PaymentPending => "payment.pending",
            Self::PaymentCaptured => "payment.captured",
            Self::CaptureFailed => "payment.capture.failed",
            Self::PaymentVoided => "payment.voided",
            Self::VoidFailed => "payment.void.failed",
            Self::PaymentRefunded => "payment.refunded",
            Self::RefundFailed => "payment.refund.failed",
            Self::PaymentSettled => "payment.settled",
            Self::ReserveReleased => "payment.reserve.released",
            Self::BindingBound => "binding.bound",
            Self::BindingFailed => "binding.failed",
            Self::BindingUnbound => "binding.unbound",
            Self::BindingBlocked => "binding.blocked",
            Self::BindingExpired => "binding.expired",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointTest => "endpoint.test",
        }
    }

    /// The type with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == text)
    }

    /// Whether the filter `events` of an endpoint wants it. An entry is a type, `*`, or a first part with
    /// `.*`; no entry wants all.
    pub fn is_wanted(self, events: &[impl AsRef<str>]) -> bool {
        let wants = |entry: &str| match entry.strip_suffix('*') {
            Some(prefix) => self.as_str().starts_with(prefix),
            None => entry == self.as_str(),
        };
        events.is_empty() || events.iter().any(|entry| wants(entry.as_ref()))
    }

    /// Whether `entry` may stand in a filter.
    pub fn is_filter(entry: &str) -> bool {
        let is_group = |prefix: &str| {
            let ends_a_part = prefix.is_empty() || prefix.ends_with('.');
            ends_a_part && Self::ALL.iter().any(|t| t.as_str().starts_with(prefix))
        };
        entry.strip_suffix('*').map_or_else(|| Self::from_text(entry).is_some(), is_group)
    }
}

/// What a notice about a payment holds. The answer to a payment's command reads as one too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentNotice {
    /// The payment as it is after what the notice tells.
    pub payment: PaymentView,
    /// The operation that ended or is pending, if the notice is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationView>,
}

/// What a notice about a card binding holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingNotice {
    /// The binding as it is after what the notice tells.
    pub binding: BindingView,
}

/// What a notice about an endpoint holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointNotice {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Its URL, without query for one that came with a payment.
    pub url: String,
    /// Why it was disabled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DisableReason>,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_types_or_groups_of_them() {
        for good in ["*", "payment.*", "payment.refund.*", "endpoint.test", "payment.succeeded"] {
            assert!(NoticeType::is_filter(good), "{good}");
        }
        for bad in ["", "payment", "pay*", "payment.**", "order.*", ".*", "payment.unknown", "%"] {
            assert!(!NoticeType::is_filter(bad), "{bad}");
        }
    }

    #[test]
    fn a_filter_wants_what_it_names() {
        let wanted = |filter: &[&str]| {
            let all = NoticeType::ALL.into_iter().filter(|t| t.is_wanted(filter));
            all.map(NoticeType::as_str).collect::<Vec<_>>()
        };
        assert_eq!(wanted(&[]).len(), NoticeType::ALL.len());
        assert_eq!(wanted(&["*"]).len(), NoticeType::ALL.len());
        assert_eq!(wanted(&["endpoint.*"]), ["endpoint.disabled", "endpoint.test"]);
        assert_eq!(
            wanted(&["payment.refund.*", "payment.voided"]),
            ["payment.voided", "payment.refund.failed"]
        );
        assert_eq!(wanted(&["payment.refunded"]), ["payment.refunded"]);
    }

    #[test]
    fn types_read_back_from_their_text() {
        for notice in NoticeType::ALL {
            assert_eq!(NoticeType::from_text(notice.as_str()), Some(notice));
            assert_eq!(crate::encode(&notice), crate::encode(notice.as_str()));
        }
    }
}
