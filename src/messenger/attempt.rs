//! The steps of one attempt, each a type of its own: what is due is signed, what is signed is sent, what
//! was sent has an outcome. A wrong order does not compile.

use super::{
    Limits, Render, answer,
    clients::Reach,
    failure,
    guard::{self, Refused},
};
use bytes::Bytes;
use purser_actors::ports::{AttemptOutcome, Delivery, DueDelivery};
use purser_subjects::{MerchantId, Timestamp};
use reqwest::{
    Response,
    header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use std::{collections::HashMap, sync::Arc};
use url::Url;

pub(super) const USER_AGENT_TEXT: &str = concat!("Purser/", env!("CARGO_PKG_VERSION"));

/// Why an attempt was not sent.
#[derive(Debug)]
pub(super) enum Unsendable {
    /// For a reason of our own; the endpoint is not to blame.
    Ours(String),
    /// The endpoint's address cannot be used.
    Theirs(String),
}

/// A delivery that is due.
pub(super) struct Due<'d> {
    due: &'d DueDelivery,
}

/// A delivery with body, signature and a URL of the right form.
pub(super) struct Signed<'d> {
    due: &'d DueDelivery,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// A delivery that was sent and answered; the answer's body is not read yet.
pub(super) struct Sent {
    response: Response,
}

impl<'d> Due<'d> {
    pub(super) fn new(due: &'d DueDelivery) -> Self {
        Self { due }
    }

    /// Renders and signs for an attempt at `at`.
    pub(super) async fn sign(
        self,
        renderers: &HashMap<&'static str, Arc<dyn Render>>,
        at: Timestamp,
    ) -> Result<Signed<'d>, Unsendable> {
        let delivery = &self.due.delivery;
        let url =
            guard::url(&self.due.url).map_err(|error| Unsendable::Theirs(error.to_string()))?;
        let renderer = renderers.get(delivery.format.as_str()).ok_or_else(|| {
            let format = &delivery.format;
            Unsendable::Ours(format!("notifications of the format {format:.40?} are not offered"))
        })?;
        let rendered = renderer.render(self.due, at).await.map_err(|error| {
            tracing::warn!(delivery = %delivery.id, cause = error.cause(), "rendering: {error}");
            Unsendable::Ours(error.to_string())
        })?;
        let headers = headers(delivery, &rendered.headers)
            .ok_or_else(|| Unsendable::Ours("a header has odd characters".to_owned()))?;
        Ok(Signed { due: self.due, url, headers, body: rendered.body.into() })
    }
}

impl Signed<'_> {
    pub(super) fn merchant(&self) -> &MerchantId {
        &self.due.delivery.merchant
    }

    /// Headers and body as they are kept.
    pub(super) fn shown(&self) -> (Vec<(String, String)>, Bytes) {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
        (headers.collect(), self.body.clone())
    }

    /// Sends it; the error is fit for the merchant.
    pub(super) async fn send(self, reach: Reach<'_>, limits: Limits) -> Result<Sent, String> {
        let client = reach.client_for(&self.url).map_err(|Refused(error)| error)?;
        let request = client.post(self.url).headers(self.headers).body(self.body);
        let sending = tokio::time::timeout(limits.headers, request.send());
        let answered = sending
            .await
            .map_err(|_| format!("no answer within {}", failure::seconds(limits.headers)))?;
        let response = answered.map_err(|error| {
            let text = failure::describe(&error, limits.connect);
            let error = error.without_url();
            tracing::debug!(delivery = %self.due.delivery.id, cause = ?error, "attempt: {text}");
            text
        })?;
        Ok(Sent { response })
    }
}

impl Sent {
    /// What status and headers say.
    pub(super) fn outcome(&self, now: Timestamp) -> AttemptOutcome {
        answer::judge(&self.response, now)
    }

    /// Reads the answer's body, within limits.
    pub(super) async fn read(self, limits: Limits, kept: &mut Bytes) {
        answer::read(self.response, limits.read_bytes, limits.kept_bytes, kept).await;
    }
}

/// The renderer's headers, and over them those that every notification has.
fn headers(delivery: &Delivery, rendered: &[(String, String)]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in rendered {
        headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    let number = |number: u32| HeaderValue::from(number);
    headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
    let id = HeaderValue::try_from(delivery.id.to_string()).ok()?;
    headers.insert(HeaderName::from_static("purser-delivery"), id);
    headers.insert(HeaderName::from_static("purser-sequence"), number(delivery.sequence));
    let attempt = number(delivery.attempts.saturating_add(1));
    headers.insert(HeaderName::from_static("purser-attempt"), attempt);
    Some(headers)
}
