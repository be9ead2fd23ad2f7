//! Reads requests: the bytes that are signed, and the JSON fields in them.

use super::answer::Answer;
use super::codes;
use crate::{ingress::guard::MAX_BODY_BYTES, telemetry::CorrelationId};
use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, StatusCode},
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use uuid::Uuid;

/// A request whose body was read and not looked at.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Names the request in everything that it causes.
    pub(crate) correlation: Option<Uuid>,
}

/// Reads a whole request.
///
/// # Errors
/// The refusal of a body that is too long or breaks off.
pub(crate) async fn read(request: Request) -> Result<Received, Answer> {
    let too_long = || Answer::new(codes::BAD_REQUEST).describe("A body has at most 65,536 bytes.");
    // A body that is announced as too long is not waited for.
    if request.body().size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_long());
    }
    let correlation = request.extensions().get::<CorrelationId>().map(|id| id.0);
    let method = request.method().clone();
    let (path, query) = (request.uri().path().to_owned(), request.uri().query().map(str::to_owned));
    let headers = request.headers().clone();
    let body = Bytes::from_request(request, &()).await.map_err(|error| {
        let is_long = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        if is_long { too_long() } else { Answer::new(codes::BAD_REQUEST) }
    })?;
    Ok(Received { method, path, query, headers, body, correlation })
}

/// The object that a body holds.
///
/// # Errors
/// The refusal of a body that is no JSON object, or names a field twice: two readers could take two
/// different ones.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    match serde_json::from_slice::<Strict>(body) {
        Ok(Strict(Value::Object(fields))) => Ok(fields),
        Ok(_) => Err(Answer::new(codes::BAD_REQUEST).describe("The body is no JSON object.")),
        Err(error) if error.is_data() => {
            Err(Answer::new(codes::BAD_REQUEST).describe("A field is named twice."))
        }
        Err(_) => Err(Answer::new(codes::BAD_REQUEST).describe("The body is not JSON.")),
    }
}

/// A JSON value whose objects name no field twice.
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = pairs.next_key::<String>()? {
            let Strict(value) = pairs.next_value()?;
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a field is named twice"));
            }
        }
        Ok(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_one_object_without_repetitions() {
        let fields = object(br#" {"b": [1, {"c": null}], "a": "x"} "#).unwrap();
        assert_eq!(Value::from(fields), serde_json::json!({"a": "x", "b": [1, {"c": null}]}));
        for body in [
            "",
            "[]",
            "\"x\"",
            "{",
            "{}{}",
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            &format!("{}{}", "[".repeat(200), "]".repeat(200)),
        ] {
            assert_eq!(object(body.as_bytes()).unwrap_err().case, codes::BAD_REQUEST, "{body:.20}");
        }
    }
}
