//! Names of enumeration values as they stand in messages. A name may be added, never changed.

use purser_subjects::{
    EntityKind, ErrorCode,
    account::{AccountStatus, Role, Side, TimeBasis},
    binding::{
        ChallengePurpose, ChallengeStage, ChargeStage, FailureReason, Language, SessionStage,
        TokenStatus,
    },
    callback::{DisableReason, EndpointKind, EndpointStatus, NoticeType, ReplayScope},
    connector::{ConnectorOperation, IssuerOperation},
    decode, encode,
    merchant::{Environment, MerchantStatus},
    transaction::{DeclineReason, OperationKind, PaymentStatus},
};
use std::collections::BTreeSet;

/// An enumeration: its type and, for each variant, its name in messages.
pub(crate) struct Enumeration {
    pub(crate) type_name: &'static str,
    pub(crate) names: Vec<(&'static str, &'static str)>,
}

macro_rules! enumeration {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {{
        // A variant without a name here does not compile.
        let name = |value: $type| match value { $($type::$variant => $name),+ };
        $(
            assert_eq!(encode(&$type::$variant), encode($name));
            assert_eq!(name(decode::<$type>(&encode($name)).unwrap()), $name);
        )+
        Enumeration {
            type_name: stringify!($type),
            names: vec![$((stringify!($variant), $name)),+],
        }
    }};
}

/// Every enumeration whose values are plain names, but the error codes.
pub(crate) fn enumerations() -> Vec<Enumeration> {
    vec![
        enumeration!(EntityKind {
            Merchant = "merchant",
            Account = "account",
            Transaction = "transaction",
            Binding = "binding",
            Callback = "callback",
        }),
        enumeration!(Side { Debit = "debit", Credit = "credit" }),
        enumeration!(AccountStatus { Open = "open", Frozen = "frozen", Closed = "closed" }),
        enumeration!(TimeBasis { Booking = "booking", Effective = "effective" }),
        enumeration!(Role {
            Clearing = "clearing",
            Pending = "pending",
            Available = "available",
            Fees = "fees",
            Reserve = "reserve",
        }),
        enumeration!(Environment { Sandbox = "sandbox", Live = "live" }),
        enumeration!(MerchantStatus { Active = "active", Suspended = "suspended" }),
        enumeration!(EndpointKind { PerPayment = "per_payment", Registered = "registered" }),
        enumeration!(EndpointStatus {
            Enabled = "enabled",
            Disabled = "disabled",
            Removed = "removed",
        }),
        enumeration!(DisableReason {
            Requested = "requested",
            Gone = "gone",
            Failing = "failing",
        }),
        enumeration!(ReplayScope { Failed = "failed", All = "all" }),
        enumeration!(NoticeType {
            PaymentAuthorised = "payment.authorised",
            PaymentSucceeded = "payment.succeeded",
            PaymentFailed = "payment.failed",
            PaymentPending = "payment.pending",
            PaymentCaptured = "payment.captured",
            CaptureFailed = "payment.capture.failed",
            PaymentVoided = "payment.voided",
            VoidFailed = "payment.void.failed",
            PaymentRefunded = "payment.refunded",
            RefundFailed = "payment.refund.failed",
            PaymentSettled = "payment.settled",
            ReserveReleased = "payment.reserve.released",
            BindingBound = "binding.bound",
            BindingFailed = "binding.failed",
            BindingUnbound = "binding.unbound",
            BindingBlocked = "binding.blocked",
            BindingExpired = "binding.expired",
            EndpointDisabled = "endpoint.disabled",
            EndpointTest = "endpoint.test",
        }),
        enumeration!(PaymentStatus {
            Authorising = "authorising",
            Authorised = "authorised",
            Declined = "declined",
            Voiding = "voiding",
            Voided = "voided",
            Capturing = "capturing",
            Captured = "captured",
            Settled = "settled",
            Refunding = "refunding",
            PartlyRefunded = "partly_refunded",
            Refunded = "refunded",
        }),
        enumeration!(ConnectorOperation {
            Authorise = "authorise",
            Capture = "capture",
            Void = "void",
            Refund = "refund",
            Payout = "payout",
            Status = "status",
        }),
        enumeration!(IssuerOperation {
            Enrol = "enrol",
            ResendOtp = "resend-otp",
            VerifyOtp = "verify-otp",
            Unbind = "unbind",
            Challenge = "challenge",
            VerifyChallenge = "verify-challenge",
            IssuerStatus = "issuer-status",
        }),
        enumeration!(Language { Id = "id", En = "en" }),
        enumeration!(SessionStage {
            Issued = "issued",
            Opened = "opened",
            CardEntered = "card_entered",
            OtpSent = "otp_sent",
            Verifying = "verifying",
            Bound = "bound",
            Failed = "failed",
            Expired = "expired",
            Cancelled = "cancelled",
        }),
        enumeration!(TokenStatus {
            Active = "active",
            Blocked = "blocked",
            Disabled = "disabled",
            Expired = "expired",
        }),
        enumeration!(FailureReason {
            CardRefused = "card_refused",
            CardBlocked = "card_blocked",
            CardExpired = "card_expired",
            NotSupported = "not_supported",
            BankNotSupported = "bank_not_supported",
            WrongOtp = "wrong_otp",
            OtpExpired = "otp_expired",
            OtpBlocked = "otp_blocked",
            IssuerUnavailable = "issuer_unavailable",
            TimedOut = "timed_out",
            Cancelled = "cancelled",
        }),
        enumeration!(ChallengePurpose {
            Any = "any",
            Charge = "charge",
            Limit = "limit",
            Unbind = "unbind",
        }),
        enumeration!(ChallengeStage {
            Sending = "sending",
            Sent = "sent",
            Verifying = "verifying",
            Verified = "verified",
            Failed = "failed",
        }),
        enumeration!(ChargeStage {
            AwaitingOtp = "awaiting_otp",
            Accepted = "accepted",
            Released = "released",
            Failed = "failed",
            Cancelled = "cancelled",
        }),
        enumeration!(OperationKind {
            Authorise = "authorise",
            Purchase = "purchase",
            Capture = "capture",
            Void = "void",
            Refund = "refund",
        }),
        enumeration!(DeclineReason {
            DoNotHonour = "do_not_honour",
            InsufficientFunds = "insufficient_funds",
            ExpiredCard = "expired_card",
            WrongSecurityCode = "wrong_security_code",
            ProcessingError = "processing_error",
            ThreeDSecureRequired = "three_d_secure_required",
            SuspectedFraud = "suspected_fraud",
            NeverReceived = "never_received",
            Unresolved = "unresolved",
            MerchantFunds = "merchant_funds",
            NotSupported = "not_supported",
        }),
    ]
}

