//! What each service takes and tells.

use crate::ingress::snap::service::Service;

/// How a field stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Amount,
    Object,
    List,
}

/// Whether a field must be there; what depends on the form does not have to be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    Always,
    Perhaps,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) needed: Needed,
    pub(super) words: &'static str,
}

/// A service in words.
pub(super) struct About {
    pub(super) summary: &'static str,
    pub(super) words: &'static str,
    pub(super) request: &'static [Field],
    pub(super) answer: &'static [Field],
}

const fn field(name: &'static str, shape: Shape, needed: Needed, words: &'static str) -> Field {
    Field { name, shape, needed, words }
}

const fn must(name: &'static str, words: &'static str) -> Field {
    field(name, Shape::Text, Needed::Always, words)
}

const fn may(name: &'static str, words: &'static str) -> Field {
    field(name, Shape::Text, Needed::Perhaps, words)
}

const fn more(words: &'static str) -> Field {
    field("additionalInfo", Shape::Object, Needed::Perhaps, words)
}

const REFERENCE: Field = may("partnerReferenceNo", "The merchant's own name for the request.");
const REFERENCE_NO: Field = may("referenceNo", "Purser's name for it.");
const MERCHANT: Field = may("merchantId", "The merchant's id, 6 characters.");
const TOKEN: Field = may("bankCardToken", "The token that stands for the card, 32 characters.");
const OTP: Field = may("otp", "The one-time code that the card holder got, 4 to 8 digits.");
const CHARGE_TOKEN: Field = may("chargeToken", "Names the one-time code that was sent.");
const ORIGINAL: [Field; 3] = [
    may("originalPartnerReferenceNo", "The payment's partnerReferenceNo."),
    may("originalReferenceNo", "Its referenceNo."),
    may("originalExternalId", "Its X-EXTERNAL-ID."),
];

