//! Every `result.code` of the gateway. `docs/gateway.md` tells cause and remedy of each.
//!
//! 0 is success, 1 a decline by bank or acquirer, 2 a refusal by the gateway, 3 an open outcome.
//! Codes that the public material of the product gives a meaning keep it.

use axum::http::StatusCode;

/// One result code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) code: &'static str,
    /// What the answer says.
    pub(crate) description: &'static str,
    pub(crate) status: StatusCode,
    /// Whether a request that gets this code can be sure that it never made a payment.
    pub(crate) nothing_made: bool,
}

macro_rules! codes {
    ($($(#[doc = $when:literal])+ $name:ident = $code:literal, $description:literal $(, $status:ident)? $(; $made:ident)?;)+) => {
        $($(#[doc = $when])+
        pub(crate) const $name: &Code = &Code {
            code: $code,
            description: $description,
            status: codes!(@status $($status)?),
            nothing_made: codes!(@made $($made)?),
        };)+

        /// Every code with when it is sent.
        #[cfg(test)]
        pub(crate) const ALL: &[(&Code, &str)] = &[$(($name, concat!($($when),+))),+];
    };
    (@status) => { StatusCode::OK };
    (@status $status:ident) => { StatusCode::$status };
    (@made) => { false };
    (@made nothing_made) => { true };
}

codes! {
    /// A token was issued.
    TOKEN_ISSUED = "200", "Token generated";
    /// A payment was authorised, or authorised and captured.
    SUCCEEDED = "00001", "Transaction succeeded";
    /// A capture succeeded.
    CAPTURED = "00004", "Transaction captured";
    /// A refund succeeded.
    REFUNDED = "00005", "Transaction refunded";
    /// A reversal succeeded.
    CANCELLED = "00006", "Transaction cancelled";
    /// An inquiry found the payment.
    FOUND = "00026", "Record found";
    /// The bank or the acquirer declined; `bankCode` tells why.
    DECLINED = "10001", "Transaction failed";
    /// The acquirer has not said yet what became of the operation.
    PENDING = "30001", "Outcome not known yet; inquire or wait for the notification";

    /// partnerId, username and sKey do not belong together.
    LOGIN_FAILED = "20001", "Log-in failed: partnerId, username or sKey is wrong";
    /// The AuthToken header is absent.
    TOKEN_MISSING = "20002", "The AuthToken header is missing";
    /// The AuthToken was not issued here, or is damaged.
    TOKEN_INVALID = "20003", "The AuthToken is not valid";
    /// The AuthToken is older than an hour.
    TOKEN_EXPIRED = "20004", "The AuthToken has expired; request a new one";
    /// authentication.memberId is not the member that the AuthToken was issued to.
    OTHER_MEMBER = "20005", "The AuthToken was not issued to this memberId";
    /// authentication.checksum is not the one of these fields and the secure key.
    WRONG_CHECKSUM = "20006", "The checksum is wrong";
    /// Ten log-ins of this username failed within a minute.
    TOO_MANY_LOGINS = "20008", "More than 10 failed log-ins of this username within a minute; wait a minute";
    /// The merchant is suspended.
    SUSPENDED = "20009", "The merchant may not take new payments at present";

    /// The body is not JSON or not a form.
    MALFORMED = "20101", "The body is not well-formed"; nothing_made;
    /// A field stands in the body twice.
    DUPLICATE_FIELD = "20102", "A field is given more than once"; nothing_made;
    /// A JSON value is an object or an array.
    NESTED = "20103", "Objects and arrays are not accepted; use flat keys such as \"card.number\""; nothing_made;
    /// More than 100 unknown fields, or a value of more than 2,048 characters.
    TOO_MUCH = "20104", "Too many fields, or a field is too large"; nothing_made;
    /// The body is not UTF-8, or a percent escape is broken.
    ENCODING = "20105", "The body is not valid UTF-8 or has a broken percent escape"; nothing_made;
    /// A required field is absent or empty.
    MISSING = "20106", "A required field is missing"; nothing_made;
    /// A field does not follow its rule.
    INVALID = "20107", "A field is not valid"; nothing_made;
    /// A field is longer than its rule allows.
    TOO_LONG = "20108", "A field is too long"; nothing_made;
    /// A field holds a control character, such as a line break.
    CONTROL = "20109", "A field holds a control character"; nothing_made;
    /// The amount is not digits with two decimals.
    AMOUNT_FORMAT = "20110", "The amount must have 1 to 8 digits, a point and 2 digits"; nothing_made;
    /// The amount is zero.
    AMOUNT_ZERO = "20111", "The amount must be more than zero"; nothing_made;
    /// The currency is not an active ISO 4217 code.
    CURRENCY_UNKNOWN = "20112", "The currency is not known"; nothing_made;
    /// The amount has decimals that its currency does not have.
    AMOUNT_DECIMALS = "20113", "The amount has more decimals than its currency"; nothing_made;
    /// The card number has a wrong length or check digit.
    CARD_NUMBER = "20114", "The card number is not valid"; nothing_made;
    /// The card's month of expiry is over.
    CARD_EXPIRED = "20115", "The card has expired";
    /// card.cvv is not 3 or 4 digits.
    CARD_CODE = "20116", "The card security code must have 3 or 4 digits"; nothing_made;
    /// The paymentType is unknown or belongs to another path.
    PAYMENT_TYPE = "20117", "The paymentType is not offered at this path"; nothing_made;
    /// The paymentMode is not a card, or the paymentBrand is not a card brand.
    MODE = "20118", "The paymentMode or paymentBrand is not offered"; nothing_made;
    /// The request asks for something that is not offered, such as tokens or 3-D Secure.
    NOT_OFFERED = "20119", "What this field asks for is not offered"; nothing_made;
    /// A URL is not http or https, has no host, or holds user information.
    URL = "20120", "A URL is not valid"; nothing_made;
    /// paymentBrand is not the brand of card.number.
    OTHER_BRAND = "20121", "The card is of another brand than paymentBrand"; nothing_made;
    /// A field besides card.number, which may be stored or echoed, holds the card number, in whatever
    /// groups.
    CARD_ELSEWHERE = "20122", "The card number may stand in card.number alone"; nothing_made;

    /// There is no such payment of this merchant.
    NO_PAYMENT = "20201", "No such payment";
    /// merchantTransactionId was used before with other contents.
    DUPLICATE = "20202", "This merchantTransactionId was used before with other contents";
    /// The payment's state does not allow the operation.
    STATE = "20203", "The payment's state does not allow it";
    /// The amount is more than is left to capture or refund.
    AMOUNT_EXCEEDED = "20204", "The amount is more than is left";
    /// Another operation of the payment is under way, or it had too many.
    TOO_MANY_OPERATIONS = "20206", "Too many operations of this payment";
    /// The merchant's balance does not cover the refund.
    FUNDS = "20207", "The merchant's balance does not cover it";
    /// A balance would exceed its ceiling.
    CEILING = "20208", "A balance would exceed its ceiling";
    /// The idempotency key of the request was used before with other contents.
    KEY_REUSED = "20209", "This Idempotency-Key was used before with other contents";
    /// A ledger account is frozen.
    FROZEN = "20210", "An account of the merchant is frozen";
    /// A ledger account is closed.
    CLOSED = "20211", "An account of the merchant is closed";
    /// The currency is not the payment's.
    OTHER_CURRENCY = "20212", "The currency is not the payment's";
    /// The amount is past what can be booked.
    OVERFLOW = "20213", "The amount cannot be booked";

    /// There is nothing at this path.
    NO_PATH = "20404", "There is nothing at this path", NOT_FOUND;
    /// The path takes POST only.
    METHOD = "20405", "This path takes POST only", METHOD_NOT_ALLOWED;
    /// The body has more than 64 KiB.
    BODY_SIZE = "20413", "The body has more than 65536 bytes", PAYLOAD_TOO_LARGE;
    /// The Content-Type is neither JSON nor a form, or the body is compressed.
    MEDIA_TYPE = "20415", "The Content-Type must be application/json or application/x-www-form-urlencoded, in UTF-8", UNSUPPORTED_MEDIA_TYPE;
    /// Something unforeseen happened.
    INTERNAL = "20500", "Internal error; what became of the request is told by an inquiry", INTERNAL_SERVER_ERROR;
    /// Too many requests are under way.
    OVERLOADED = "20503", "Too many requests at once; nothing was done", SERVICE_UNAVAILABLE;
    /// The request was not answered in time.
    TIMED_OUT = "20504", "No answer in time; repeat the payment request unchanged, or inquire", SERVICE_UNAVAILABLE;
    /// A part of the platform cannot be reached.
    UNAVAILABLE = "20505", "Temporarily unavailable; repeat the payment request unchanged, or inquire", SERVICE_UNAVAILABLE;
    /// The payment or the merchant waits for the operator.
    QUARANTINED = "20506", "Temporarily unavailable; the operator has been told", SERVICE_UNAVAILABLE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_documented() {
        let page = include_str!("../../../docs/gateway.md");
        let mut seen = BTreeSet::new();
        let mut texts = BTreeSet::new();
        for (code, when) in ALL {
            assert!(seen.insert(code.code), "{} stands twice", code.code);
            assert!(texts.insert(code.description), "{} says what another says", code.code);
            assert!(!when.trim().is_empty());
            assert!(page.contains(&format!("| {} |", code.code)), "{} has no page", code.code);
        }
    }

    #[test]
    fn a_refusal_without_a_record_begins_with_2() {
        for (code, _) in ALL {
            if code.nothing_made || code.status != StatusCode::OK {
                assert!(code.code.starts_with('2'), "{}", code.code);
            }
        }
    }
}
