//! Why a request was refused, and how the core's refusals are told in this dialect.

use super::{
    answer::{Object, Reply},
    codes::{self, Code},
};
use crate::{merchants::DirectoryError, vault::VaultError};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use purser_subjects::{ErrorCode, Rejection};

/// Longest part of a core message that is passed on.
const DETAIL_CHARS: usize = 200;
/// When a retry makes sense if nobody said.
const RETRY_AFTER_S: u64 = 1;

/// A refusal. It never holds what the client sent.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static Code,
    detail: Option<String>,
    payment: Option<String>,
    retry_after_s: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(code: &'static Code) -> Self {
        Self { code, detail: None, payment: None, retry_after_s: None }
    }

    /// A refusal that names a field or a rule; `detail` must not come from the request.
    pub(crate) fn of(code: &'static Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(code) }
    }

    /// The refusal of an operation on a payment that the merchant is known to own.
    #[must_use]
    pub(crate) fn on(mut self, payment: &str) -> Self {
        if self.code != codes::NO_PAYMENT {
            self.payment = Some(payment.to_owned());
        }
        self
    }

    /// The answer, without a time: what changed nothing is answered the same whenever it is asked.
    pub(crate) fn reply(self) -> Reply {
        self.reply_with(Object::new())
    }

    /// The answer to a payment request, which says "failed" only where there can be no payment.
    pub(crate) fn payment_reply(self) -> Reply {
        let status = self.code.nothing_made.then_some("N");
        self.reply_with(Object::new().maybe("transactionStatus", status))
    }

    fn reply_with(self, more: Object) -> Reply {
        let description = match &self.detail {
            Some(detail) => format!("{}: {detail}", self.code.description),
            None => self.code.description.to_owned(),
        };
        let result = Object::new().text("code", self.code.code).text("description", description);
        let body = Object::new()
            .text("paymentId", self.payment.unwrap_or_else(|| "-".to_owned()))
            .append(more)
            .object("result", result);
        let retry_after_s = (self.code.status == StatusCode::SERVICE_UNAVAILABLE)
            .then(|| self.retry_after_s.unwrap_or(RETRY_AFTER_S));
        Reply { status: self.code.status, body, retry_after_s }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.reply().into_response()
    }
}

/// The result code of a core refusal, and whether the core's own words may follow it. A payment of
/// another merchant must look exactly like none, so those two have fixed words.
fn code_of(code: ErrorCode) -> Option<(&'static Code, bool)> {
    Some(match code {
        ErrorCode::InvalidMessage | ErrorCode::UnknownVerb => (codes::INTERNAL, false),
        ErrorCode::AccountNotEmpty | ErrorCode::TimeInFuture => (codes::INTERNAL, false),
        ErrorCode::InvalidField => (codes::INVALID, true),
        ErrorCode::NotFound | ErrorCode::Forbidden => (codes::NO_PAYMENT, false),
        ErrorCode::AlreadyExists | ErrorCode::IdempotencyConflict => (codes::DUPLICATE, false),
        ErrorCode::MerchantSuspended => (codes::SUSPENDED, false),
        ErrorCode::InsufficientFunds => (codes::FUNDS, false),
        ErrorCode::CeilingExceeded => (codes::CEILING, false),
        ErrorCode::AccountFrozen => (codes::FROZEN, false),
        ErrorCode::AccountClosed => (codes::CLOSED, false),
        ErrorCode::CurrencyMismatch => (codes::OTHER_CURRENCY, false),
        ErrorCode::AmountExceeded => (codes::AMOUNT_EXCEEDED, true),
        ErrorCode::StateConflict => (codes::STATE, true),
        ErrorCode::TooMany => (codes::TOO_MANY_OPERATIONS, true),
        ErrorCode::Overflow => (codes::OVERFLOW, false),
        ErrorCode::DeadlineExceeded => (codes::TIMED_OUT, false),
        ErrorCode::Overloaded => (codes::OVERLOADED, false),
        ErrorCode::Unavailable => (codes::UNAVAILABLE, false),
        ErrorCode::Quarantined => (codes::QUARANTINED, false),
        // Of card bindings, which no payment of the gateway asks for.
        ErrorCode::TokenExpired
        | ErrorCode::CodeUsed
        | ErrorCode::AlreadyBound
        | ErrorCode::TokenBlocked
        | ErrorCode::TokenDisabled
        | ErrorCode::TokenLapsed
        | ErrorCode::PaymentLimit
        | ErrorCode::DailyLimit
        | ErrorCode::WrongOtp
        | ErrorCode::OtpExpired
        | ErrorCode::OtpBlocked
        | ErrorCode::IssuerRefused
        | ErrorCode::IssuerUnavailable
        | ErrorCode::IssuerSilent
        | ErrorCode::NotSupported => (codes::INTERNAL, false),
        _ => return None,
    })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let (code, tell) = code_of(rejection.code).unwrap_or((codes::INTERNAL, false));
        if code == codes::INTERNAL {
            tracing::error!(code = %rejection.code, "the core refused what the gateway sent");
        }
        let detail = tell.then(|| clean(&rejection.message)).filter(|detail| !detail.is_empty());
        let retry_after_s = rejection.retry_after_ms.map(|ms| u64::from(ms).div_ceil(1000).max(1));
        Self { code, detail, payment: None, retry_after_s }
    }
}

impl From<DirectoryError> for Refusal {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Store(error) => {
                tracing::error!(%error, "the store does not answer");
                Self::new(codes::UNAVAILABLE)
            }
            DirectoryError::Rejected(rejection) => Self::from((*rejection).clone()),
        }
    }
}

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "a credential does not open");
        Self::new(codes::INTERNAL)
    }
}

/// Text from another part, made fit for an answer.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(DETAIL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_core_has_a_code() {
        for code in ErrorCode::ALL {
            let (told, _) = code_of(*code).unwrap_or_else(|| panic!("{code} is not mapped"));
            let unavailable = told.status == StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(code.is_retryable(), unavailable, "{code}");
        }
    }

    #[test]
    fn another_merchants_payment_looks_like_none() {
        let none = Refusal::from(Rejection::new(ErrorCode::NotFound, "no payment")).on("a");
        let other = Refusal::from(Rejection::new(ErrorCode::Forbidden, "not yours")).on("b");
        assert_eq!(none.reply().body, other.reply().body);
    }

    #[test]
    fn a_retry_is_announced_in_whole_seconds() {
        let rejection = Rejection::new(ErrorCode::Overloaded, "").retry_after_ms(1500);
        assert_eq!(Refusal::from(rejection).reply().retry_after_s, Some(2));
        let rejection = Rejection::new(ErrorCode::Unavailable, "");
        assert_eq!(Refusal::from(rejection).reply().retry_after_s, Some(1));
        assert_eq!(Refusal::new(codes::MISSING).reply().retry_after_s, None);
    }
}
