//! Answers that the way gives in the receiver's place. Their bytes are an answer of the contract, so
//! that programs in other languages need not know the header.

use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use purser_actors::ports::BusError;
use purser_subjects::{Answer, ErrorCode, Rejection, headers};

/// What became of a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The receiver's queue was full; nothing was done.
    Overloaded,
    /// The receiver dropped the request.
    Unanswered,
}

impl Status {
    /// Headers and bytes of the answer that says so.
    pub(super) fn answer(self) -> (HeaderMap, Bytes) {
        let (token, code, why) = match self {
            Self::Overloaded => {
                ("overloaded", ErrorCode::Overloaded, "the receiver's queue is full")
            }
            Self::Unanswered => {
                ("unanswered", ErrorCode::Unavailable, "the receiver dropped the request")
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(headers::STATUS, token);
        let rejection = Rejection::new(code, why).retry_after_ms(1_000);
        (headers, Answer::<()>::Error(rejection).to_bytes().into())
    }
}

/// What a message says in the receiver's place; `None` when it is the receiver's own answer.
pub(super) fn read(message: &Message) -> Option<BusError> {
    let token = message.headers.as_ref()?.get(headers::STATUS)?;
    Some(if token.as_str() == "overloaded" { BusError::Overloaded } else { BusError::Disconnected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(headers: Option<HeaderMap>, payload: Bytes) -> Message {
        Message {
            subject: "inbox.1".into(),
            reply: None,
            length: payload.len(),
            payload,
            headers,
            status: None,
            description: None,
        }
    }

    #[test]
    fn both_kinds_of_askers_learn_what_happened() {
        for (status, error, code) in [
            (Status::Overloaded, BusError::Overloaded, ErrorCode::Overloaded),
            (Status::Unanswered, BusError::Disconnected, ErrorCode::Unavailable),
        ] {
            let (headers, payload) = status.answer();
            let Ok(Answer::<()>::Error(rejection)) = Answer::from_bytes(&payload) else { panic!() };
            assert_eq!(rejection.code, code);
            assert_eq!(read(&received(Some(headers), payload)), Some(error));
        }
        assert_eq!(read(&received(None, Bytes::new())), None);
        assert_eq!(read(&received(Some(HeaderMap::new()), Bytes::new())), None);
    }
}
