//! Response codes: HTTP status, service and case make seven digits. `docs/snap.md` has the table with
//! the test that produces each row.

use axum::http::StatusCode;

/// What happened, whatever the service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) status: StatusCode,
    /// The last two digits.
    pub(crate) case: &'static str,
    /// The standard's words; a detail may follow them.
    pub(crate) message: &'static str,
}

macro_rules! cases {
    ($($(#[doc = $when:literal])+ $name:ident = $status:literal / $case:literal, $message:literal;)+) => {
        $($(#[doc = $when])+
        pub(crate) const $name: &Case = &Case {
            status: match StatusCode::from_u16($status) { Ok(status) => status, Err(_) => panic!() },
            case: $case,
            message: $message,
        };)+

        /// Every case that is produced, with when.
        pub(crate) const ALL: &[(&Case, &str)] = &[$(($name, concat!($($when),+))),+];
    };
}

cases! {
    /// It was done.
    SUCCESSFUL = 200 / "00", "Successful";
    /// A payment of the first form was accepted.
    ACCEPTED = 200 / "30", "Successful";
    /// A payment is under way, or waits for the customer's one-time code.
    IN_PROGRESS = 202 / "00", "Request In Progress";

    /// The body cannot be read, or is too long.
    BAD_REQUEST = 400 / "00", "Bad Request";
    /// A field, parameter or header breaks its rule.
    INVALID_FORMAT = 400 / "01", "Invalid Field Format";
    /// A field, parameter or header that must be there is missing.
    MANDATORY = 400 / "02", "Invalid Mandatory Field";

    /// The signature, the client, the time or the channel is wrong.
    UNAUTHORIZED = 401 / "00", "Unauthorized.";
    /// The access token has expired, was revoked, or is another client's.
    INVALID_TOKEN = 401 / "01", "Invalid Token (B2B)";
    /// The customer's token has expired, or is another customer's or binding's.
    INVALID_CUSTOMER_TOKEN = 401 / "02", "Invalid Customer Token";
    /// What was sent as access token cannot be one.
    TOKEN_NOT_FOUND = 401 / "03", "Token Not Found (B2B)";
    /// What was sent as customer's token, auth code or refresh token cannot be one.
    CUSTOMER_TOKEN_NOT_FOUND = 401 / "04", "Customer Token Not Found";

    /// The session or the auth code has expired, or a cancellation comes after the payment's day.
    EXPIRED = 403 / "00", "Transaction Expired";
    /// The merchant or the issuer does not offer it.
    NOT_ALLOWED = 403 / "01", "Feature Not Allowed";
    /// The amount is more than the token's limit for one payment.
    AMOUNT_LIMIT = 403 / "02", "Exceeds Transaction Amount Limit";
    /// The issuer suspects fraud.
    FRAUD = 403 / "03", "Suspected Fraud";
    /// One-time codes were sent as often as they may be.
    COUNT_LIMIT = 403 / "04", "Activity Count Limit Exceeded";
    /// The issuer or the acquirer declined.
    DO_NOT_HONOR = 403 / "05", "Do Not Honor";
    /// The token is blocked.
    CARD_BLOCKED = 403 / "07", "Card Blocked";
    /// The card has expired.
    CARD_EXPIRED = 403 / "08", "Card Expired";
    /// The token was not used for as long as its issuer allows.
    DORMANT = 403 / "09", "Dormant Account";
    /// A one-time code was wrong three times.
    OTP_BLOCKED = 403 / "11", "OTP Blocked";
    /// The one-time code is too old.
    OTP_EXPIRED = 403 / "12", "OTP Lifetime Expired";
    /// A one-time code was sent; the request goes on with it.
    OTP_SENT = 403 / "13", "OTP Sent To Cardholder";
    /// There is not enough money.
    FUNDS = 403 / "14", "Insufficient Funds";
    /// The issuer does not allow it with this card.
    NOT_PERMITTED = 403 / "15", "Transaction Not Permitted.";
    /// The payments of the day are at the token's limit.
    TOKEN_LIMIT = 403 / "17", "Token Limit Exceeded";
    /// The token was unbound, or never became active.
    INACTIVE = 403 / "18", "Inactive Card/Account/Customer";
    /// The merchant is suspended.
    BLACKLISTED = 403 / "19", "Merchant Blacklisted";
    /// The merchant's balance does not cover a refund.
    MERCHANT_LIMIT = 403 / "20", "Merchant Limit Exceed";
    /// The limit is not one that a token can have.
    LIMIT_INVALID = 403 / "22", "Token Limit Invalid";

    /// The payment's or session's state does not allow it.
    STATE = 404 / "00", "Invalid Transaction Status";
    /// There is no such payment, refund or session of this merchant.
    NOT_FOUND = 404 / "01", "Transaction Not Found";
    /// There is nothing at this path.
    ROUTING = 404 / "02", "Invalid Routing";
    /// The card's bank does not take part.
    BANK = 404 / "03", "Bank Not Supported By Switch";
    /// The payment was cancelled.
    CANCELLED = 404 / "04", "Transaction Cancelled";
    /// The operator has named no issuer of the merchant's cards.
    NOT_REGISTERED = 404 / "05", "Merchant Is Not Registered For Card Registration Services";
    /// A one-time code must be asked for first.
    NEED_OTP = 404 / "06", "Need To Request OTP";
    /// The charge token is of no challenge.
    JOURNEY = 404 / "07", "Journey Not Found";
    /// The merchantId is not the client's.
    MERCHANT = 404 / "08", "Invalid Merchant";
    /// There is no such card token of this merchant.
    CARD = 404 / "11", "Invalid Card/Account/Customer";
    /// The amount is not one that can be paid or given back.
    AMOUNT = 404 / "13", "Invalid Amount";
    /// The one-time code is wrong.
    OTP = 404 / "15", "Invalid OTP";
    /// No partner has this X-PARTNER-ID.
    PARTNER = 404 / "16", "Partner Not Found";
    /// The request contradicts what it refers to.
    INCONSISTENT = 404 / "18", "Inconsistent Request";

    /// The path does not know the method.
    METHOD = 405 / "00", "Requested Function Is Not Supported";
    /// The payment was given back already, and the merchant's terms allow it once.
    OPERATION = 405 / "01", "Requested Operation Is Not Allowed";

    /// The X-EXTERNAL-ID was used before on this day, or the state was.
    CONFLICT = 409 / "00", "Conflict";
    /// The partnerReferenceNo or partnerRefundNo was used before.
    DUPLICATE = 409 / "01", "Duplicate partnerReferenceNo";

    /// Too much is under way, or too many signatures of this client were wrong.
    TOO_MANY = 429 / "00", "Too Many Requests";

    /// Something unforeseen happened.
    GENERAL = 500 / "00", "General Error";
    /// A secret of the platform cannot be read, or a handler failed.
    INTERNAL = 500 / "01", "Internal Server Error";
    /// The issuer, or the database that knows the client, cannot be asked at present; nothing was done.
    EXTERNAL = 500 / "02", "External Server Error";

    /// No answer in time; the outcome is told by the status service.
    TIMEOUT = 504 / "00", "Timeout";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn cases_are_unique() {
        let all: BTreeSet<_> =
            ALL.iter().map(|(case, _)| (case.status.as_u16(), case.case)).collect();
        assert_eq!(all.len(), ALL.len());
        assert!(ALL.iter().all(|(case, when)| case.case.len() == 2 && !when.trim().is_empty()));
    }

    /// The page names each case and the test that produces it; `tests/snap/codes.rs` sees to it that those
    /// tests are there.
    #[test]
    fn every_case_has_its_row_in_the_documents() {
        let page = include_str!("../../../docs/snap.md");
        for (case, _) in ALL {
            let row = format!("| {}/{} | {} ", case.status.as_u16(), case.case, case.message);
            assert!(page.contains(&row), "docs/snap.md has no row {row}");
        }
    }
}
