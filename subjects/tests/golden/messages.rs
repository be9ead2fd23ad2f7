//! What surrounds and makes up the messages of all entities.

use super::{
    case::{Case, part},
    samples::{currency, entity, eur, sealed, text, time, uuid},
};
use purser_subjects::{
    Answer, EntityKey, EntityKind, Envelope, ErrorCode, Rejection, Timestamp,
    account::{Transfer, Transferred},
};
use serde_bytes::ByteBuf;

fn least<P>(payload: P) -> Envelope<P> {
    Envelope {
        v: 1,
        id: uuid(1),
        correlation: uuid(1),
        causation: None,
        key: None,
        fingerprint: None,
        deadline: None,
        sequence: None,
        sender: text("billing"),
        payload,
    }
}

fn whole<P>(payload: P) -> Envelope<P> {
    Envelope {
        correlation: uuid(2),
        causation: Some(uuid(3)),
        key: Some(text("invoice-2024-7")),
        fingerprint: Some(ByteBuf::from([7; 32])),
        deadline: Some(time(1)),
        sequence: Some(12),
        ..least(payload)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let transfer =
        Transfer { to: "bob".parse().unwrap(), amount: eur(1_250), effective: None, memo: None };
    let rejection = Rejection::new(ErrorCode::InsufficientFunds, "1250 asked for, 7 available");
    vec![
        part("envelope", "", whole(transfer.clone())),
        part("envelope", "least", least(transfer)),
        part("envelope", "empty", whole(())),
        part("answer", "ok", Answer::Ok(Transferred { transfer: uuid(4) })),
        part("answer", "error", Answer::<Transferred>::Error(rejection.clone())),
        part("rejection", "", rejection),
        part(
            "rejection",
            "retryable",
            Rejection::new(ErrorCode::Overloaded, "too much waits").retry_after_ms(1_000),
        ),
        part("money", "", eur(-9_223_372_036_854_775_807)),
        part("currency", "", currency("JPY")),
        part("entity-id", "", entity("A-z_0")),
        part("entity-key", "", EntityKey::new(EntityKind::Transaction, entity("0af7"))),
        part("timestamp", "", Timestamp::from_millis(-1)),
        part("sealed", "", sealed(0)),
    ]
}
