//! From the beginning of a session to the card.

use super::given::*;
use crate::{entity::given::reply, ports::IssuerTask};
use purser_subjects::{
    ErrorCode, Rejection,
    binding::{BindingView, CancelSession, FailureReason, IssueSession, OpenSession, SessionStage},
    callback::NoticeType,
    merchant::{MerchantStanding, MerchantStatus},
};

fn open() -> OpenSession {
    OpenSession { code: code() }
}

fn cancel() -> CancelSession {
    CancelSession { code: code() }
}

#[test]
fn a_session_is_begun_opened_and_asks_for_a_card() {
    let mut given = nothing();
    let view: BindingView = reply(&given.when(issue()).unwrap());
    assert_eq!((view.stage, view.cards_left), (SessionStage::Issued, 3));
    assert_eq!(view.expires_at, later(&mut given, VALID_SECS.into()));
    given.now = view.created_at;
    let view: BindingView = reply(&given.when(open()).unwrap());
    assert_eq!(view.stage, SessionStage::Opened);
    // Looking again changes nothing.
    assert!(given.when(open()).unwrap().events.is_empty());
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_state_begins_one_session() {
    let mut given = issued();
    let other = IssueSession { code: digest(0xc1), ..issue() };
    assert_eq!(given.refused(other), ErrorCode::AlreadyExists);
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let long = |length: usize| "x".repeat(length);
    for wrong in [
        IssueSession { state: "another".into(), ..issue() },
        IssueSession { merchant: "10002".parse().unwrap(), ..issue() },
        IssueSession { code: "c0".into(), ..issue() },
        IssueSession { code: digest(0xc0).to_uppercase(), ..issue() },
        IssueSession { valid_secs: 0, ..issue() },
        IssueSession { valid_secs: 3_601, ..issue() },
        IssueSession { scopes: vec![long(65)], ..issue() },
        IssueSession { scopes: vec![String::new(); 9], ..issue() },
        IssueSession { redirect_url: Some(long(2_049)), ..issue() },
        IssueSession { failure_redirect_url: Some(long(2_049)), ..issue() },
        IssueSession { customer: Some(String::new()), ..issue() },
        IssueSession { customer: Some(long(65)), ..issue() },
        IssueSession { phone: Some("12345678".into()), ..issue() },
        IssueSession { phone: Some("+62812345678".into()), ..issue() },
        IssueSession { bank_code: Some("02".into()), ..issue() },
        IssueSession { details: [("a".into(), long(256))].into(), ..issue() },
    ] {
        let mut given = nothing();
        assert_eq!(given.refused(wrong.clone()), ErrorCode::InvalidField, "{wrong:?}");
    }
}

#[test]
fn a_suspended_merchant_begins_no_session() {
    let mut given = nothing();
    let active = given.facts.standing.clone().unwrap().unwrap();
    let status = MerchantStatus::Suspended;
    given.facts.standing = Some(Ok(MerchantStanding { status, ..active }));
    assert_eq!(given.refused(issue()), ErrorCode::MerchantSuspended);
    given.facts.standing = Some(Err(Rejection::new(ErrorCode::Unavailable, "no issuer")));
    assert_eq!(given.refused(issue()), ErrorCode::Unavailable);
}

#[test]
fn nobody_without_the_code_finds_a_session() {
    let mut given = issued();
    let wrong = OpenSession { code: digest(0xc1) };
    assert_eq!(given.refused(wrong.clone()), ErrorCode::NotFound);
    assert_eq!(nothing().refused(wrong), ErrorCode::NotFound);
    let mut enter = enter_card();
    enter.code = digest(0xc1);
    assert_eq!(given.refused(enter), ErrorCode::NotFound);
}

#[test]
fn an_entered_card_goes_to_the_issuer_and_is_claimed() {
    let mut given = issued();
    let effects = given.when(enter_card()).unwrap();
    assert!(matches!(asked(&effects), IssuerTask::Enrol { card } if *card == sealed(1)));
    let binding = given.state.binding.as_ref().unwrap();
    assert_eq!(binding.stage, SessionStage::CardEntered);
    assert!(binding.claim().is_some());
    // The security code is in what goes to the issuer alone.
    assert_eq!(binding.enrolment.as_ref().unwrap().stored_card, sealed(2));
    assert_eq!(given.refused(enter_card()), ErrorCode::StateConflict);
    let effects = answer(&mut given, sent());
    let view: BindingView = told(&effects).unwrap();
    assert_eq!(view.stage, SessionStage::OtpSent);
    assert_eq!(view.otp.unwrap().tries_left, 3);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn the_claim_is_that_of_merchant_customer_and_card() {
    let claim = |issue: IssueSession, fingerprint: u8| {
        let id = purser_subjects::BindingId::derive(&issue.merchant, &issue.state);
        let mut given = Given::nothing(id.as_str());
        given.facts = nothing().facts;
        given.when(issue).unwrap();
        let mut enter = enter_card();
        enter.fingerprint = digest(fingerprint);
        given.when(enter).unwrap();
        given.state.binding.unwrap().claim().unwrap().clone()
    };
    let other_state = IssueSession { state: "again".into(), ..issue() };
    assert_eq!(claim(issue(), 1), claim(other_state, 1));
    assert_ne!(claim(issue(), 1), claim(issue(), 2));
    let other_customer = IssueSession { customer: Some("customer-8".into()), ..issue() };
    assert_ne!(claim(issue(), 1), claim(other_customer, 1));
    let by_phone = IssueSession { customer: None, ..issue() };
    assert_ne!(claim(issue(), 1), claim(by_phone.clone(), 1));
    let other_merchant = IssueSession { merchant: "10002".parse().unwrap(), ..by_phone.clone() };
    assert_ne!(claim(by_phone, 1), claim(other_merchant, 1));
}

#[test]
fn the_third_refused_card_ends_the_session() {
    let mut given = issued();
    for left in [2, 1] {
        given.when(enter_card()).unwrap();
        let view: BindingView =
            told(&answer(&mut given, refused(FailureReason::CardRefused))).unwrap();
        assert_eq!((view.stage, view.cards_left), (SessionStage::Opened, left));
        assert_eq!(view.failure.unwrap().reason, FailureReason::CardRefused);
        // What is refused is free for others.
        assert_eq!(given.state.binding.as_ref().unwrap().claim(), None);
    }
    given.when(enter_card()).unwrap();
    let effects = answer(&mut given, refused(FailureReason::CardRefused));
    let view: BindingView = told(&effects).unwrap();
    assert_eq!(view.stage, SessionStage::Failed);
    assert_eq!(effects.notices[0].event, NoticeType::BindingFailed);
    assert_eq!(effects.notifications.len(), 1);
    assert_eq!(given.refused(enter_card()), ErrorCode::StateConflict);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_card_that_never_arrived_counts_as_none() {
    let mut given = issued();
    for _ in 0..4 {
        given.when(enter_card()).unwrap();
        let effects = answer(&mut given, crate::ports::IssuerAnswer::NeverReceived);
        let view: BindingView = told(&effects).unwrap();
        assert_eq!((view.stage, view.cards_left), (SessionStage::Opened, 3));
    }
}

#[test]
fn an_issuer_may_bind_without_a_one_time_code() {
    let mut given = issued();
    given.when(enter_card()).unwrap();
    let view: BindingView = told(&answer(&mut given, bound(Default::default()))).unwrap();
    assert_eq!(view.stage, SessionStage::Bound);
    assert!(view.token.is_some());
}

#[test]
fn who_gives_up_ends_the_session_and_is_told_once() {
    let mut given = otp_sent();
    let effects = given.when(cancel()).unwrap();
    let view: BindingView = reply(&effects);
    assert_eq!(view.stage, SessionStage::Cancelled);
    assert_eq!(effects.notifications.len(), 1);
    assert!(given.when(cancel()).unwrap().events.is_empty());
    assert_eq!(given.refused(verify_otp()), ErrorCode::StateConflict);
    let mut given = bound_card();
    assert_eq!(given.refused(cancel()), ErrorCode::StateConflict);
}

#[test]
fn giving_up_while_the_issuer_looks_answers_whoever_waits() {
    let mut given = issued();
    given.when(enter_card()).unwrap();
    let effects = given.when(cancel()).unwrap();
    let view: BindingView = told(&effects).unwrap();
    assert_eq!(view.stage, SessionStage::Cancelled);
    // What the issuer says afterwards is of no use.
    assert!(given.state.binding.as_ref().unwrap().running.is_empty());
}
