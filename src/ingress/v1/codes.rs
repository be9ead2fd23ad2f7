//! Error codes of the interface, stable for programs.

use axum::http::StatusCode;

/// A code with its HTTP status and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

macro_rules! codes {
    ($($name:ident = $status:ident, $code:literal, $message:literal;)+) => {
        $(pub(crate) const $name: &Code =
            &Code { status: StatusCode::$status, code: $code, message: $message };)+

        /// Every code.
        pub(crate) const ALL: &[&Code] = &[$($name),+];
    };
}

codes! {
    MALFORMED = BAD_REQUEST, "malformed", "The body is not well-formed JSON.";
    UNAUTHORIZED = UNAUTHORIZED, "unauthorized", "Send a valid API key: Authorization: Bearer pk_...";
    NOT_FOUND = NOT_FOUND, "not_found", "There is no such object.";
    NO_PATH = NOT_FOUND, "no_such_path", "There is nothing under this path.";
    METHOD = METHOD_NOT_ALLOWED, "method_not_allowed", "This path does not know the method.";
    IDEMPOTENCY = CONFLICT, "idempotency_conflict",
        "The Idempotency-Key was used before with another request.";
    CONFLICT = CONFLICT, "conflict", "The object's state does not allow it.";
    BODY_SIZE = PAYLOAD_TOO_LARGE, "too_large", "A body has at most 64 KiB.";
    MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "Send Content-Type: application/json, in UTF-8 and without compression.";
    INVALID = UNPROCESSABLE_ENTITY, "invalid_field", "A field is not as its rule says.";
    MISSING = UNPROCESSABLE_ENTITY, "missing_field", "A field is missing.";
    UNKNOWN = UNPROCESSABLE_ENTITY, "unknown_field", "There is no such field.";
    TOO_MANY = UNPROCESSABLE_ENTITY, "too_many", "There are as many as there may be.";
    LOCKED_OUT = TOO_MANY_REQUESTS, "too_many_failures",
        "The key failed too often; try again in a minute.";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "Something went wrong inside; it is logged.";
    OVERLOADED = SERVICE_UNAVAILABLE, "overloaded", "Too much is waiting; nothing was done.";
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable",
        "No answer at present; repeat the request with the same Idempotency-Key.";
    TIMED_OUT = SERVICE_UNAVAILABLE, "timed_out",
        "No answer in time; repeat the request with the same Idempotency-Key.";
}
