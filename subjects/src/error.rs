//! Why a command was refused. Codes are stable; other languages switch on them.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal $(, $retry:ident)?;)+) => {
        /// A stable code of a refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)+
            /// A code that this version does not know, from a newer sender.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that this version sends.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it stands in messages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ Self::Unknown => "unknown" }
            }

            /// Whether the same command may succeed later without any change to it. Such refusals are
            /// never stored as the answer of an idempotency key.
            pub const fn is_retryable(self) -> bool {
                match self { $($(Self::$name => error_codes!(@ $retry),)?)+ _ => false }
            }

            /// What the code means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)+ Self::Unknown => "" }
            }
        }
    };
    (@ retryable) => { true };
}

error_codes! {
    /// The message is not of the documented shape.
    InvalidMessage = "invalid_message";
    /// The entity knows no such verb.
    UnknownVerb = "unknown_verb";
    /// A field has a value that its rule forbids.
    InvalidField = "invalid_field";
    /// There is no such merchant, account, payment or hold.
    NotFound = "not_found";
    /// It exists already, with other contents.
    AlreadyExists = "already_exists";
    /// The idempotency key was used before with another body.
    IdempotencyConflict = "idempotency_conflict";
    /// It belongs to somebody else.
    Forbidden = "forbidden";
    /// The merchant may not do business at present.
    MerchantSuspended = "merchant_suspended";
    /// The account has less available than is asked for.
    InsufficientFunds = "insufficient_funds";
    /// The account would hold more than its ceiling.
    CeilingExceeded = "ceiling_exceeded";
    /// The account is frozen.
    AccountFrozen = "account_frozen";
    /// The account is closed.
    AccountClosed = "account_closed";
    /// The account still holds money or holds, so it cannot be closed.
    AccountNotEmpty = "account_not_empty";
    /// Amount and account have different currencies.
    CurrencyMismatch = "currency_mismatch";
    /// The amount is more than is left of what it is taken from.
    AmountExceeded = "amount_exceeded";
    /// The state does not allow it, for example a refund of a payment that was never captured.
    StateConflict = "state_conflict";
    /// The number of open holds or running operations of this entity, or of endpoints of this merchant, is at its limit.
    TooMany = "too_many";
    /// A sum does not fit 63 bits of minor units.
    Overflow = "overflow";
    /// The asked time has not come yet.
    TimeInFuture = "time_in_future";
    /// The access token or customer token was valid, and no longer is.
    TokenExpired = "token_expired";
    /// The session's code was redeemed already, or its time is over.
    CodeUsed = "code_used";
    /// The customer has bound this card already, or is just binding it.
    AlreadyBound = "already_bound";
    /// The card's token is blocked.
    TokenBlocked = "token_blocked";
    /// The card was unbound.
    TokenDisabled = "token_disabled";
    /// The card's token expired by the issuer's rule.
    TokenLapsed = "token_lapsed";
    /// The payment is above the limit of a single one.
    PaymentLimit = "payment_limit";
    /// The card's limit of the day is used up, or would be.
    DailyLimit = "daily_limit";
    /// The one-time code is wrong.
    WrongOtp = "wrong_otp";
    /// The one-time code came too late.
    OtpExpired = "otp_expired";
    /// Too many wrong one-time codes were given.
    OtpBlocked = "otp_blocked";
    /// The issuer refused.
    IssuerRefused = "issuer_refused";
    /// The issuer cannot be asked at present; nothing was done.
    IssuerUnavailable = "issuer_unavailable";
    /// The issuer did not answer in time; what was asked for is not done.
    IssuerSilent = "issuer_silent";
    /// The bank does not offer it.
    NotSupported = "not_supported";
    /// The deadline passed before the command was begun; it had no effect.
    DeadlineExceeded = "deadline_exceeded", retryable;
    /// Too much is waiting already; nothing was done.
    Overloaded = "overloaded", retryable;
    /// The part that should answer cannot at present; whether the command took effect is told by a retry with the same idempotency key.
    Unavailable = "unavailable", retryable;
    /// The entity failed too often and waits for the operator.
    Quarantined = "quarantined", retryable;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: a stable code and a sentence for people, fit to be shown outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Rejection {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong and what to do, for people. Holds no secret and no card data.
    pub message: String,
    /// When a retry makes sense, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl Rejection {
    /// A refusal with `code`, explained by `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None }
    }

    /// The same refusal, telling when to retry.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u32) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for code in ErrorCode::ALL {
            let bytes = crate::encode(code);
            assert_eq!(crate::decode::<ErrorCode>(&bytes).unwrap(), *code);
            assert!(!code.meaning().is_empty());
        }
    }

    #[test]
    fn a_code_of_a_newer_version_is_read_as_unknown() {
        let bytes = crate::encode("not_yet_invented");
        assert_eq!(crate::decode::<ErrorCode>(&bytes).unwrap(), ErrorCode::Unknown);
    }
}
