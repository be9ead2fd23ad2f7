//! A client as merchants have it: it repeats a request, unchanged, until it has a complete answer.

use serde_json::Value;
use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

const PREFIX: &str = "/transactionServices/REST/v1";
/// Pause before a request is repeated.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a request is usually repeated before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than any wait of the server.
const TIMEOUT: Duration = Duration::from_secs(65);

/// A request, with everything that makes it the same one when it is repeated.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) token: String,
    pub(crate) key: Option<String>,
    /// Sent as a form, otherwise as JSON.
    pub(crate) as_form: bool,
}

/// The body of a complete answer with status 200.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer(Vec<u8>);

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.0).unwrap_or_else(|_| panic!("no JSON: {self}"))
    }

    /// A text at the top level; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["result"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Talks to the servers wherever they are at present.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    patience: Duration,
    addresses: Arc<Mutex<Vec<String>>>,
    turn: Arc<AtomicUsize>,
    counts: Arc<Counts>,
}

/// Requests that had to be repeated.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Without a complete answer.
    cut_off: AtomicU64,
    /// Because the server asked for it.
    refused: AtomicU64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cut_off, refused] = [&self.cut_off, &self.refused].map(|n| n.load(Ordering::Relaxed));
        write!(f, "{cut_off} requests were cut off, {refused} answered 503")
    }
}

impl Client {
    pub(crate) fn new(patience: Duration) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build();
        Self {
            http: http.expect("an HTTP client"),
            patience,
            addresses: Arc::default(),
            turn: Arc::default(),
            counts: Arc::default(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The servers are at `addresses` from now on, or stopped. Nobody else is asked: a port may be another
    /// process's then.
    pub(crate) fn moved<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) {
        let addresses = addresses.into_iter().map(str::to_owned).collect();
        *self.addresses.lock().expect("no holder panics") = addresses;
    }

    /// One server after the other.
    fn address(&self) -> Option<String> {
        let addresses = self.addresses.lock().expect("no holder panics");
        let turn = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(addresses.len())?;
        Some(addresses[turn].clone())
    }

    /// One try; `None` without a complete answer, and when the server asks for a repetition.
    pub(crate) async fn try_once(&self, request: &Request) -> Option<Answer> {
        let address = self.address()?;
        let Some((status, may_retry, answer)) = self.send(&address, request).await else {
            self.counts.cut_off.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        match status {
            200 => Some(answer),
            503 if may_retry && answer.code().starts_with("2050") => {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                None
            }
            _ => panic!("{} was answered {status}: {answer}", request.path),
        }
    }

    /// Status, whether a repetition is asked for, and body.
    async fn send(&self, address: &str, request: &Request) -> Option<(u16, bool, Answer)> {
        let url = format!("http://{address}{PREFIX}{}", request.path);
        let mut sent = self.http.post(url).header("AuthToken", &request.token);
        if let Some(key) = &request.key {
            sent = sent.header("Idempotency-Key", key);
        }
        let (content_type, body) = if request.as_form {
            let mut form = form_urlencoded::Serializer::new(String::new());
            ("application/x-www-form-urlencoded", form.extend_pairs(&request.fields).finish())
        } else {
            let fields = request.fields.iter().map(|(name, text)| (*name, text.as_str().into()));
            let fields: serde_json::Map<String, Value> =
                fields.map(|(name, value)| (name.to_owned(), value)).collect();
            ("application/json", Value::from(fields).to_string())
        };
        let answer = sent.header("content-type", content_type).body(body).send().await.ok()?;
        let status = answer.status().as_u16();
        let may_retry = answer.headers().contains_key("retry-after");
        let answer = Answer(answer.bytes().await.ok()?.to_vec());
        Some((status, may_retry, answer))
    }

    /// Repeats the request until it is answered.
    pub(crate) async fn ask(&self, request: &Request) -> Answer {
        let give_up = Instant::now() + self.patience;
        loop {
            if let Some(answer) = self.try_once(request).await {
                return answer;
            }
            assert!(Instant::now() < give_up, "never answered: {request:?}");
            sleep(PAUSE).await;
        }
    }
}
