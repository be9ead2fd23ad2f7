//! A merchant's client of the interface, which knows of the platform only what its page tells.

use crate::support::{
    merchant::Merchant,
    platform::{TestPlatform, eventually},
};
use purser::api_key;
use purser_subjects::merchant::{Environment, IssueApiKey};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

/// A merchant with an API key.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) merchant: Merchant,
    pub(crate) key: String,
    /// Name of the key.
    pub(crate) name: String,
    base: String,
    http: reqwest::Client,
}

/// An answer of the interface.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A text of the body; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `error.code` and `error.field`.
    pub(crate) fn fault(&self) -> (String, String) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("field"))
    }

    /// The body, after a look at the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts a refusal.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.fault().0.as_str()), (status, code), "{}", self.body);
    }
}

impl Api {
    /// A new merchant of `platform` with a key.
    pub(crate) async fn open(platform: &TestPlatform, name: &str) -> Self {
        let merchant = platform.merchant(name).create().await;
        let (key, name) = issue(platform, &merchant).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { merchant, key, name, base: platform.base_url(), http }
    }

    /// The same merchant with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/v1/{path}", self.base));
        if self.key.is_empty() { request } else { request.bearer_auth(&self.key) }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// The same under an Idempotency-Key.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("Idempotency-Key", key);
        send(request.json(body)).await
    }

    /// A POST without a body.
    pub(crate) async fn order(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// Registers an endpoint for all events; id and secret.
    pub(crate) async fn register(&self, url: &str) -> (String, String) {
        self.register_with(json!({ "url": url })).await
    }

    pub(crate) async fn register_with(&self, body: Value) -> (String, String) {
        let made = self.post("callback-endpoints", &body).await.expect(201);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// Sends a test event; the delivery's id.
    pub(crate) async fn test(&self, endpoint: &str) -> String {
        let queued = self.order(&format!("callback-endpoints/{endpoint}/test")).await.expect(202);
        queued["delivery"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn delivery(&self, id: &str) -> Value {
        self.get(&format!("deliveries/{id}")).await.expect(200)
    }

    /// Waits until the delivery is in a state; it.
    pub(crate) async fn delivery_in(&self, id: &str, status: &str) -> Value {
        let what = format!("the delivery is {status}");
        eventually(&what, async || self.delivery(id).await["status"] == status).await;
        self.delivery(id).await
    }
}

/// A new key of a merchant: the key and its name.
pub(crate) async fn issue(platform: &TestPlatform, merchant: &Merchant) -> (String, String) {
    let key = api_key::random(Environment::Sandbox).to_string();
    let issue = IssueApiKey {
        key: api_key::random_name(),
        digest: api_key::digest(&key),
        hint: api_key::hint(&key).to_owned(),
        label: "test".to_owned(),
    };
    let name = issue.key.clone();
    platform.ask(&merchant.member_id, issue).await.unwrap();
    (key, name)
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the platform answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.expect("a whole answer") }
}
