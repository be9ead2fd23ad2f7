//! One-time codes for charges, limits and unbinding.

use super::given::*;
use crate::{
    entity::{CallResult, Signal, given::reply},
    ports::{IssuerAnswer, IssuerTask},
};
use purser_subjects::{
    ErrorCode, TransactionId,
    binding::{
        BindingReply, CancelCharge, ChallengePurpose, ChallengeStage, ChargeCard, ChargeLimits,
        ChargeStage, ChargeView, FailureReason, IssuerRules, LimitCharges, RequestOtp, TokenStatus,
        UnbindCard, UnblockToken, VerifyChallenge,
    },
    callback::NoticeType,
};
use uuid::Uuid;

fn strict() -> Given {
    bound_with(IssuerRules {
        otp_to_charge: true,
        otp_to_unbind: true,
        otp_to_limit: true,
        ..IssuerRules::default()
    })
}

fn unbind() -> UnbindCard {
    UnbindCard { merchant: merchant(), proof: None }
}

fn verify(challenge: Uuid) -> VerifyChallenge {
    VerifyChallenge { merchant: merchant(), proof: proof(challenge) }
}

/// Asks for something that needs a one-time code, which the issuer sends.
fn challenged(
    given: &mut Given,
    command: impl Into<purser_subjects::binding::BindingCommand>,
) -> BindingReply {
    let effects = given.when(command).unwrap();
    assert!(matches!(asked(&effects), IssuerTask::Challenge { .. }));
    told(&answer(given, sent())).unwrap()
}

fn id_of(reply: &BindingReply) -> Uuid {
    reply.challenge.as_ref().unwrap().challenge
}

