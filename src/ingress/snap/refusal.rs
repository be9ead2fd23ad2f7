//! How refusals of the core are told in this dialect.

use super::{
    answer::Answer,
    codes::{self, Case},
};
use crate::{merchants::DirectoryError, vault::VaultError};
use purser_actors::ports::StoreError;
use purser_subjects::{
    ErrorCode, Rejection,
    binding::{BindingFailure, FailureReason},
    transaction::{Decline, DeclineReason},
};

/// Longest part of a core message that is passed on.
const DETAIL_CHARS: usize = 200;

/// A refusal of the core, before it is known what it is about.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Rejection);

impl Refused {
    /// Whether it has this code.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        self.0.code == code
    }

    /// The answer, where what was not found is told by `missing`.
    pub(crate) fn about(self, missing: &'static Case) -> Answer {
        match self.0.code {
            ErrorCode::NotFound | ErrorCode::Forbidden => Answer::new(missing),
            _ => self.into(),
        }
    }
}

/// The case of a core refusal, and whether the core's own words may describe it.
fn case_of(code: ErrorCode) -> Option<(&'static Case, bool)> {
    Some(match code {
        ErrorCode::InvalidField | ErrorCode::TimeInFuture => (codes::INVALID_FORMAT, true),
        ErrorCode::NotFound | ErrorCode::Forbidden => (codes::NOT_FOUND, false),
        ErrorCode::AlreadyExists => (codes::CONFLICT, false),
        ErrorCode::IdempotencyConflict => (codes::INCONSISTENT, false),
        ErrorCode::MerchantSuspended => (codes::BLACKLISTED, false),
        ErrorCode::InsufficientFunds
        | ErrorCode::CeilingExceeded
        | ErrorCode::AccountFrozen
        | ErrorCode::AccountClosed => (codes::MERCHANT_LIMIT, false),
        ErrorCode::AmountExceeded | ErrorCode::Overflow => (codes::AMOUNT, true),
        ErrorCode::CurrencyMismatch => (codes::INCONSISTENT, true),
        ErrorCode::StateConflict => (codes::STATE, true),
        ErrorCode::TooMany => (codes::COUNT_LIMIT, true),
        ErrorCode::TokenExpired => (codes::INVALID_CUSTOMER_TOKEN, false),
        ErrorCode::CodeUsed => (codes::EXPIRED, true),
        ErrorCode::AlreadyBound => (codes::OPERATION, true),
        ErrorCode::TokenBlocked => (codes::CARD_BLOCKED, false),
        ErrorCode::TokenDisabled => (codes::INACTIVE, false),
        ErrorCode::TokenLapsed => (codes::CARD_EXPIRED, false),
        ErrorCode::PaymentLimit => (codes::AMOUNT_LIMIT, true),
        ErrorCode::DailyLimit => (codes::TOKEN_LIMIT, true),
        ErrorCode::WrongOtp => (codes::OTP, false),
        ErrorCode::OtpExpired => (codes::OTP_EXPIRED, false),
        ErrorCode::OtpBlocked => (codes::OTP_BLOCKED, false),
        ErrorCode::IssuerRefused => (codes::DO_NOT_HONOR, true),
        ErrorCode::NotSupported => (codes::NOT_ALLOWED, true),
        ErrorCode::IssuerUnavailable => (codes::EXTERNAL, true),
        ErrorCode::IssuerSilent => (codes::TIMEOUT, true),
        ErrorCode::DeadlineExceeded | ErrorCode::Unavailable => (codes::TIMEOUT, false),
        ErrorCode::Overloaded => (codes::TOO_MANY, false),
        ErrorCode::Quarantined => (codes::GENERAL, false),
        _ => return None,
    })
}

impl From<Refused> for Answer {
    fn from(Refused(rejection): Refused) -> Self {
        let (case, tell) = case_of(rejection.code).unwrap_or((codes::GENERAL, false));
        if case == codes::GENERAL {
            tracing::error!(code = %rejection.code, "the core refused what the interface sent");
        }
        let visible = rejection.message.chars().filter(|c| !c.is_control());
        let words: String = visible.take(DETAIL_CHARS).collect();
        // The core names the field at fault before a colon.
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let answer = match words.split_once(": ").filter(|(name, _)| is_name(name)) {
            Some((field, rule)) if case == codes::INVALID_FORMAT => Self::invalid(field, rule),
            _ if tell && !words.is_empty() => Self::new(case).describe(words),
            _ => Self::new(case),
        };
        answer.retry_after_ms(rejection.retry_after_ms)
    }
}

