//! Given an endpoint, when it is asked something or an attempt has ended, then effects.

mod attempts;
mod commands;
mod replays;

use super::Callback;
use crate::{
    entity::{CallResult, Effects, Signal, given::Given},
    ports::{Attempt, AttemptLog, AttemptOutcome, Delivery, DueDelivery},
};
use purser_subjects::{
    EntityKey, EntityKind, Sealed, Timestamp,
    callback::{
        CallbackEvent, EndpointSecret, EndpointSettings, InquireEndpoint, RegisterEndpoint,
    },
};
use std::time::Duration;
use uuid::Uuid;

const URL: &str = "https://shop.example/cb?key=secret";

fn delivery(attempts: u32, at: Timestamp) -> Delivery {
    Delivery {
        id: Uuid::from_u128(7),
        endpoint: "endpoint".parse().unwrap(),
        merchant: "10001".parse().unwrap(),
        object: EntityKey::new(EntityKind::Transaction, "payment".parse().unwrap()),
        sequence: 1,
        event: None,
        format: "gateway".to_owned(),
        url: URL.to_owned(),
        payload: "{}".into(),
        created_at: at,
        due_at: at,
        attempts,
        round: 0,
    }
}

fn standard(attempts: u32, at: Timestamp) -> Delivery {
    let format = Delivery::STANDARD.to_owned();
    Delivery { format, url: String::new(), ..delivery(attempts, at) }
}

fn secret(byte: u8) -> EndpointSecret {
    EndpointSecret { hmac: Sealed::from_ciphertext(vec![byte; 40]), ed25519: None }
}

fn register() -> RegisterEndpoint {
    RegisterEndpoint {
        merchant: "10001".parse().unwrap(),
        url: URL.to_owned(),
        events: vec!["payment.*".to_owned()],
        description: String::new(),
        secret: secret(1),
        settings: EndpointSettings::default(),
    }
}

fn endpoint() -> Given<Callback> {
    Given::nothing("endpoint")
}

fn registered() -> Given<Callback> {
    endpoint().and(register())
}

fn refused(status: u16) -> AttemptOutcome {
    let error = format!("answered {status}");
    AttemptOutcome::Failed { http_status: Some(status), error, retry_after: None }
}

fn failed(retry_after: Option<Duration>) -> AttemptOutcome {
    let error = "answered 503".to_owned();
    AttemptOutcome::Failed { http_status: Some(503), error, retry_after }
}

fn accepted() -> AttemptOutcome {
    AttemptOutcome::Accepted { http_status: 204 }
}

fn ends(
    endpoint: &mut Given<Callback>,
    delivery: Delivery,
    attempt: Attempt,
) -> Effects<CallbackEvent> {
    let id = Uuid::from_u128(9);
    let due = DueDelivery { url: delivery.url.clone(), delivery, secrets: Vec::new() };
    let result = CallResult::Delivery(Box::new(due), attempt);
    endpoint.signal(Signal::CallDone { id, result })
}

fn ended(
    endpoint: &mut Given<Callback>,
    attempts: u32,
    outcome: AttemptOutcome,
) -> Effects<CallbackEvent> {
    let delivery = delivery(attempts, endpoint.now);
    ends(endpoint, delivery, Attempt::Made { outcome, log: AttemptLog::default() })
}

fn view(endpoint: &mut Given<Callback>) -> purser_subjects::callback::EndpointView {
    crate::entity::given::reply(&endpoint.when(InquireEndpoint::default()).unwrap())
}

fn names(effects: &Effects<CallbackEvent>) -> Vec<&'static str> {
    effects.events.iter().map(purser_subjects::Event::name).collect()
}
