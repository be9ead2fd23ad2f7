//! What becomes of a unit that is refused for good.

use super::{account, group, unit, work};
use crate::{
    journal::{NewEvent, Unit, Work},
    ports::{AnswerKey, AnswerWrite},
};
use bytes::Bytes;
use purser_subjects::{Answer, ErrorCode, Rejection};
use tokio::sync::oneshot;

const KEY: AnswerKey = AnswerKey([1; 16]);

fn frozen() -> Rejection {
    Rejection::new(ErrorCode::AccountFrozen, "the account is frozen")
}

/// A transfer by a command with a key.
fn transfer() -> Work {
    let event = NewEvent { name: "transferred", payload: Bytes::new() };
    let answers =
        vec![AnswerWrite::Insert { key: KEY, digest: [7; 32], answer: Some("done".into()) }];
    let groups = vec![group(&[("alice", 5), ("bob", -5)])];
    Work { events: vec![event], groups, held: 3, answers, ..work(account("alice")) }
}

fn is_refusal(answer: &[u8]) -> bool {
    matches!(Answer::<()>::from_bytes(answer), Ok(Answer::Error(refusal)) if refusal == frozen())
}

#[test]
fn a_definite_refusal_by_the_store_is_stored_as_the_answer() {
    let (caller, mut answered) = oneshot::channel();
    let mut refused = unit(transfer());
    refused.completion.replies.push((caller, "done".into()));
    assert!(refused.becomes_refusal(&frozen()), "it has a key");
    let Unit { work: Some(work), completion, .. } = refused else { panic!("it is stored") };
    assert!(work.events.is_empty() && work.groups.is_empty() && work.held == 0);
    let [AnswerWrite::Insert { key: KEY, digest, answer: Some(answer) }] = &work.answers[..] else {
        panic!("one answer under the key")
    };
    assert_eq!(*digest, [7; 32]);
    assert!(is_refusal(answer) && is_refusal(&completion.replies[0].1));
    assert!(answered.try_recv().is_err(), "nobody is answered before the commit");
}

#[test]
fn other_refusals_are_only_told() {
    let keyless = Work { answers: Vec::new(), ..transfer() };
    assert!(!unit(keyless).becomes_refusal(&frozen()));
    let retry = Rejection::new(ErrorCode::Unavailable, "read afresh");
    assert!(!unit(transfer()).becomes_refusal(&retry));
    let outcome = Work { completes_operation: true, ..transfer() };
    assert!(!unit(outcome).becomes_refusal(&frozen()));
}
