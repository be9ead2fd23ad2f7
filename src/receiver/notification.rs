//! What a request says about itself, whichever format it has.

use axum::http::HeaderMap;
use serde_json::Value;

/// A notification as its receiver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notification {
    /// The same for every attempt.
    pub(super) id: String,
    /// What it is about.
    pub(super) object: Option<String>,
    /// Its number among those of the object.
    pub(super) sequence: Option<u32>,
    /// Number of the attempt, as the sender counts.
    pub(super) attempt: Option<u32>,
    /// What happened.
    pub(super) event: Option<String>,
}

impl Notification {
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| header(name).and_then(|text| text.parse().ok());
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|pointer| body.pointer(pointer)?.as_str());
            found.map(str::to_owned)
        };
        let id = header("webhook-id").or_else(|| header("purser-delivery"));
        let sequence = body.get("sequence").and_then(Value::as_u64);
        Self {
            id: id.unwrap_or_default().to_owned(),
            object: text(&["/object/id", "/object", "/paymentId"]),
            sequence: number("webhook-sequence")
                .or_else(|| number("purser-sequence"))
                .or_else(|| sequence.and_then(|number| number.try_into().ok())),
            attempt: number("purser-attempt"),
            event: text(&["/type", "/status"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn both_formats_are_understood() {
        let gateway =
            headers(&[("purser-delivery", "d"), ("purser-sequence", "3"), ("purser-attempt", "2")]);
        let told = Notification::of(&gateway, br#"{"paymentId":"p","status":"capturesuccess"}"#);
        assert_eq!((told.id.as_str(), told.object.as_deref()), ("d", Some("p")));
        assert_eq!((told.sequence, told.attempt), (Some(3), Some(2)));
        assert_eq!(told.event.as_deref(), Some("capturesuccess"));
        let body = br#"{"type":"payment.succeeded","object":"p","sequence":4}"#;
        let told = Notification::of(&headers(&[("webhook-id", "w")]), body);
        assert_eq!((told.id.as_str(), told.sequence), ("w", Some(4)));
        assert_eq!(told.event.as_deref(), Some("payment.succeeded"));
    }

    #[test]
    fn anything_else_is_no_fault_of_the_kit() {
        let told = Notification::of(&HeaderMap::new(), b"\xff");
        assert_eq!((told.id.as_str(), told.object, told.sequence), ("", None, None));
    }
}
