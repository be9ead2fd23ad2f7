//! Reads JSON bodies strictly: what a field's fault is, is told by the field's name.

use super::{Api, codes, refusal::Refusal};
use crate::ingress::guard::MAX_BODY_BYTES;
use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A body that must be there.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Refusal> {
        check_type(request.headers())?;
        decode(&read(request).await?).map(Self)
    }
}

/// A body that may be left out where it says nothing.
#[derive(Debug)]
pub(crate) struct Optional<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<Api>> for Optional<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Refusal> {
        let headers = request.headers().clone();
        let bytes = read(request).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&headers)?;
        decode(&bytes).map(Self)
    }
}

async fn read(request: Request) -> Result<Bytes, Refusal> {
    // A body that is announced as too long is not waited for.
    if request.body().size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(Refusal::new(codes::BODY_SIZE));
    }
    Bytes::from_request(request, &()).await.map_err(|error| {
        let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Refusal::new(if too_large { codes::BODY_SIZE } else { codes::MALFORMED })
    })
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = || Refusal::new(codes::MEDIA_TYPE);
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return Err(refused());
    }
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
    let value = value.to_str().map_err(|_| refused())?.to_ascii_lowercase();
    let (name, parameter) = value.split_once(';').unwrap_or((&value, ""));
    let charset = parameter.trim().strip_prefix("charset=").unwrap_or(parameter.trim());
    let is_utf8 = matches!(charset.trim_matches('"'), "" | "utf-8");
    (name.trim() == "application/json" && is_utf8).then_some(()).ok_or_else(refused)
}

/// Decodes, and tells what is wrong in own words: those of the parser repeat what was sent.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        let fault = error.into_inner();
        if !fault.is_data() {
            return Refusal::new(codes::MALFORMED);
        }
        let words = fault.to_string();
        // The parser's messages begin with fixed words; a name in backquotes is one of ours only where
        // a field is missing or there twice.
        let named = || words.split('`').nth(1).map(|name| within(&path, name));
        if words.starts_with("missing field") {
            let field = named().unwrap_or_default();
            return Refusal::of(codes::MISSING, &field, "The field is missing.");
        }
        if words.starts_with("duplicate field") {
            return Refusal::invalid(&named().unwrap_or_default(), "The field stands there twice.");
        }
        if words.starts_with("unknown field") {
            return Refusal::of(codes::UNKNOWN, &shown(&path), "There is no such field.");
        }
        Refusal::invalid(&shown(&path), "The value has the wrong type.")
    })?;
    parser.end().map_err(|_| Refusal::new(codes::MALFORMED))?;
    Ok(value)
}

fn within(path: &str, name: &str) -> String {
    if path.is_empty() || path == "." || path == "?" || path.ends_with(name) {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// A path whose names may come from the client: only what can be a field's name is repeated, so that a
/// card number in the wrong place is not.
fn shown(path: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '[' | ']');
    let index = |c: char| c.is_ascii_digit();
    let digits = path.chars().filter(|c| index(*c)).count();
    let fits = path.len() <= 64 && digits <= 3 && path.chars().all(|c| allowed(c) || index(c));
    if path == "." || !fits { "body".to_owned() } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use uuid::Uuid;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code, reason = "only read")]
        url: String,
        #[allow(dead_code, reason = "only read")]
        #[serde(default)]
        events: Vec<String>,
        #[allow(dead_code, reason = "only read")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code, reason = "only read")]
        pauses: Vec<u32>,
    }

    fn refused(body: &str) -> (String, String) {
        let refusal = decode::<Sample>(body.as_bytes()).unwrap_err().body(Uuid::nil());
        let told: serde_json::Value = serde_json::from_slice(&refusal).unwrap();
        let text = |name: &str| told["error"][name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("field"))
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let of = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        assert_eq!(refused("{}"), of("missing_field", "url"));
        assert_eq!(refused(r#"{"url":1}"#), of("invalid_field", "url"));
        assert_eq!(refused(r#"{"url":null}"#), of("invalid_field", "url"));
        assert_eq!(refused(r#"{"url":"","url":""}"#), of("invalid_field", "url"));
        assert_eq!(refused(r#"{"url":"","events":["a",1]}"#), of("invalid_field", "events[1]"));
        assert_eq!(refused(r#"{"url":"","colour":1}"#), of("unknown_field", "colour"));
        assert_eq!(refused(r#"{"url":"","inner":{}}"#), of("missing_field", "inner.pauses"));
        assert_eq!(
            refused(r#"{"url":"","inner":{"pauses":[-1]}}"#),
            of("invalid_field", "inner.pauses[0]")
        );
        assert_eq!(refused("[]"), of("invalid_field", "body"));
        for malformed in ["", "{", "{\"url\":\"\"}{", "{\"url\":\"\"} x", "\u{feff}{}"] {
            assert_eq!(refused(malformed).0, "malformed", "{malformed:?}");
        }
    }

    #[test]
    fn nothing_that_was_sent_is_repeated() {
        for body in [
            r#"{"url":"","4242424242424242":1}"#,
            r#"{"url":4242424242424242}"#,
            r#"{"url":"","events":"4242424242424242"}"#,
        ] {
            let told = decode::<Sample>(body.as_bytes()).unwrap_err().body(Uuid::nil());
            assert!(!String::from_utf8(told).unwrap().contains("4242"), "{body}");
        }
    }
}
