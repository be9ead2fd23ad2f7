//! A merchant's web server for tests: answers as told and records what it is sent.

use super::platform::eventually;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What is answered to one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// This status, without a body.
    Status(u16),
    /// 503 with `Retry-After`, in seconds.
    RetryAfter(u32),
    /// 429 with `Retry-After`, in seconds.
    TooMany(u32),
    /// 200, after so long.
    After(Duration),
    /// Nothing, until the sender gives up.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Default)]
struct Script {
    replies: HashMap<String, VecDeque<Reply>>,
    received: Vec<Received>,
}

/// The server; it stops when dropped. Every path answers 200 unless told otherwise.
pub(crate) struct TestReceiver {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

impl TestReceiver {
    pub(crate) async fn start() -> Self {
        let script = Arc::<Mutex<Script>>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, script, server }
    }

    /// The URL of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next requests to `path` are answered like this.
    pub(crate) fn answer(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut script = self.script();
        script.replies.entry(path.to_owned()).or_default().extend(replies);
    }

    /// Every request so far, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.script().received.clone()
    }

    /// Number of requests so far.
    pub(crate) fn count(&self) -> usize {
        self.script().received.len()
    }

    /// Waits until there were `count` requests; all of them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        let what = format!("{count} requests were received");
        eventually(&what, async || self.count() >= count).await;
        self.received()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }
}

impl Drop for TestReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(script): State<Arc<Mutex<Script>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let reply = {
        let mut script = script.lock().unwrap();
        let reply = script.replies.get_mut(&path).and_then(VecDeque::pop_front);
        script.received.push(Received { path, headers, body });
        reply.unwrap_or(Reply::Status(200))
    };
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::RetryAfter(seconds) => later(StatusCode::SERVICE_UNAVAILABLE, seconds),
        Reply::TooMany(seconds) => later(StatusCode::TOO_MANY_REQUESTS, seconds),
        Reply::After(pause) => {
            tokio::time::sleep(pause).await;
            StatusCode::OK.into_response()
        }
        Reply::Hang => std::future::pending().await,
    }
}

fn later(status: StatusCode, seconds: u32) -> Response {
    (status, [("retry-after", seconds.to_string())]).into_response()
}
