//! The one-time code of a session.

use super::given::*;
use crate::{
    entity::given::reply,
    ports::{IssuerAnswer, IssuerTask},
};
use purser_subjects::{
    ErrorCode,
    binding::{BindingView, FailureReason, IssuerRules, ResendOtp, SessionStage, TokenStatus},
    callback::NoticeType,
};

fn resend() -> ResendOtp {
    ResendOtp { code: code() }
}

#[test]
fn the_right_code_binds_the_card() {
    let mut given = otp_sent();
    let effects = given.when(verify_otp()).unwrap();
    assert!(matches!(asked(&effects), IssuerTask::VerifyOtp { otp, .. } if *otp == sealed(7)));
    let rules = IssuerRules { idle_days: Some(90), ..IssuerRules::default() };
    let effects = answer(&mut given, bound(rules.clone()));
    let view: BindingView = told(&effects).unwrap();
    assert_eq!(view.stage, SessionStage::Bound);
    assert_eq!(view.bank_code.as_deref(), Some("002"));
    let token = view.token.unwrap();
    assert_eq!((token.status, token.rules), (TokenStatus::Active, rules));
    assert_eq!(effects.notices[0].event, NoticeType::BindingBound);
    assert_eq!(effects.notifications.len(), 1);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_try_is_stored_before_the_issuer_is_asked() {
    let mut given = otp_sent();
    let effects = given.when(verify_otp()).unwrap();
    assert_eq!((effects.events.len(), effects.calls.len()), (1, 1));
    assert_eq!(view(&given).otp.unwrap().tries_left, 2);
    assert_eq!(given.refused(verify_otp()), ErrorCode::StateConflict);
}

#[test]
fn the_third_wrong_code_fails_the_session() {
    let mut given = otp_sent();
    for left in [2, 1] {
        given.when(verify_otp()).unwrap();
        let view: BindingView =
            told(&answer(&mut given, refused(FailureReason::WrongOtp))).unwrap();
        assert_eq!((view.stage, view.otp.unwrap().tries_left), (SessionStage::OtpSent, left));
    }
    given.when(verify_otp()).unwrap();
    let view: BindingView = told(&answer(&mut given, refused(FailureReason::WrongOtp))).unwrap();
    assert_eq!(view.stage, SessionStage::Failed);
    assert_eq!(view.failure.unwrap().reason, FailureReason::OtpBlocked);
    assert_eq!(given.refused(verify_otp()), ErrorCode::StateConflict);
}

#[test]
fn another_code_gives_no_further_tries() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    answer(&mut given, refused(FailureReason::WrongOtp));
    for left in [2, 1, 0] {
        let effects = given.when(resend()).unwrap();
        assert!(matches!(asked(&effects), IssuerTask::ResendOtp { .. }));
        let view: BindingView = told(&answer(&mut given, sent())).unwrap();
        let otp = view.otp.unwrap();
        assert_eq!((otp.tries_left, otp.resends_left), (2, left));
    }
    assert_eq!(given.refused(resend()), ErrorCode::TooMany);
}

#[test]
fn a_code_that_never_arrived_counts_all_the_same() {
    let mut given = otp_sent();
    for _ in 0..2 {
        given.when(verify_otp()).unwrap();
        let view: BindingView = told(&answer(&mut given, IssuerAnswer::NeverReceived)).unwrap();
        assert_eq!(view.failure.unwrap().reason, FailureReason::IssuerUnavailable);
    }
    given.when(verify_otp()).unwrap();
    let view: BindingView = told(&answer(&mut given, IssuerAnswer::NeverReceived)).unwrap();
    assert_eq!(view.stage, SessionStage::Failed);
}

#[test]
fn a_code_that_is_too_old_is_not_sent_and_counts_as_no_try() {
    let mut given = otp_sent();
    later(&mut given, 200);
    let effects = given.when(verify_otp()).unwrap();
    assert!(effects.calls.is_empty());
    let view: BindingView = reply(&effects);
    assert_eq!(view.failure.unwrap().reason, FailureReason::OtpExpired);
    assert_eq!(view.otp.unwrap().tries_left, 3);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn what_the_issuer_refuses_for_good_ends_the_session() {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    let view: BindingView = told(&answer(&mut given, refused(FailureReason::CardBlocked))).unwrap();
    assert_eq!(view.stage, SessionStage::Failed);
    assert_eq!(view.failure.unwrap().reason, FailureReason::CardBlocked);
}

#[test]
fn a_bound_card_answers_whoever_waits_for_another_code() {
    let mut given = otp_sent();
    given.when(resend()).unwrap();
    let resending = running(&given);
    given.when(verify_otp()).unwrap();
    let binding = given.state.binding.as_ref().unwrap();
    let verifying = *binding.running.keys().find(|id| **id != resending).unwrap();
    let result = crate::entity::CallResult::Issuer(bound(IssuerRules::default()));
    let effects = given.signal(crate::entity::Signal::CallDone { id: verifying, result });
    let told: Vec<_> = effects.completions.iter().map(|(id, _)| *id).collect();
    assert!(told.contains(&verifying) && told.contains(&resending), "{told:?}");
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn another_code_while_one_is_looked_at_changes_no_stage() {
    let mut given = otp_sent();
    given.when(resend()).unwrap();
    let resending = running(&given);
    given.when(verify_otp()).unwrap();
    let result = crate::entity::CallResult::Issuer(sent());
    given.signal(crate::entity::Signal::CallDone { id: resending, result });
    assert_eq!(view(&given).stage, SessionStage::Verifying);
}