#[test]
fn a_charge_waits_for_the_one_time_code() {
    let mut given = strict();
    let reply = challenged(&mut given, charge("order-1", 500));
    let challenge = reply.challenge.clone().unwrap();
    assert_eq!(challenge.purpose, ChallengePurpose::Charge);
    assert_eq!(challenge.stage, ChallengeStage::Sent);
    assert_eq!(reply.charge.unwrap().stage, ChargeStage::AwaitingOtp);
    assert_eq!(reply.authorise, None);
    given.when(verify(challenge.challenge)).unwrap();
    let effects = answer(&mut given, IssuerAnswer::Done);
    let done: BindingReply = told(&effects).unwrap();
    assert_eq!(done.charge.unwrap().stage, ChargeStage::Accepted);
    assert_eq!(done.challenge.unwrap().stage, ChallengeStage::Verified);
    assert!(matches!(effects.calls[0].target, crate::entity::CallTarget::Entity(_)));
    assert_eq!(done.authorise.unwrap(), authorise("order-1", 500));
    assert_eq!(given.refused(verify(challenge.challenge)), ErrorCode::NotFound);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_merchant_may_want_a_one_time_code_where_the_issuer_does_not() {
    let mut given = bound_card();
    let wanted = ChargeCard { want_otp: true, ..charge("order-1", 500) };
    let reply = challenged(&mut given, wanted);
    assert_eq!(reply.charge.unwrap().stage, ChargeStage::AwaitingOtp);
}

#[test]
fn what_waits_counts_against_the_day() {
    let limits = ChargeLimits { per_payment: None, per_day: Some(idr(1_000)) };
    let mut given = bound_card().and(LimitCharges { merchant: merchant(), limits, proof: None });
    let reply = challenged(&mut given, ChargeCard { want_otp: true, ..charge("a", 600) });
    assert_eq!(given.refused(charge("b", 500)), ErrorCode::DailyLimit);
    given.when(verify(id_of(&reply))).unwrap();
    let refusal = told::<BindingReply>(&answer(&mut given, refused(FailureReason::CardRefused)));
    assert_eq!(refusal.unwrap_err().code, ErrorCode::IssuerRefused);
    given.when(charge("b", 500)).unwrap();
}

#[test]
fn the_third_wrong_code_blocks_the_token() {
    let mut given = strict();
    let challenge = id_of(&challenged(&mut given, charge("order-1", 500)));
    for _ in 0..2 {
        given.when(verify(challenge)).unwrap();
        let refusal = told::<BindingReply>(&answer(&mut given, refused(FailureReason::WrongOtp)));
        assert_eq!(refusal.unwrap_err().code, ErrorCode::WrongOtp);
    }
    given.when(verify(challenge)).unwrap();
    let effects = answer(&mut given, refused(FailureReason::WrongOtp));
    assert_eq!(told::<BindingReply>(&effects).unwrap_err().code, ErrorCode::OtpBlocked);
    assert_eq!(effects.notices[0].event, NoticeType::BindingBlocked);
    let token = view(&given).token.unwrap();
    assert_eq!(token.status, TokenStatus::Blocked);
    assert_eq!(token.blocked, Some(FailureReason::OtpBlocked));
    assert_eq!(given.refused(charge("order-2", 1)), ErrorCode::TokenBlocked);
    assert_eq!(given.refused(verify(challenge)), ErrorCode::TokenBlocked);
    let mut given = given.and(UnblockToken { merchant: None });
    challenged(&mut given, charge("order-2", 1));
    assert_eq!(given.replayed(), given.state);
}

fn cancel(reference: &str) -> CancelCharge {
    CancelCharge { merchant: merchant(), payment: TransactionId::derive(&merchant(), reference) }
}

#[test]
fn a_charge_that_waits_can_be_given_up() {
    let limits = ChargeLimits { per_payment: None, per_day: Some(idr(1_000)) };
    let mut given = bound_card().and(LimitCharges { merchant: merchant(), limits, proof: None });
    let wanted = ChargeCard { want_otp: true, ..charge("order-1", 600) };
    let challenge = id_of(&challenged(&mut given, wanted));
    let effects = given.when(cancel("order-1")).unwrap();
    assert_eq!(reply::<ChargeView, _>(&effects).stage, ChargeStage::Cancelled);
    assert!(effects.calls.is_empty());
    // The code is of no use any more, the day's limit has the amount back, and telling it twice is harmless.
    assert_eq!(given.refused(verify(challenge)), ErrorCode::NotFound);
    assert!(given.when(cancel("order-1")).unwrap().events.is_empty());
    given.when(charge("order-2", 1_000)).unwrap();
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn whoever_waits_for_a_code_of_a_charge_that_is_given_up_is_told() {
    let mut given = strict();
    given.when(charge("order-1", 500)).unwrap();
    let id = running(&given);
    let effects = given.when(cancel("order-1")).unwrap();
    assert_eq!(told::<BindingReply>(&effects).unwrap_err().code, ErrorCode::StateConflict);
    // The issuer's answer comes too late to matter.
    let late = given.signal(Signal::CallDone { id, result: CallResult::Issuer(sent()) });
    assert!(late.completions.is_empty() && late.calls.is_empty());
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_charge_is_not_given_up_once_its_code_is_looked_at() {
    let mut given = strict();
    let challenge = id_of(&challenged(&mut given, charge("order-1", 500)));
    given.when(verify(challenge)).unwrap();
    assert_eq!(given.refused(cancel("order-1")), ErrorCode::StateConflict);
    answer(&mut given, IssuerAnswer::Done);
    assert_eq!(given.refused(cancel("order-1")), ErrorCode::StateConflict);
    assert_eq!(given.refused(cancel("order-2")), ErrorCode::NotFound);
    let other = CancelCharge { merchant: "10002".parse().unwrap(), ..cancel("order-1") };
    assert_eq!(given.refused(other), ErrorCode::NotFound);
}

#[test]
fn unbinding_and_limits_wait_too() {
    let mut given = strict();
    let limits = ChargeLimits { per_payment: Some(idr(5)), per_day: None };
    let limit = LimitCharges { merchant: merchant(), limits: limits.clone(), proof: None };
    let challenge = id_of(&challenged(&mut given, limit));
    assert_eq!(view(&given).token.unwrap().limits, ChargeLimits::default());
    given.when(verify(challenge)).unwrap();
    let done: BindingReply = told(&answer(&mut given, IssuerAnswer::Done)).unwrap();
    assert_eq!(done.binding.token.unwrap().limits, limits);

    let challenge = id_of(&challenged(&mut given, unbind()));
    given.when(verify(challenge)).unwrap();
    let effects = answer(&mut given, IssuerAnswer::Done);
    let done: BindingReply = told(&effects).unwrap();
    assert_eq!(done.binding.token.unwrap().status, TokenStatus::Disabled);
    assert!(matches!(asked(&effects), IssuerTask::Unbind));
    assert_eq!(effects.notices[0].event, NoticeType::BindingUnbound);
    let binding = given.state.binding.as_ref().unwrap();
    assert_eq!(binding.claim(), None);
    assert_eq!(binding.token.as_ref().unwrap().stored_card, None);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn an_unbinding_is_told_to_the_issuer_until_it_knows() {
    let mut given = bound_card();
    let effects = given.when(unbind()).unwrap();
    let done: BindingReply = reply(&effects);
    assert_eq!(done.binding.token.unwrap().status, TokenStatus::Disabled);
    assert!(matches!(asked(&effects), IssuerTask::Unbind));
    let effects = answer(&mut given, IssuerAnswer::Unknown);
    assert!(effects.completions.is_empty());
    // What never arrived is not acted upon any more, so it is told as another operation.
    let before = running(&given);
    let effects = answer(&mut given, IssuerAnswer::NeverReceived);
    assert!(matches!(asked(&effects), IssuerTask::Unbind));
    assert_ne!(effects.calls[0].id, before);
    assert_eq!(effects.calls[0].id, running(&given));
    answer(&mut given, IssuerAnswer::Done);
    assert!(given.state.binding.as_ref().unwrap().running.is_empty());
    assert_eq!(given.refused(unbind()), ErrorCode::TokenDisabled);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_requested_code_serves_for_one_thing() {
    let mut given = strict();
    let reply = challenged(&mut given, RequestOtp { merchant: merchant() });
    assert_eq!(reply.challenge.as_ref().unwrap().purpose, ChallengePurpose::Any);
    let challenge = id_of(&reply);
    let with_proof = ChargeCard { proof: Some(proof(challenge)), ..charge("order-1", 500) };
    let effects = given.when(with_proof.clone()).unwrap();
    assert!(matches!(asked(&effects), IssuerTask::VerifyChallenge { .. }));
    let done: BindingReply = told(&answer(&mut given, IssuerAnswer::Done)).unwrap();
    assert_eq!(done.charge.unwrap().stage, ChargeStage::Accepted);
    let again = ChargeCard { proof: Some(proof(challenge)), ..charge("order-2", 500) };
    assert_eq!(given.refused(again), ErrorCode::NotFound);

    // A code that was sent for a charge unbinds nothing.
    let challenge = id_of(&challenged(&mut given, charge("order-3", 500)));
    let stolen = UnbindCard { proof: Some(proof(challenge)), ..unbind() };
    assert_eq!(given.refused(stolen), ErrorCode::StateConflict);
}

#[test]
fn four_codes_are_out_at_most() {
    let mut given = strict();
    for n in 0..4 {
        challenged(&mut given, charge(&n.to_string(), 1));
    }
    assert_eq!(given.refused(charge("fifth", 1)), ErrorCode::TooMany);
}

#[test]
fn a_code_that_could_not_be_sent_refuses_what_waits() {
    let mut given = strict();
    given.when(charge("order-1", 500)).unwrap();
    let refusal = told::<BindingReply>(&answer(&mut given, IssuerAnswer::Unknown));
    assert_eq!(refusal.unwrap_err().code, ErrorCode::IssuerSilent);
    for (answered, code) in [
        (IssuerAnswer::NeverReceived, ErrorCode::IssuerUnavailable),
        (refused(FailureReason::IssuerUnavailable), ErrorCode::IssuerUnavailable),
        (refused(FailureReason::CardRefused), ErrorCode::IssuerRefused),
    ] {
        let mut given = strict();
        given.when(charge("order-1", 500)).unwrap();
        let refusal = told::<BindingReply>(&answer(&mut given, answered));
        assert_eq!(refusal.unwrap_err().code, code);
    }
    let token = given.state.binding.as_ref().unwrap().token.as_ref().unwrap();
    assert!(token.challenges.is_empty());
    assert!(token.charges.values().all(|charge| charge.stage == ChargeStage::Failed));
}

#[test]
fn a_code_that_is_too_old_does_nothing() {
    let mut given = strict();
    let challenge = id_of(&challenged(&mut given, charge("order-1", 500)));
    later(&mut given, 200);
    assert_eq!(given.refused(verify(challenge)), ErrorCode::OtpExpired);
}