/// Error codes, and whether they are retryable.
const ERROR_CODES: [(&str, bool); 38] = [
    ("invalid_message", false),
    ("unknown_verb", false),
    ("invalid_field", false),
    ("not_found", false),
    ("already_exists", false),
    ("idempotency_conflict", false),
    ("forbidden", false),
    ("merchant_suspended", false),
    ("insufficient_funds", false),
    ("ceiling_exceeded", false),
    ("account_frozen", false),
    ("account_closed", false),
    ("account_not_empty", false),
    ("currency_mismatch", false),
    ("amount_exceeded", false),
    ("state_conflict", false),
    ("too_many", false),
    ("overflow", false),
    ("time_in_future", false),
    ("token_expired", false),
    ("code_used", false),
    ("already_bound", false),
    ("token_blocked", false),
    ("token_disabled", false),
    ("token_lapsed", false),
    ("payment_limit", false),
    ("daily_limit", false),
    ("wrong_otp", false),
    ("otp_expired", false),
    ("otp_blocked", false),
    ("issuer_refused", false),
    ("issuer_unavailable", false),
    ("issuer_silent", false),
    ("not_supported", false),
    ("deadline_exceeded", true),
    ("overloaded", true),
    ("unavailable", true),
    ("quarantined", true),
];

#[test]
fn names_of_enumeration_values_never_change() {
    for enumeration in enumerations() {
        let names: BTreeSet<_> = enumeration.names.iter().map(|(_, name)| name).collect();
        assert_eq!(names.len(), enumeration.names.len(), "{}", enumeration.type_name);
    }
}

#[test]
fn error_codes_never_change_their_name_or_retryability() {
    for (name, retryable) in ERROR_CODES {
        let code: ErrorCode = decode(&encode(name)).unwrap();
        assert_eq!((code.as_str(), code.is_retryable()), (name, retryable));
        assert_eq!(encode(&code), encode(name));
    }
    let known: BTreeSet<_> = ERROR_CODES.iter().map(|(name, _)| *name).collect();
    let all: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(all, known, "add a new code here");
}
