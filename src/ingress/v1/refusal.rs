//! Why a request was refused, and how the core's refusals are told in this dialect.

use super::codes::{self, Code};
use crate::{merchants::DirectoryError, vault::VaultError};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use purser_actors::ports::StoreError;
use purser_subjects::{ErrorCode, Rejection};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest part of a core message that is passed on.
const DETAIL_CHARS: usize = 200;
/// When a retry makes sense if nobody said.
const RETRY_AFTER_S: u64 = 1;
/// How long a key that failed too often is locked out.
const LOCKED_OUT_S: u64 = 60;

/// A refusal. It never holds what the client sent.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    code: &'static Code,
    message: Option<String>,
    field: Option<String>,
    retry_after_s: Option<u64>,
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorDetail)]
pub(crate) struct ErrorDetail {
    /// Stable, for programs.
    #[schema(example = "invalid_field")]
    code: &'static str,
    /// For people; may change.
    message: String,
    /// The field, parameter or header at fault, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "events[1]")]
    field: Option<String>,
    /// Names the request; also in the header `x-correlation-id`.
    request_id: Uuid,
}

impl Refusal {
    pub(crate) fn new(code: &'static Code) -> Self {
        Self { code, message: None, field: None, retry_after_s: None }
    }

    /// A refusal of `field`; `message` must not come from the request.
    pub(crate) fn of(code: &'static Code, field: &str, message: impl Into<String>) -> Self {
        let (message, field) = (Some(message.into()), Some(field.to_owned()));
        Self { message, field, ..Self::new(code) }
    }

    /// The field's value breaks its rule.
    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::of(codes::INVALID, field, message)
    }

    /// The body of the answer to the request `id`.
    pub(crate) fn body(self, id: Uuid) -> Vec<u8> {
        let error = ErrorDetail {
            code: self.code.code,
            message: self.message.unwrap_or_else(|| self.code.message.to_owned()),
            field: self.field,
            request_id: id,
        };
        serde_json::to_vec(&ErrorBody { error }).unwrap_or_default()
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self.code.status.as_u16() {
            503 => Some(self.retry_after_s.unwrap_or(RETRY_AFTER_S)),
            429 => Some(LOCKED_OUT_S),
            _ => None,
        }
    }
}

/// The body is written where the request's id is known.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.code.status.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.code == codes::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The code of a core refusal, and whether the core's own words may follow it. Another merchant's object
/// must look exactly like none, so those two have fixed words.
fn code_of(code: ErrorCode) -> Option<(&'static Code, bool)> {
    Some(match code {
        ErrorCode::InvalidField => (codes::INVALID, true),
        ErrorCode::NotFound | ErrorCode::Forbidden => (codes::NOT_FOUND, false),
        ErrorCode::AlreadyExists | ErrorCode::IdempotencyConflict => (codes::IDEMPOTENCY, false),
        ErrorCode::StateConflict => (codes::CONFLICT, true),
        ErrorCode::TooMany => (codes::TOO_MANY, true),
        ErrorCode::TimeInFuture => (codes::INVALID, true),
        ErrorCode::DeadlineExceeded => (codes::TIMED_OUT, false),
        ErrorCode::Overloaded => (codes::OVERLOADED, false),
        ErrorCode::Unavailable | ErrorCode::Quarantined => (codes::UNAVAILABLE, false),
        _ => return None,
    })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let (code, tell) = code_of(rejection.code).unwrap_or((codes::INTERNAL, false));
        if code == codes::INTERNAL {
            tracing::error!(code = %rejection.code, "the core refused what the interface sent");
        }
        let visible = rejection.message.chars().filter(|c| !c.is_control());
        let detail: String = visible.take(DETAIL_CHARS).collect();
        let retry_after_s = rejection.retry_after_ms.map(|ms| u64::from(ms).div_ceil(1000).max(1));
        // The core names the field at fault before a colon.
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let (field, message) = match detail.split_once(": ").filter(|(name, _)| is_name(name)) {
            Some((field, rule)) if code == codes::INVALID => (Some(field.to_owned()), rule),
            _ => (None, detail.as_str()),
        };
        let message = Some(message.to_owned()).filter(|message| tell && !message.is_empty());
        Self { message, field, retry_after_s, ..Self::new(code) }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store does not answer");
        Self::new(codes::UNAVAILABLE)
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
        tracing::error!(%error, "a secret does not open");
        Self::new(codes::INTERNAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retryable_refusals_of_the_core_are_told_as_such() {
        for code in ErrorCode::ALL.iter().copied().filter(|code| code.is_retryable()) {
            let (told, _) = code_of(code).unwrap_or_else(|| panic!("{code} is not mapped"));
            assert_eq!(told.status, 503, "{code}");
        }
    }

    #[test]
    fn another_merchants_object_looks_like_none() {
        let body = |code| Refusal::from(Rejection::new(code, "whose")).body(Uuid::nil());
        assert_eq!(body(ErrorCode::NotFound), body(ErrorCode::Forbidden));
    }

    #[test]
    fn a_refusal_names_its_field_and_its_request() {
        let body = Refusal::invalid("url", "too long").body(Uuid::nil());
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"error":{"code":"invalid_field","message":"too long","field":"url","request_id":"00000000-0000-0000-0000-000000000000"}}"#
        );
    }

    #[test]
    fn the_core_names_fields_too() {
        let refusal = Rejection::new(ErrorCode::InvalidField, "schedule: begins with 0");
        let told: serde_json::Value =
            serde_json::from_slice(&Refusal::from(refusal).body(Uuid::nil())).unwrap();
        assert_eq!(
            (&told["error"]["field"], &told["error"]["message"]),
            (&"schedule".into(), &"begins with 0".into())
        );
    }

    #[test]
    fn codes_are_unique() {
        let mut names: Vec<_> = codes::ALL.iter().map(|code| code.code).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), codes::ALL.len());
    }
}
