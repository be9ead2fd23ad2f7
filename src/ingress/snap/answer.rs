//! Answers: a case, what is told besides, and how both stand on the wire.

use super::{
    codes::{self, Case},
    service::{self, Form, Service},
    timestamp,
};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use purser_subjects::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

/// When a retry makes sense if nobody said.
const RETRY_AFTER_S: u64 = 1;
/// Longest `responseMessage`.
const MAX_MESSAGE: usize = 150;

/// Fields of an answer, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a field that has a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// An answer before it is written: success or refusal. It never repeats what the client sent, but for
/// references that were checked.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) case: &'static Case,
    /// Follows the case's words.
    detail: Option<String>,
    /// What is wrong, in a sentence.
    description: Option<String>,
    fields: Fields,
    retry_after_s: Option<u64>,
}

impl Answer {
    pub(crate) fn new(case: &'static Case) -> Self {
        Self { case, detail: None, description: None, fields: Fields::new(), retry_after_s: None }
    }

    /// A success with these fields.
    pub(crate) fn ok(fields: Fields) -> Self {
        Self::new(codes::SUCCESSFUL).with(fields)
    }

    /// A case with what follows its words, such as the field's name.
    pub(crate) fn of(case: &'static Case, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(case) }
    }

    /// A field breaks its rule.
    pub(crate) fn invalid(field: &str, rule: impl Into<String>) -> Self {
        Self { description: Some(rule.into()), ..Self::of(codes::INVALID_FORMAT, field) }
    }

    /// A field is missing.
    pub(crate) fn missing(field: &str) -> Self {
        Self::of(codes::MANDATORY, field)
    }

    pub(crate) fn with(mut self, fields: Fields) -> Self {
        self.fields.0.extend(fields.0);
        self
    }

    pub(crate) fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    pub(crate) fn retry_after_ms(mut self, ms: Option<u32>) -> Self {
        self.retry_after_s = ms.map(|ms| u64::from(ms).div_ceil(1000).max(1));
        self
    }

    fn message(&self) -> String {
        let message = match &self.detail {
            Some(detail) => format!("{} {detail}", self.case.message),
            None => self.case.message.to_owned(),
        };
        message.chars().take(MAX_MESSAGE).collect()
    }

    /// The body for a service of a form.
    fn body(&self, form: Form, service: Option<Service>) -> Vec<u8> {
        let service = service.map_or(service::NO_SERVICE, |service| service.code(form));
        let code = format!("{}{service}{}", self.case.status.as_u16(), self.case.case);
        let mut body =
            Fields::new().with("responseCode", code).with("responseMessage", self.message());
        if !self.case.status.is_success() && form != Form::Standard {
            let description = self.description.clone().unwrap_or_else(|| self.message());
            body = body.with("responseDescription", description);
        }
        body.0.extend(self.fields.0.iter().cloned());
        serde_json::to_vec(&body).unwrap_or_default()
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self.case.status.as_u16() {
            429 | 504 => Some(self.retry_after_s.unwrap_or(RETRY_AFTER_S)),
            500 => self.retry_after_s,
            _ => None,
        }
    }
}

/// Carries the answer to the layer that knows the service.
impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.case.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes answers with the numbers of the path that was asked.
pub(crate) async fn write(now: Timestamp, request: Request, next: Next) -> Response {
    let found = service::of_path(request.uri().path());
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    let Some(answer) = response.extensions_mut().remove::<Answer>() else { return response };
    let (form, service) = found.unwrap_or((Form::Standard, None));
    let body = if is_head { Vec::new() } else { answer.body(form, service) };
    let (parts, _) = response.into_parts();
    let mut response = Response::from_parts(parts, Body::from(body));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&timestamp::write(now)) {
        headers.insert("x-timestamp", value);
    }
    if let Some(seconds) = answer.retry_after_s() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if answer.case == codes::METHOD
        && let Some(service) = service
        && let Ok(value) = HeaderValue::from_str(&service.methods().join(", "))
    {
        headers.insert(header::ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: Answer, form: Form, service: Option<Service>) -> String {
        String::from_utf8(answer.body(form, service)).unwrap()
    }

    #[test]
    fn the_code_has_status_service_and_case() {
        let ok = || Answer::ok(Fields::new().with("authCode", "x").maybe("none", None::<String>));
        assert_eq!(
            text(ok(), Form::First, Some(Service::AuthCode)),
            r#"{"responseCode":"2003000","responseMessage":"Successful","authCode":"x"}"#
        );
        assert!(text(ok(), Form::Standard, Some(Service::AuthCode)).contains("\"2001000\""));
    }

    #[test]
    fn a_refusal_names_the_field_and_describes_it_where_the_form_does() {
        let refusal = || Answer::invalid("amount.value", "16 digits and 2 decimals");
        assert_eq!(
            text(refusal(), Form::Standard, Some(Service::Payment)),
            r#"{"responseCode":"4005401","responseMessage":"Invalid Field Format amount.value"}"#
        );
        assert_eq!(
            text(refusal(), Form::First, Some(Service::Payment)),
            r#"{"responseCode":"4003301","responseMessage":"Invalid Field Format amount.value","responseDescription":"16 digits and 2 decimals"}"#
        );
        let nothing = text(Answer::new(codes::ROUTING), Form::Standard, None);
        assert!(nothing.contains("\"4040002\""), "{nothing}");
    }

    #[test]
    fn a_message_has_at_most_150_characters() {
        let long = Answer::of(codes::UNAUTHORIZED, "é".repeat(200));
        assert_eq!(long.message().chars().count(), 150);
    }
}
