//! What surrounds every command, event and reply.

use crate::{
    codec::{DecodeError, decode, encode},
    error::{ErrorCode, Rejection},
    timestamp::Timestamp,
    verbs::Command,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;
use uuid::Uuid;

/// Version of the envelope that this build writes. Readers accept this and every older one.
pub const SCHEMA_VERSION: u16 = 1;

/// A command, query or event with what its receiver must know about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<P> {
    /// Schema version, 1 ([`SCHEMA_VERSION`]).
    pub v: u16,
    /// Id of this message. A sender draws a UUID version 7; an event's is derived (version 8) from its
    /// entity and number, so that it is the same however often the event is published.
    pub id: Uuid,
    /// Id shared by all messages that one outside request caused.
    pub correlation: Uuid,
    /// Id of the message that caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<Uuid>,
    /// Commands with one key and one receiver take effect once; 1 to 255 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Digest that tells whether two commands with one key are the same, where the payload's own
    /// digest cannot (it holds ciphertext). Must be keyed if it covers card data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<ByteBuf>,
    /// After this point the sender no longer waits; a command not begun by then has no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Number of an event among those of its entity, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// Who sent it, for people and logs.
    pub sender: String,
    /// The command, query or event itself.
    pub payload: P,
}

impl<P> Envelope<P> {
    /// An envelope with a fresh id that starts a correlation of its own.
    pub fn new(sender: impl Into<String>, payload: P) -> Self {
        let id = Uuid::now_v7();
        Self {
            v: SCHEMA_VERSION,
            id,
            correlation: id,
            causation: None,
            key: None,
            fingerprint: None,
            deadline: None,
            sequence: None,
            sender: sender.into(),
            payload,
        }
    }

    /// The same envelope around another payload.
    pub fn map<Q>(self, payload: impl FnOnce(P) -> Q) -> Envelope<Q> {
        Envelope {
            v: self.v,
            id: self.id,
            correlation: self.correlation,
            causation: self.causation,
            key: self.key,
            fingerprint: self.fingerprint,
            deadline: self.deadline,
            sequence: self.sequence,
            sender: self.sender,
            payload: payload(self.payload),
        }
    }
}

impl Envelope<()> {
    /// The bytes of this envelope around a payload that is encoded already.
    pub fn encode_around(&self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = encode(self);
        // The payload is the last field; `()` takes one byte.
        bytes.pop();
        bytes.extend_from_slice(payload);
        bytes
    }
}

/// Decodes the command `verb` with its envelope.
///
/// # Errors
/// `unknown_verb`, or `invalid_message` for bytes of another shape or a newer schema version.
pub fn decode_command<C: Command>(verb: &str, bytes: &[u8]) -> Result<Envelope<C>, Rejection> {
    let envelope = C::decode(verb, bytes)
        .ok_or_else(|| Rejection::new(ErrorCode::UnknownVerb, format!("no verb {verb:.40}")))?
        .map_err(|error| Rejection::new(ErrorCode::InvalidMessage, error.to_string()))?;
    let invalid = |why: &str| Err(Rejection::new(ErrorCode::InvalidMessage, why));
    if envelope.v == 0 || envelope.v > SCHEMA_VERSION {
        return invalid("the schema version is zero, or newer than this node reads");
    }
    if envelope.key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 255) {
        return invalid("an idempotency key has 1 to 255 bytes");
    }
    if envelope.fingerprint.as_ref().is_some_and(|digest| digest.len() != 32) {
        return invalid("a fingerprint has 32 bytes");
    }
    Ok(envelope)
}

/// The answer to a command or query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer<R> {
    /// Done; the reply of the verb.
    Ok(R),
    /// Refused.
    Error(Rejection),
}

impl<R> Answer<R> {
    /// The answer as a result.
    ///
    /// # Errors
    /// The [`Rejection`] of a refusal.
    pub fn into_result(self) -> Result<R, Rejection> {
        match self {
            Self::Ok(reply) => Ok(reply),
            Self::Error(rejection) => Err(rejection),
        }
    }
}

impl<R: Serialize> Answer<R> {
    /// The answer's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl<R: DeserializeOwned> Answer<R> {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are no answer with such a reply.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{AccountCommand, Transfer};

    fn transfer() -> Transfer {
        let amount = crate::Money::new(1, "EUR".parse().unwrap());
        Transfer { to: "bob".parse().unwrap(), amount, effective: None, memo: None }
    }

    fn refusal(change: impl FnOnce(&mut Envelope<Transfer>)) -> ErrorCode {
        let mut envelope = Envelope::new("test", transfer());
        change(&mut envelope);
        decode_command::<AccountCommand>("transfer", &encode(&envelope)).unwrap_err().code
    }

    #[test]
    fn an_envelope_around_encoded_bytes_equals_one_around_the_value() {
        let envelope = Envelope::new("test", transfer());
        let around = envelope.clone().map(|_| ()).encode_around(&encode(&transfer()));
        assert_eq!(around, encode(&envelope));
    }

    #[test]
    fn versions_keys_and_fingerprints_out_of_range_are_refused() {
        assert_eq!(refusal(|e| e.v = 0), ErrorCode::InvalidMessage);
        assert_eq!(refusal(|e| e.v = SCHEMA_VERSION + 1), ErrorCode::InvalidMessage);
        assert_eq!(refusal(|e| e.key = Some(String::new())), ErrorCode::InvalidMessage);
        assert_eq!(refusal(|e| e.key = Some("k".repeat(256))), ErrorCode::InvalidMessage);
        let short = ByteBuf::from([0; 31]);
        assert_eq!(refusal(|e| e.fingerprint = Some(short)), ErrorCode::InvalidMessage);
    }

    #[test]
    fn unknown_verbs_are_refused_before_the_bytes_are_looked_at() {
        let refused = decode_command::<AccountCommand>("teleport", b"").unwrap_err();
        assert_eq!(refused.code, ErrorCode::UnknownVerb);
    }
}
