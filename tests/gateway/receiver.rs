//! A merchant's `notificationUrl`: a small server that keeps what it is sent.

use super::hostile::md5;
use crate::support::{merchant::Merchant, platform::eventually};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinHandle};

/// Accepts every notification.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Received,
    server: JoinHandle<()>,
}

type Received = Arc<Mutex<Vec<Notification>>>;

/// One notification as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Notification {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that the checksum is the one of these fields and the merchant's key.
    #[track_caller]
    pub(crate) fn verify(&self, merchant: &Merchant) {
        let parts = ["paymentId", "merchantTransactionId", "amount", "transactionStatus"];
        let parts = parts.map(|name| self.text(name)).join("|");
        let expected = md5(&format!("{parts}|{}", merchant.secure_key));
        assert_eq!(self.text("checksum"), expected, "{}", self.body);
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let router = Router::new().fallback(keep).with_state(received.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, received, server }
    }

    pub(crate) fn all(&self) -> Vec<Notification> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until `count` notifications have come, and returns all.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Notification> {
        eventually("the notifications arrive", async || self.all().len() >= count).await;
        self.all()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn keep(State(received): State<Received>, headers: HeaderMap, body: Bytes) {
    let headers = format!("{headers:?}");
    let body = String::from_utf8_lossy(&body).into_owned();
    received.lock().unwrap().push(Notification { headers, body });
}
