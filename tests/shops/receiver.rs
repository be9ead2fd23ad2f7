//! The merchants' end of notifications: notes every arrival, is slow now and then, and sometimes
//! refuses a first attempt.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, time::sleep};

/// One of so many deliveries is refused at its first attempt.
const REFUSED: u128 = 64;
/// One of so many is answered slowly.
const SLOW: u128 = 16;
const SLOWLY: Duration = Duration::from_millis(250);

/// One notification as it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) path: String,
    pub(crate) delivery: String,
    pub(crate) sequence: usize,
    pub(crate) body: Value,
    pub(crate) accepted: bool,
}

/// All arrivals, in their order, by the merchant's id of the payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receiver(Arc<Mutex<HashMap<String, Vec<Arrival>>>>);

impl Receiver {
    /// Listens on a free port of this machine.
    pub(crate) async fn listen() -> (Self, SocketAddr) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let router = Router::new().fallback(arrive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, address)
    }

    /// What has come about the payment `reference`.
    pub(crate) fn of(&self, reference: &str) -> Vec<Arrival> {
        let arrivals = self.0.lock().expect("no holder panics");
        arrivals.get(reference).cloned().unwrap_or_default()
    }

    /// The greatest sequence number that was accepted about the payment `reference`; everything below
    /// it came before, which is checked elsewhere.
    pub(crate) fn accepted(&self, reference: &str) -> usize {
        let arrivals = self.0.lock().expect("no holder panics");
        let about = arrivals.get(reference).map(Vec::as_slice).unwrap_or_default();
        about.iter().filter(|arrival| arrival.accepted).map(|a| a.sequence).max().unwrap_or(0)
    }

    /// How many notifications came, repeated ones included.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().expect("no holder panics").values().map(Vec::len).sum()
    }
}

async fn arrive(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_else(|| panic!("a notification without {name}")).to_owned()
    };
    let body: Value = serde_json::from_slice(&body).expect("a notification is JSON");
    let delivery = header("purser-delivery");
    let draw = delivery.parse::<uuid::Uuid>().expect("a delivery's id is a UUID").as_u128();
    let accepted = !(header("purser-attempt") == "1" && draw.is_multiple_of(REFUSED));
    let sequence = header("purser-sequence").parse().expect("a sequence is a number");
    let reference = body["merchantTransactionId"].as_str().unwrap_or_default().to_owned();
    let path = uri.path().to_owned();
    let arrival = Arrival { path, delivery, sequence, body, accepted };
    receiver.0.lock().expect("no holder panics").entry(reference).or_default().push(arrival);
    if draw % SLOW == 1 {
        sleep(SLOWLY).await;
    }
    if accepted { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}
