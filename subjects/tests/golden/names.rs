//! Names of enumeration values as they stand in messages. A name may be added, never changed.

use purser_subjects::{
    EntityKind, ErrorCode,
    account::{AccountStatus, Role, Side, TimeBasis},
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
            NeverReceived = "never_received",
            Unresolved = "unresolved",
            MerchantFunds = "merchant_funds",
            NotSupported = "not_supported",
        }),
    ]
}

/// Error codes of the first version, and whether they are retryable.
const ERROR_CODES: [(&str, bool); 23] = [
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