/// The case of a declined operation.
pub(crate) fn declined(decline: &Decline) -> &'static Case {
    match decline.reason {
        DeclineReason::InsufficientFunds => codes::FUNDS,
        DeclineReason::ExpiredCard => codes::CARD_EXPIRED,
        DeclineReason::ThreeDSecureRequired => codes::NOT_PERMITTED,
        DeclineReason::SuspectedFraud => codes::FRAUD,
        DeclineReason::NotSupported => codes::NOT_ALLOWED,
        DeclineReason::MerchantFunds => codes::MERCHANT_LIMIT,
        DeclineReason::DoNotHonour
        | DeclineReason::WrongSecurityCode
        | DeclineReason::ProcessingError
        | DeclineReason::NeverReceived
        | DeclineReason::Unresolved => codes::DO_NOT_HONOR,
    }
}

/// The case of a session or a challenge that came to nothing.
pub(crate) fn failed(failure: Option<&BindingFailure>) -> &'static Case {
    match failure.map(|failure| failure.reason) {
        Some(FailureReason::CardBlocked) => codes::CARD_BLOCKED,
        Some(FailureReason::CardExpired) => codes::CARD_EXPIRED,
        Some(FailureReason::NotSupported) => codes::NOT_ALLOWED,
        Some(FailureReason::BankNotSupported) => codes::BANK,
        Some(FailureReason::WrongOtp) => codes::OTP,
        Some(FailureReason::OtpExpired) => codes::OTP_EXPIRED,
        Some(FailureReason::OtpBlocked) => codes::OTP_BLOCKED,
        Some(FailureReason::IssuerUnavailable) => codes::EXTERNAL,
        Some(FailureReason::TimedOut) => codes::EXPIRED,
        Some(FailureReason::Cancelled) => codes::CANCELLED,
        Some(FailureReason::CardRefused) | None => codes::DO_NOT_HONOR,
    }
}

/// The store does not answer.
pub(crate) fn store(error: StoreError) -> Answer {
    tracing::error!(%error, "the store does not answer");
    Answer::new(codes::TIMEOUT)
}

/// Whose request it is cannot be found out; so nothing was begun.
pub(crate) fn directory(error: DirectoryError) -> Answer {
    match error {
        DirectoryError::Store(error) => {
            tracing::error!(%error, "the store does not answer");
            Answer::new(codes::EXTERNAL)
        }
        DirectoryError::Rejected(rejection) => Refused((*rejection).clone()).into(),
    }
}

/// A secret cannot be read.
pub(crate) fn vault(error: VaultError) -> Answer {
    tracing::error!(%error, "a secret does not open");
    Answer::new(codes::INTERNAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retryable_refusals_of_the_core_are_told_as_such() {
        for code in ErrorCode::ALL.iter().copied().filter(|code| code.is_retryable()) {
            let (case, _) = case_of(code).unwrap_or_else(|| panic!("{code} is not mapped"));
            assert!(matches!(case.status.as_u16(), 429 | 500 | 504), "{code}");
        }
    }

    fn told(case: &Case) -> String {
        format!("{}/{}", case.status.as_u16(), case.case)
    }

    #[test]
    fn a_decline_has_its_case() {
        for (reason, case) in [
            (DeclineReason::DoNotHonour, "403/05"),
            (DeclineReason::InsufficientFunds, "403/14"),
            (DeclineReason::ExpiredCard, "403/08"),
            (DeclineReason::ThreeDSecureRequired, "403/15"),
            (DeclineReason::MerchantFunds, "403/20"),
            (DeclineReason::NotSupported, "403/01"),
        ] {
            let decline = Decline { reason, code: String::new(), message: String::new() };
            assert_eq!(told(declined(&decline)), case);
        }
    }

    #[test]
    fn a_failure_of_the_issuer_has_its_case() {
        for (reason, case) in [
            (FailureReason::IssuerUnavailable, "500/02"),
            (FailureReason::TimedOut, "403/00"),
            (FailureReason::Cancelled, "404/04"),
            (FailureReason::OtpBlocked, "403/11"),
        ] {
            let failure = BindingFailure { reason, code: String::new(), message: String::new() };
            assert_eq!(told(failed(Some(&failure))), case);
        }
    }

    #[test]
    fn what_the_platform_cannot_do_at_present_has_its_case() {
        for (code, case) in [
            (ErrorCode::Unavailable, "504/00"),
            (ErrorCode::DeadlineExceeded, "504/00"),
            (ErrorCode::Overloaded, "429/00"),
            (ErrorCode::Quarantined, "500/00"),
        ] {
            assert_eq!(told(Answer::from(Refused(Rejection::new(code, ""))).case), case);
        }
    }

    #[test]
    fn another_merchants_object_looks_like_none() {
        let case = |code| Refused(Rejection::new(code, "whose")).about(codes::CARD).case;
        assert_eq!(case(ErrorCode::NotFound), case(ErrorCode::Forbidden));
    }
}
