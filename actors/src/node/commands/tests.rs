use super::*;
use crate::ports::Receipt;
use async_trait::async_trait;
use purser_subjects::{account::ReadBalance, encode};

struct Nobody;

#[async_trait]
impl Receipt for Nobody {
    async fn ack(self: Box<Self>) -> Result<(), BusError> {
        Ok(())
    }

    async fn retry_after(self: Box<Self>, _: Duration) -> Result<(), BusError> {
        Ok(())
    }

    async fn bury(self: Box<Self>, _: &Rejection) -> Result<(), BusError> {
        Ok(())
    }
}

fn command(subject: &str, payload: Vec<u8>) -> DurableCommand {
    DurableCommand::new(subject.to_owned(), payload.into(), 1, Box::new(Nobody))
}

fn keyed() -> Vec<u8> {
    encode(&Envelope { key: Some("k".into()), ..Envelope::new("test", ReadBalance::default()) })
}

#[test]
fn a_command_goes_to_the_entity_of_its_subject() {
    let to = receiver(&command("purser.cmd.account.39.alice.transfer", keyed()), 64).unwrap();
    assert_eq!(Subject::Ask(to).to_string(), "purser.ask.account.39.alice.transfer");
}

#[test]
fn what_can_never_be_delivered_is_buried() {
    let subject = "purser.cmd.account.39.alice.transfer";
    let unkeyed = encode(&Envelope::new("test", ReadBalance::default()));
    for (command, why) in [
        (command(subject, unkeyed), "idempotency key"),
        (command(subject, b"\xc1".to_vec()), ""),
        (command(subject, Vec::new()), ""),
        (command("purser.cmd.account.40.alice.transfer", keyed()), "another of the 64 partitions"),
        (command("purser.cmd.robot.39.alice.transfer", keyed()), "unknown entity"),
        (command("purser.cmd.nonsense", keyed()), "no subject"),
        (command("purser.ask.account.39.alice.transfer", keyed()), "not one of a command"),
    ] {
        let refused = receiver(&command, 64).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidMessage);
        assert!(refused.message.contains(why), "{refused}");
    }
}

#[test]
fn the_answer_decides() {
    let refusal = |code| Answer::<()>::Error(Rejection::new(code, "why")).to_bytes();
    assert_eq!(judge(Ok(&Answer::Ok(7).to_bytes()), 1), Verdict::Done);
    for code in ErrorCode::ALL.iter().copied() {
        let verdict = judge(Ok(&refusal(code)), 1);
        let is_transient = matches!(code, ErrorCode::Overloaded | ErrorCode::Unavailable);
        assert_eq!(matches!(verdict, Verdict::Again(_)), is_transient, "{code}: {verdict:?}");
        assert_eq!(matches!(verdict, Verdict::Never(_)), !is_transient, "{code}: {verdict:?}");
    }
    assert_eq!(judge(Ok(b"\xc1"), 1), Verdict::Again(PAUSES.0));
    for error in [BusError::NoResponder, BusError::Timeout, BusError::Disconnected] {
        assert_eq!(judge(Err(error), 1), Verdict::Again(PAUSES.0));
    }
    assert!(matches!(judge(Err(BusError::TooLarge), 1), Verdict::Never(_)));
}

#[test]
fn pauses_double_up_to_their_limit_and_follow_the_receiver() {
    let pauses: Vec<u128> = [0, 1, 2, 3, 9, 10, u64::MAX].map(|n| pause(n).as_millis()).into();
    assert_eq!(pauses, [100, 100, 200, 400, 25_600, 30_000, 30_000]);
    let asked = |ms| {
        Answer::<()>::Error(Rejection::new(ErrorCode::Overloaded, "").retry_after_ms(ms)).to_bytes()
    };
    assert_eq!(judge(Ok(&asked(1_000)), 1), Verdict::Again(Duration::from_secs(1)));
    assert_eq!(judge(Ok(&asked(u32::MAX)), 1), Verdict::Again(PAUSES.1));
}

#[test]
fn what_has_been_tried_too_often_is_buried() {
    let again = || Verdict::Again(PAUSES.0);
    assert_eq!(bounded(again(), 2, 3), again());
    assert!(matches!(bounded(again(), 3, 3), Verdict::Never(_)));
    assert_eq!(bounded(Verdict::Done, 3, 3), Verdict::Done);
}
