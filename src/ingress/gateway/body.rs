//! Reads the body: a form, or JSON with flat dotted keys.

use super::{codes, fields::Fields, refusal::Refusal};
use crate::ingress::guard::MAX_BODY_BYTES;
use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use uuid::Uuid;

/// The two formats of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Form,
}

/// A request whose body was read.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) fields: Fields,
    /// Names the request in everything that it causes, and in its answer.
    pub(crate) correlation: Option<Uuid>,
}

/// Reads and decodes the body of a request.
///
/// # Errors
/// The refusal of whatever is not a well-formed body of an accepted type and size.
pub(crate) async fn read(request: Request) -> Result<Received, Refusal> {
    let correlation = request.extensions().get::<crate::telemetry::CorrelationId>().map(|id| id.0);
    let headers = request.headers().clone();
    let format = format(&headers)?;
    // A body that is announced as too long is not waited for.
    if request.body().size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(Refusal::new(codes::BODY_SIZE));
    }
    let body = Bytes::from_request(request, &()).await.map_err(|error| {
        let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Refusal::new(if too_large { codes::BODY_SIZE } else { codes::MALFORMED })
    })?;
    Ok(Received { headers, fields: decode(format, &body)?, correlation })
}

fn format(headers: &HeaderMap) -> Result<Format, Refusal> {
    let refused = || Refusal::new(codes::MEDIA_TYPE);
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return Err(refused());
    }
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
    let value = value.to_str().map_err(|_| refused())?.to_ascii_lowercase();
    let (name, parameters) = value.split_once(';').unwrap_or((&value, ""));
    for parameter in parameters.split(';') {
        let charset = parameter.trim().strip_prefix("charset=").unwrap_or("utf-8");
        if !matches!(charset.trim_matches('"'), "utf-8" | "utf8") {
            return Err(refused());
        }
    }
    match name.trim() {
        "application/json" => Ok(Format::Json),
        "application/x-www-form-urlencoded" => Ok(Format::Form),
        _ => Err(refused()),
    }
}

fn decode(format: Format, body: &[u8]) -> Result<Fields, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::new(codes::ENCODING))?;
    match format {
        Format::Json => json(text),
        Format::Form => form(text),
    }
}

fn json(text: &str) -> Result<Fields, Refusal> {
    let malformed = |_| Refusal::new(codes::MALFORMED);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let pairs = deserializer.deserialize_map(Pairs).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    let mut fields = Fields::default();
    for (name, value) in pairs {
        let literal = value.get();
        let value = match literal.as_bytes().first() {
            Some(b'"') => serde_json::from_str(literal).map_err(malformed)?,
            Some(b'{' | b'[') => return Err(Refusal::new(codes::NESTED)),
            Some(b'n') => String::new(),
            _ => literal.to_owned(),
        };
        fields.add(name, value)?;
    }
    Ok(fields)
}

/// Reads an object without merging keys that stand there twice, and values as they are written, so
/// that the amount `100.00` is not taken for `100.0`.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            pairs.push((name, map.next_value()?));
        }
        Ok(pairs)
    }
}

/// `application/x-www-form-urlencoded` as the WHATWG URL standard (5.1) reads it, except that broken
/// escapes and bytes that are not UTF-8 are refused instead of replaced.
fn form(text: &str) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.add(percent_decode(name)?, percent_decode(value)?)?;
    }
    Ok(fields)
}

fn percent_decode(text: &str) -> Result<String, Refusal> {
    let broken = || Refusal::new(codes::ENCODING);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit().ok_or_else(broken)?, digit().ok_or_else(broken)?);
                (high * 16 + low) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

#[cfg(test)]
mod tests;
