//! Random sequences of commands, answers and time: whatever comes, no try is given back, no card is bound
//! by a wrong code, no limit is passed, and the events alone make the same state.

use super::given::*;
use crate::{
    entity::{CallResult, Signal},
    ports::IssuerAnswer,
};
use proptest::prelude::*;
use purser_subjects::{
    binding::{
        BindingCommand, BindingEvent, CancelSession, ChargeLimits, ChargeStage, FailureReason,
        IssuerRules, LimitCharges, OpenSession, RequestOtp, ResendOtp, SessionStage, UnbindCard,
        VerifyChallenge,
    },
    connector::IssuerOperation,
};
use uuid::Uuid;

const PER_DAY: i64 = 1_000;

#[derive(Clone, Debug)]
enum Step {
    Command(u8),
    /// The issuer answers one of the operations that run.
    Answer(u8, u8),
    Wake,
    Restart,
    Later(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..10).prop_map(Step::Command),
        6 => (any::<u8>(), 0u8..7).prop_map(|(which, what)| Step::Answer(which, what)),
        1 => Just(Step::Wake),
        1 => Just(Step::Restart),
        1 => (1u32..400).prop_map(Step::Later),
    ]
}

fn challenge(given: &Given) -> Uuid {
    let token = given.state.binding.as_ref().and_then(|binding| binding.token.as_ref());
    let open = token.and_then(|token| token.challenges.keys().next().copied());
    open.unwrap_or(Uuid::nil())
}

fn command(given: &Given, which: u8, number: usize) -> BindingCommand {
    let code = code();
    match which {
        0 => OpenSession { code }.into(),
        1 => enter_card().into(),
        2 | 3 => verify_otp().into(),
        4 => ResendOtp { code }.into(),
        5 => charge(&number.to_string(), 400).into(),
        6 => {
            let mut wanted = charge(&number.to_string(), 300);
            wanted.want_otp = true;
            wanted.into()
        }
        7 => VerifyChallenge { merchant: merchant(), proof: proof(challenge(given)) }.into(),
        8 if number.is_multiple_of(5) => UnbindCard { merchant: merchant(), proof: None }.into(),
        9 if number.is_multiple_of(7) => CancelSession { code }.into(),
        _ => RequestOtp { merchant: merchant() }.into(),
    }
}

fn said(what: u8) -> IssuerAnswer {
    match what {
        0 => sent(),
        1 => bound(IssuerRules::default()),
        2 => IssuerAnswer::Done,
        3 => refused(FailureReason::WrongOtp),
        4 => refused(FailureReason::CardRefused),
        5 => IssuerAnswer::NeverReceived,
        _ => IssuerAnswer::Unknown,
    }
}

/// What must hold whatever happened.
fn check(given: &Given) {
    assert_eq!(given.replayed(), given.state);
    let binding = given.state.binding.as_ref().unwrap();
    if let Some(enrolment) = &binding.enrolment {
        assert!(enrolment.tries <= 3 && enrolment.resends <= 3, "{enrolment:?}");
    }
    let verifies = |event: &&BindingEvent| matches!(event, BindingEvent::OtpTried(_));
    let entered = |event: &&BindingEvent| matches!(event, BindingEvent::CardEntered(_));
    let bound = |event: &&BindingEvent| matches!(event, BindingEvent::CardBound(_));
    assert!(given.events.iter().filter(bound).count() <= 1, "bound once");
    let cards = given.events.iter().filter(entered).count();
    assert!(given.events.iter().filter(verifies).count() <= 3 * cards.max(1));
    assert_eq!(binding.token.is_some(), binding.stage == SessionStage::Bound);
    assert!(binding.token.is_none() || binding.enrolment.is_none());
    let Some(token) = &binding.token else { return };
    assert_eq!(token.is_alive(), binding.claim().is_some());
    assert_eq!(token.is_alive(), token.stored_card.is_some());
    let counts = |stage| matches!(stage, ChargeStage::Accepted | ChargeStage::AwaitingOtp);
    let used: i64 = token
        .charges
        .values()
        .filter(|charge| counts(charge.stage))
        .map(|charge| charge.amount.minor)
        .sum();
    assert!(used <= PER_DAY, "{used} were charged in a day");
    let waits = |(id, running): (&Uuid, &super::super::Running)| {
        running.kind == IssuerOperation::Unbind
            || running.challenge.is_some_and(|of| token.challenges.contains_key(&of))
            || panic!("{id} runs for nothing")
    };
    assert!(binding.running.iter().all(waits));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_breaks_a_binding(
        is_bound in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut given = if is_bound {
            let per_day = Some(idr(PER_DAY));
            let limits = ChargeLimits { per_payment: None, per_day };
            bound_card().and(LimitCharges { merchant: merchant(), limits, proof: None })
        } else {
            issued()
        };
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Command(which) => {
                    // A charge of an unlimited token is not what this is about.
                    if !is_bound && matches!(which, 5 | 6) {
                        continue;
                    }
                    let command = command(&given, which, number);
                    let _ = given.when(command);
                }
                Step::Answer(which, what) => {
                    let running = &given.state.binding.as_ref().unwrap().running;
                    let Some(id) = running.keys().nth(usize::from(which) % running.len().max(1))
                    else {
                        continue;
                    };
                    let (id, result) = (*id, CallResult::Issuer(said(what)));
                    let waits = !running[&id].told;
                    let effects = given.signal(Signal::CallDone { id, result });
                    let over =
                        !given.state.binding.as_ref().unwrap().running.contains_key(&id);
                    let unbinds = |event: &BindingEvent| {
                        use BindingEvent::{UnbindConfirmed, UnbindRepeated};
                        matches!(event, UnbindConfirmed(_) | UnbindRepeated(_))
                    };
                    let is_unbinding = effects.events.iter().any(unbinds);
                    if over && waits && !is_unbinding {
                        prop_assert!(effects.completions.iter().any(|(of, _)| *of == id));
                    }
                }
                Step::Wake => drop(given.signal(Signal::Wake)),
                Step::Restart => drop(given.signal(Signal::Restarted)),
                Step::Later(secs) => drop(later(&mut given, secs.into())),
            }
            check(&given);
        }
    }
}
