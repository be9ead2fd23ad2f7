//! Following messages.

use super::readable;
use crate::{
    bus::nats::{NatsBus, StreamSettings},
    config::Config,
    platform::nats_settings,
    terminal::{Failure, chain, print, say},
};
use purser_actors::ports::{Bus, BusMessage};
use serde_json::{Value, json};

/// Prints `count` messages on subjects that match `pattern`.
pub(super) async fn run(
    config: &Config,
    pattern: &str,
    as_json: bool,
    count: u64,
) -> Result<(), Failure> {
    if pattern.split('.').next() != Some("purser") {
        return Err(Failure::cannot_begin("a pattern begins with purser, such as purser.evt.>"));
    }
    let settings = nats_settings(config)?.ok_or_else(|| {
        Failure::cannot_begin(
            "nats tail needs --nats-url (PURSER_NATS_URL): without it messages stay in the process",
        )
    })?;
    // Whoever looks on changes nothing.
    let streams = StreamSettings { manage: false, ..settings.streams.clone() };
    let settings = crate::bus::nats::NatsSettings { streams, ..settings };
    let bus = NatsBus::connect(settings).await;
    let bus = bus.map_err(|error| Failure::cannot_begin(chain(&error)))?;
    let mut messages = bus
        .follow(pattern)
        .await
        .map_err(|error| Failure::cannot_begin(format!("cannot follow {pattern}: {error}")))?;
    say(&format!("Following {pattern}."));
    for _ in 0..count {
        match messages.next().await {
            Some(message) => print(line(&message, as_json))?,
            None => return Err(Failure::failed("the connection has ended")),
        }
    }
    bus.close().await;
    Ok(())
}

fn line(message: &BusMessage, as_json: bool) -> String {
    let decoded = readable::read(&message.payload);
    let headers = headers(message);
    if as_json {
        let mut object = json!({ "subject": message.subject });
        if headers != json!({}) {
            object["headers"] = headers;
        }
        match decoded {
            Ok(envelope) => object["message"] = envelope,
            Err(_) => object["undecodable_bytes"] = message.payload.len().into(),
        }
        return object.to_string();
    }
    let mut line = message.subject.clone();
    match decoded {
        Ok(envelope) => {
            if let Some(number) = envelope["sequence"].as_i64() {
                line += &format!(" #{number}");
            }
            let contents = envelope.get("payload").unwrap_or(&envelope);
            line += &format!(" {contents}");
        }
        Err(_) => line += &format!(" ({} bytes that are no message)", message.payload.len()),
    }
    if headers != json!({}) {
        line += &format!(" {headers}");
    }
    line
}

/// Headers but the id of the message, which stands in its envelope too.
fn headers(message: &BusMessage) -> Value {
    let told = message.headers.iter().filter(|(name, _)| name != "Nats-Msg-Id");
    let pairs = told.map(|(name, value)| (name.clone(), value.clone().into()));
    Value::Object(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::{Envelope, account::Transferred, encode};
    use uuid::Uuid;

    fn message(payload: Vec<u8>) -> BusMessage {
        BusMessage {
            subject: "purser.evt.account.alice.transferred".to_owned(),
            headers: Vec::new(),
            payload: payload.into(),
            responder: None,
        }
    }

    #[test]
    fn an_event_is_a_line() {
        let transfer = Uuid::from_u128(7);
        let mut envelope = Envelope::new("purser", Transferred { transfer });
        envelope.sequence = Some(12);
        let message = message(encode(&envelope));
        assert_eq!(
            line(&message, false),
            format!("purser.evt.account.alice.transferred #12 {{\"transfer\":\"{transfer}\"}}")
        );
        let object: Value = serde_json::from_str(&line(&message, true)).unwrap();
        assert_eq!(object["message"]["sequence"], json!(12));
        assert_eq!(object["message"]["payload"]["transfer"], json!(transfer.to_string()));
    }

    #[test]
    fn what_cannot_be_decoded_is_counted_and_not_shown() {
        let mut dead = message(b"\x814242424242424242".to_vec());
        dead.headers.push(("Purser-Code".to_owned(), "invalid_message".to_owned()));
        for line in [line(&dead, false), line(&dead, true)] {
            assert!(line.contains("17") && line.contains("invalid_message"), "{line}");
            assert!(!line.contains("4242"), "{line}");
        }
    }
}
