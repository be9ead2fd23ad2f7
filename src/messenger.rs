//! Sends notifications to merchants over HTTP. What a notification looks like is a renderer's matter,
//! when it is sent and repeated the callback actor's.

mod answer;
mod failure;
mod render;

pub use render::{Render, RenderError, Rendered};

use async_trait::async_trait;
use purser_actors::ports::{AttemptOutcome, Clock, Delivery, Messenger};
use reqwest::{
    Client, ClientBuilder, Response,
    header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use url::Url;

const USER_AGENT_TEXT: &str = concat!("Purser/", env!("CARGO_PKG_VERSION"));
/// Idle connections kept per receiver, and for how long: enough for a burst to one merchant.
const IDLE_CONNECTIONS: usize = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Limits of one attempt.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For name look-up, connection and TLS handshake.
    connect: Duration,
    /// For everything together, reading the answer included.
    total: Duration,
    /// Bytes of the answer's body that are read before the connection is closed.
    answer_bytes: usize,
}

impl Limits {
    const DEFAULT: Self = Self {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(15),
        answer_bytes: 64 * 1024,
    };
}

/// Delivers by HTTP POST. Follows no redirects and uses no proxy.
pub struct HttpMessenger {
    renderers: HashMap<&'static str, Arc<dyn Render>>,
    client: Client,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

/// Why a messenger could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MessengerError {
    /// Two renderers have the same name.
    #[error("two renderers are called {0:?}")]
    DuplicateFormat(&'static str),
    /// The HTTP client could not be made.
    #[error("the HTTP client for notifications could not be made")]
    Client(#[source] reqwest::Error),
}

impl HttpMessenger {
    /// A messenger that knows the formats of `renderers`. Call it once: it holds the connections.
    ///
    /// # Errors
    /// [`MessengerError`].
    pub fn new(
        clock: Arc<dyn Clock>,
        renderers: impl IntoIterator<Item = Arc<dyn Render>>,
    ) -> Result<Self, MessengerError> {
        Self::with_limits(clock, renderers, Limits::DEFAULT)
    }

    fn with_limits(
        clock: Arc<dyn Clock>,
        renderers: impl IntoIterator<Item = Arc<dyn Render>>,
        limits: Limits,
    ) -> Result<Self, MessengerError> {
        let mut by_format = HashMap::new();
        for renderer in renderers {
            let format = renderer.format();
            if by_format.insert(format, renderer).is_some() {
                return Err(MessengerError::DuplicateFormat(format));
            }
        }
        let client = client(limits).map_err(MessengerError::Client)?;
        Ok(Self { renderers: by_format, client, clock, limits })
    }

    /// Sends the delivery; the error is fit for the merchant.
    async fn send(&self, delivery: &Delivery) -> Result<Response, String> {
        let url = receiver(&delivery.url)?;
        let renderer = self.renderers.get(delivery.format.as_str()).ok_or_else(|| {
            format!("notifications of the format {:.40?} are not offered", delivery.format)
        })?;
        let rendered = renderer.render(delivery).await.map_err(|error| {
            tracing::warn!(delivery = %delivery.id, cause = error.cause(), "rendering: {error}");
            error.to_string()
        })?;
        let headers = headers(delivery, &rendered.headers)?;
        let request = self.client.post(url).headers(headers).body(rendered.body);
        request.send().await.map_err(|error| {
            let text = failure::describe(&error, self.limits.connect);
            let error = error.without_url();
            tracing::debug!(delivery = %delivery.id, cause = ?error, "attempt: {text}");
            text
        })
    }

    /// Sets `outcome` as soon as it is certain: what the receiver sends after its status line and
    /// headers, or how slowly, does not change it.
    async fn attempt(&self, delivery: &Delivery, outcome: &mut Option<AttemptOutcome>) {
        match self.send(delivery).await {
            Ok(response) => {
                *outcome = Some(answer::judge(&response, self.clock.now()));
                answer::drain(response, self.limits.answer_bytes).await;
            }
            Err(error) => *outcome = Some(failed(error)),
        }
    }
}

#[async_trait]
impl Messenger for HttpMessenger {
    async fn deliver(&self, delivery: &Delivery) -> AttemptOutcome {
        let mut outcome = None;
        let total = self.limits.total;
        let _ = tokio::time::timeout(total, self.attempt(delivery, &mut outcome)).await;
        outcome.unwrap_or_else(|| failed(format!("no answer within {}", failure::seconds(total))))
    }
}

fn failed(error: String) -> AttemptOutcome {
    AttemptOutcome::Failed { http_status: None, error, retry_after: None }
}

fn client(limits: Limits) -> Result<Client, reqwest::Error> {
    let builder = || -> ClientBuilder {
        Client::builder()
            .tls_backend_rustls()
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
    };
    builder().build().or_else(|error| {
        // A system without root certificates can still reach receivers without TLS.
        tracing::warn!(
            cause = ?error,
            "notifications to https URLs will fail: install the system's CA certificates"
        );
        builder().tls_certs_only([]).build()
    })
}

fn receiver(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("the URL is not valid: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("the URL does not begin with http:// or https://".to_owned()),
    }
}

/// The renderer's headers, and over them those that every notification has.
fn headers(delivery: &Delivery, rendered: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in rendered {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        let (name, value) = header.ok_or("the notification could not be rendered")?;
        headers.insert(name, value);
    }
    let number = |number: u32| HeaderValue::from(number);
    let id = delivery.id.to_string();
    let id = HeaderValue::try_from(id).map_err(|_| "the notification could not be rendered")?;
    headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
    headers.insert(HeaderName::from_static("purser-delivery"), id);
    headers.insert(HeaderName::from_static("purser-sequence"), number(delivery.sequence));
    let attempt = number(delivery.attempts.saturating_add(1));
    headers.insert(HeaderName::from_static("purser-attempt"), attempt);
    Ok(headers)
}

#[cfg(test)]
mod tests;