/// What a service is about.
pub(super) fn of(service: Service) -> About {
    let (summary, words, request, answer): (_, _, &'static [Field], &'static [Field]) =
        match service {
            Service::B2b => (
                "Access token B2B",
                "A token of the merchant's server, valid for 15 minutes.",
                const { &[must("grantType", "`client_credentials`"), more("merchantId")] },
                const {
                    &[
                        must("accessToken", "The token."),
                        must("tokenType", "`Bearer`"),
                        must("expiresIn", "Seconds."),
                    ]
                },
            ),
            Service::B2b2c => (
                "Access token B2B2C",
                "A token of one customer, from an auth code or a refresh token.",
                const {
                    &[
                        must("grantType", "`AUTHORIZATION_CODE` or `REFRESH_TOKEN`"),
                        may("authCode", "The code of a session whose card is bound."),
                        may("refreshToken", "The refresh token."),
                        more("merchantId"),
                    ]
                },
                const {
                    &[
                        must("accessToken", "The token."),
                        must("tokenType", "`Bearer`"),
                        must("expiresIn", "Seconds."),
                        must("accessTokenExpiryTime", "When it expires."),
                        must("refreshToken", "Replaces it, once."),
                        must("refreshTokenExpiryTime", "When that one expires."),
                    ]
                },
            ),
            Service::AuthCode => (
                "Get OAuth Code",
                "Begins the session in which a customer binds a card: open /dd-card-binding?authCode=… \
                 in the customer's browser.",
                const {
                    &[
                        must("state", "Exactly 32 characters, another one for every session."),
                        must("scopes", "`CARD_REGISTRATION`"),
                        may("merchantId", "The merchant's id, 6 characters."),
                        may("redirectUrl", "Where the customer goes with a bound card."),
                        may("failureRedirectUrl", "Where the customer goes without one."),
                        may("lang", "`ID` or `EN`."),
                        may("seamlessData", "JSON: mobileNumber, bankCode, userId."),
                        may("seamlessSign", "Signature of seamlessData, in the standard's form."),
                        may("additionalInfo", "JSON: additionalInfo1 to additionalInfo3."),
                    ]
                },
                const { &[must("authCode", "The session's code."), must("state", "As it was sent.")] },
            ),
            Service::AccountCreation => (
                "Account creation",
                "Begins a session as Get OAuth Code does, with a body.",
                const {
                    &[
                        REFERENCE,
                        must("state", "Exactly 32 characters."),
                        MERCHANT,
                        may("redirectUrl", "Where the customer goes with a bound card."),
                        may("lang", "`ID` or `EN`."),
                        may("phoneNo", "The customer's phone number."),
                        may("customerId", "The merchant's name for its customer."),
                        may("seamlessData", "JSON: mobileNumber, bankCode, userId."),
                        may("seamlessSign", "Its signature."),
                    ]
                },
                const {
                    &[
                        REFERENCE_NO,
                        must("authCode", "The session's code."),
                        must("state", "As it was sent."),
                        more("webviewUrl"),
                    ]
                },
            ),
            Service::AccountBinding => (
                "Account binding",
                "Takes the token of the card that a customer has bound; in version 3, without authCode, \
                 begins the session.",
                const {
                    &[
                        REFERENCE,
                        must("merchantId", "The merchant's id."),
                        may("authCode", "The session's code."),
                        may("lang", "`ID` or `EN`, where a session is begun."),
                        may("phone", "The customer's phone number, 62…"),
                        field("additionalData", Shape::Object, Needed::Perhaps, "userId, bankCode"),
                    ]
                },
                const {
                    &[
                        REFERENCE_NO,
                        REFERENCE,
                        must("accountToken", "The token that stands for the card."),
                        TOKEN,
                        field("userInfo", Shape::Object, Needed::Perhaps, "publicUserId"),
                        more("tokenStatus, bankCode, cardBrand, maskedCard, tokenExpiryTime"),
                    ]
                },
            ),
            Service::AccountInquiry => (
                "Account inquiry",
                "A binding as it stands.",
                const { &[REFERENCE, MERCHANT, may("accountToken", "The card's token.")] },
                const {
                    &[
                        REFERENCE_NO,
                        may("accountCurrency", "`IDR`"),
                        may("accountName", "The name on the card."),
                        may("accountNo", "The card's last four digits."),
                        may("accountTransactionLimit", "The limit of a day, or of a payment."),
                        may("startDatePeriod", "Since when."),
                        may("endDatePeriod", "Until when."),
                        more("tokenStatus, sessionStatus and the like"),
                    ]
                },
            ),
            Service::AccountUnbinding => (
                "Account unbinding",
                "Ends a binding, after a one-time code where the bank wants one.",
                const {
                    &[
                        REFERENCE,
                        must("merchantId", "The merchant's id."),
                        may("tokenId", "The card's token."),
                        OTP,
                        CHARGE_TOKEN,
                        more("accountToken, publicUserId, bankCode"),
                    ]
                },
                const {
                    &[
                        REFERENCE_NO,
                        MERCHANT,
                        must("unlinkResult", "`success`, or that a one-time code is needed."),
                        CHARGE_TOKEN,
                        more("tokenStatus, unlinkOtpToken"),
                    ]
                },
            ),
            Service::CardBind => (
                "Card bind",
                "Binds a card whose data the merchant sends, encrypted.",
                const {
                    &[
                        REFERENCE,
                        must(
                            "cardData",
                            "AES-CBC of the card's data, Base64, `|`, Base64 of the IV.",
                        ),
                        must("custIdMerchant", "The merchant's name for its customer."),
                        may("phoneNo", "The customer's phone number."),
                        may("limit", "How much may be charged on a day."),
                        MERCHANT,
                        more("bankCode"),
                    ]
                },
                const {
                    &[REFERENCE_NO, REFERENCE, TOKEN, CHARGE_TOKEN, may("tokenExpiryTime", "When.")]
                },
            ),
            Service::CardLimit => (
                "Card bind limit",
                "Sets how much may be charged, after a one-time code where the bank wants one.",
                const {
                    &[
                        REFERENCE,
                        must("bankCardToken", "The card's token."),
                        must("limit", "The new limit of a day."),
                        OTP,
                        CHARGE_TOKEN,
                    ]
                },
                const { &[REFERENCE_NO, REFERENCE, CHARGE_TOKEN] },
            ),
            Service::CardInquiry => (
                "Card inquiry",
                "The cards that a customer has bound.",
                &[],
                const { &[field("accountList", Shape::List, Needed::Perhaps, "One entry per card.")] },
            ),
            Service::CardUnbind => (
                "Card unbind",
                "Ends a card's token.",
                const { &[REFERENCE, must("token", "The card's token."), MERCHANT, OTP, CHARGE_TOKEN] },
                const { &[REFERENCE_NO, REFERENCE, may("unsubscribeDate", "When."), CHARGE_TOKEN] },
            ),
            Service::OtpVerification => (
                "OTP verification",
                "The one-time code that a card holder got, for whatever waits for it.",
                const {
                    &[
                        may("originalPartnerReferenceNo", "partnerReferenceNo of what waits."),
                        may("originalReferenceNo", "referenceNo of what waits."),
                        may("action", "What it is for."),
                        MERCHANT,
                        must("otp", "The one-time code."),
                        CHARGE_TOKEN,
                    ]
                },
                const {
                    &[
                        may("originalPartnerReferenceNo", "As it was sent."),
                        may("originalReferenceNo", "As it was sent."),
                        TOKEN,
                        more("what became of it"),
                    ]
                },
            ),
            Service::RequestOtp => (
                "Request OTP",
                "Has a one-time code sent to a card's holder.",
                const {
                    &[
                        REFERENCE,
                        may("journeyId", "The merchant's name for the flow."),
                        must("bankCardToken", "The card's token."),
                        may("otpReasonCode", "Why it is needed."),
                    ]
                },
                const { &[must("chargeToken", "Names the one-time code.")] },
            ),
            Service::Payment => (
                "Payment host to host",
                "Pays with a bound card. Where the bank wants a one-time code the answer names a \
                 chargeToken, and a page for the card holder where PAY_RETURN is given.",
                const {
                    &[
                        must("partnerReferenceNo", "The merchant's own name; pays once."),
                        must("bankCardToken", "The card's token."),
                        MERCHANT,
                        field("amount", Shape::Amount, Needed::Always, "How much."),
                        field("urlParams", Shape::List, Needed::Perhaps, "PAY_RETURN, PAY_NOTIFY"),
                        OTP,
                        CHARGE_TOKEN,
                        may("validUpTo", "Until when it may be paid."),
                        may("externalStoreId", "The merchant's store."),
                        more("publicUserId, remarks, bankCode, otpAllowed"),
                    ]
                },
                const {
                    &[
                        REFERENCE_NO,
                        REFERENCE,
                        may("approvalCode", "The acquirer's."),
                        may("webRedirectUrl", "Where the card holder gives the code."),
                        CHARGE_TOKEN,
                        more("paymentResult"),
                    ]
                },
            ),
            Service::Status => (
                "Debit status",
                "A payment as it stands.",
                const {
                    &[
                        ORIGINAL[0],
                        ORIGINAL[1],
                        ORIGINAL[2],
                        may("XExternalId", "The payment's X-EXTERNAL-ID, in version 1."),
                        may("serviceCode", "Service code of the payment."),
                        MERCHANT,
                        field("amount", Shape::Amount, Needed::Perhaps, "Must agree, if given."),
                    ]
                },
                const {
                    &[
                        ORIGINAL[0],
                        ORIGINAL[1],
                        must("latestTransactionStatus", "00, 01, 03, 04, 05, 06 or 07."),
                        may("transactionStatusDesc", "In words."),
                        field("transAmount", Shape::Amount, Needed::Perhaps, "How much."),
                        may("paidTime", "When."),
                        more("paymentStatus, settlementStatus, refundedAmount"),
                    ]
                },
            ),
            Service::Cancel => (
                "Debit cancel",
                "Takes a payment back on its day.",
                const { &[ORIGINAL[0], ORIGINAL[1], ORIGINAL[2], MERCHANT, may("reason", "Why.")] },
                const { &[ORIGINAL[0], ORIGINAL[1], may("cancelTime", "When.")] },
            ),
            Service::Refund => (
                "Debit refund",
                "Gives money back, whole or in parts.",
                const {
                    &[
                        ORIGINAL[0],
                        ORIGINAL[1],
                        ORIGINAL[2],
                        must("partnerRefundNo", "The merchant's own name; refunds once."),
                        field("refundAmount", Shape::Amount, Needed::Perhaps, "All, if left out."),
                        MERCHANT,
                        may("reason", "Why."),
                    ]
                },
                const {
                    &[
                        ORIGINAL[0],
                        ORIGINAL[1],
                        must("refundNo", "Purser's name for it."),
                        must("partnerRefundNo", "As it was sent."),
                        field("refundAmount", Shape::Amount, Needed::Always, "How much."),
                        must("refundTime", "When."),
                    ]
                },
            ),
        };
    About { summary, words, request, answer }
}
