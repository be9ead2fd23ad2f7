//! Time, restarts and issuers that do not answer.

use super::given::*;
use crate::{
    entity::{CallTarget, Signal},
    ports::IssuerAnswer,
};
use purser_subjects::{
    ErrorCode,
    binding::{
        BindingEvent, BindingReply, BindingView, ChargeStage, FailureReason, IssuerRules,
        OpenSession, SessionStage, TokenStatus, VerifyChallenge,
    },
    callback::NoticeType,
};

fn wake_at(given: &Given) -> Option<purser_subjects::Timestamp> {
    given.state.binding.as_ref().unwrap().wake_at()
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    for mut given in [issued(), otp_sent()] {
        let due = view(&given).expires_at;
        assert!(wake_at(&given).unwrap() <= due);
        given.now = due;
        let effects = given.signal(Signal::Wake);
        assert_eq!(view(&given).stage, SessionStage::Expired);
        assert_eq!(effects.notices[0].event, NoticeType::BindingFailed);
        assert_eq!(wake_at(&given), None);
        // The card is free for another session.
        assert_eq!(given.state.binding.as_ref().unwrap().claim(), None);
        assert!(given.signal(Signal::Wake).events.is_empty());
        assert_eq!(given.replayed(), given.state);
    }
}

#[test]
fn whoever_comes_late_is_told_before_the_timer() {
    let mut given = otp_sent();
    later(&mut given, VALID_SECS.into());
    let effects = given.when(OpenSession { code: code() }).unwrap();
    let view: BindingView = crate::entity::given::reply(&effects);
    assert_eq!(view.stage, SessionStage::Expired);
    let mut given = issued();
    later(&mut given, VALID_SECS.into());
    let effects = given.when(enter_card()).unwrap();
    assert!(effects.calls.is_empty());
    assert_eq!(super::given::view(&given).stage, SessionStage::Expired);
}

#[test]
fn the_issuer_is_waited_for_although_the_time_is_over() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    later(&mut given, VALID_SECS.into());
    given.signal(Signal::Wake);
    assert_eq!(view(&given).stage, SessionStage::Verifying);
    let view: BindingView = told(&answer(&mut given, bound(IssuerRules::default()))).unwrap();
    assert_eq!(view.stage, SessionStage::Bound);
}

#[test]
fn after_a_restart_the_issuer_is_asked_what_became_of_it() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    let effects = given.signal(Signal::Restarted);
    assert!(matches!(effects.calls[0].target, CallTarget::IssuerStatus(_)));
    // The try stays, whatever the issuer says.
    answer(&mut given, IssuerAnswer::NeverReceived);
    assert_eq!(view(&given).otp.unwrap().tries_left, 2);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn an_unknown_outcome_is_told_once_and_found_out() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    let view: BindingView = told(&answer(&mut given, IssuerAnswer::Unknown)).unwrap();
    assert_eq!(view.stage, SessionStage::Verifying);
    let due = wake_at(&given).unwrap();
    given.now = due;
    let effects = given.signal(Signal::Wake);
    assert!(matches!(effects.calls[0].target, CallTarget::IssuerStatus(_)));
    let effects = answer(&mut given, bound(IssuerRules::default()));
    assert!(effects.completions.is_empty());
    assert_eq!(super::given::view(&given).stage, SessionStage::Bound);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn an_issuer_that_never_tells_fails_the_session_after_a_day() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    answer(&mut given, IssuerAnswer::Unknown);
    later(&mut given, 86_401);
    let effects = answer(&mut given, IssuerAnswer::Unknown);
    assert_eq!(view(&given).failure.unwrap().reason, FailureReason::IssuerUnavailable);
    // It may have bound the card: it is told to forget it.
    assert!(matches!(asked(&effects), crate::ports::IssuerTask::Unbind));
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_token_expires_by_the_issuers_rule() {
    let day = 86_400;
    let mut idle = bound_with(IssuerRules { idle_days: Some(90), ..IssuerRules::default() });
    later(&mut idle, 89 * day);
    idle.when(charge("order-1", 1)).unwrap();
    let asking = super::charges::answered(&mut idle, Ok(()));
    assert_eq!(asking.events.len(), 1);
    let due = wake_at(&idle).unwrap();
    assert_eq!(due, idle.now.plus(std::time::Duration::from_secs(90 * day)));
    idle.now = due;
    assert_eq!(idle.refused(charge("order-2", 1)), ErrorCode::TokenLapsed);
    let effects = idle.signal(Signal::Wake);
    assert_eq!(effects.notices[0].event, NoticeType::BindingExpired);
    assert_eq!(view(&idle).token.unwrap().status, TokenStatus::Expired);
    assert_eq!(idle.refused(charge("order-2", 1)), ErrorCode::TokenLapsed);
    assert_eq!(wake_at(&idle), None);
    assert_eq!(idle.replayed(), idle.state);
}

#[test]
fn a_charge_fails_when_nobody_gives_the_code() {
    let rules = IssuerRules { otp_to_charge: true, ..IssuerRules::default() };
    let mut given = bound_with(rules);
    given.when(charge("order-1", 1)).unwrap();
    answer(&mut given, sent());
    given.now = wake_at(&given).unwrap();
    let effects = given.signal(Signal::Wake);
    assert!(matches!(effects.events[..], [BindingEvent::ChallengeEnded(_)]));
    let token = given.state.binding.as_ref().unwrap().token.clone().unwrap();
    assert!(token.charges.values().all(|charge| charge.stage == ChargeStage::Failed));
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn whoever_waits_for_a_token_that_ends_is_answered() {
    let rules = IssuerRules { otp_to_charge: true, idle_days: Some(1), ..IssuerRules::default() };
    let mut given = bound_with(rules);
    given.when(charge("order-1", 1)).unwrap();
    let reply: BindingReply = told(&answer(&mut given, sent())).unwrap();
    let proof = proof(reply.challenge.unwrap().challenge);
    given.when(VerifyChallenge { merchant: merchant(), proof }).unwrap();
    later(&mut given, 86_400);
    let effects = given.signal(Signal::Wake);
    let refusal = told::<BindingReply>(&effects).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::TokenLapsed);
}
