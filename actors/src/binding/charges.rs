//! Charges of a bound card. Pure.

use super::{
    challenges::{Wanted, begin_or_do},
    checks::{active, owned, reject, standing, token},
    happening::Happening,
    limits::check_charge,
    session::Outcome,
    state::{Asking, BindingState, CardBinding, Charge, FIRST_CHECK, Token},
};
use crate::{
    entity::{Call, CallTarget, Context, Decision, Effects, OutMessage, Reply, answer_error},
    ledger::MAX_AMOUNT,
};
use purser_subjects::{
    BindingId, ErrorCode, Rejection, TransactionId,
    binding::{
        BindingEvent, CancelCharge, ChallengeAction, ChallengeStage, ChargeAccepted,
        ChargeAskedAgain, ChargeBegun, ChargeCancelled, ChargeCard, ChargeEnded, ChargeReleased,
        ChargeStage, InquireCharge,
    },
    transaction::Authorise,
};
use uuid::Uuid;

/// Idempotency key of what the payment is asked, the same for whoever asks.
const KEY: &str = "authorise";

pub(super) fn charge(state: &BindingState, charge: ChargeCard, context: &Context) -> Outcome {
    let binding = owned(state, &charge.merchant)?;
    let token = active(binding, context)?;
    check(binding, &charge.authorise, context)?;
    let payment = payment(&charge.authorise);
    if token.charges.contains_key(&payment) {
        let why = "the card was charged for this reference already";
        return reject(ErrorCode::AlreadyExists, why);
    }
    standing(context)?;
    check_charge(token, charge.authorise.amount, context.now)?;
    let needs_otp = token.rules.otp_to_charge || charge.want_otp;
    let action = ChallengeAction::Charge(charge.authorise);
    begin_or_do(state, Wanted { action, proof: charge.proof, needs_otp }, context)
}

/// The payment that a charge begins.
pub(super) fn payment(authorise: &Authorise) -> TransactionId {
    TransactionId::derive(&authorise.merchant, &authorise.reference)
}

/// What is found wrong here would be found wrong by the payment, when it is too late to say so.
fn check(binding: &CardBinding, asked: &Authorise, context: &Context) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    if asked.merchant != binding.merchant {
        return invalid("the payment is of another merchant");
    }
    if asked.binding.as_ref().map(BindingId::entity_id) != Some(&context.id) {
        return invalid("the payment names another binding");
    }
    if !(1..=100).contains(&asked.reference.chars().count()) {
        return invalid("a reference has 1 to 100 characters");
    }
    if !(1..=MAX_AMOUNT).contains(&asked.amount.minor) {
        return invalid("an amount is 1 to 10^15 minor units");
    }
    let shown =
        |card: &purser_subjects::transaction::CardSummary| (card.bin.clone(), card.last4.clone());
    if binding.card.as_ref().map(shown) != Some(shown(&asked.card)) {
        return invalid("the payment is with another card");
    }
    Ok(())
}

/// The charge is accepted: its payment is asked until it has answered. It may refuse, and then must not be
/// asked for ever; so it is a call, and no message that must arrive.
pub(super) fn accept(happening: &mut Happening<'_>, authorise: &Authorise) {
    let operation = happening.context.derived_id(5);
    let (payment, amount, at) = (payment(authorise), authorise.amount, happening.context.now);
    happening.effects.calls.push(call(operation, authorise));
    let authorise = authorise.clone();
    happening.push(ChargeAccepted { payment, amount, operation, authorise, at });
}

fn call(operation: Uuid, authorise: &Authorise) -> Call {
    let payment = payment(authorise);
    let message = OutMessage::new(payment.entity_id(), authorise, KEY.to_owned());
    Call { id: operation, target: CallTarget::Entity(message) }
}

/// The payment of a charge has answered, or cannot be reached.
pub(super) fn asked(
    state: &BindingState,
    operation: Uuid,
    answer: Result<(), Rejection>,
    context: &Context,
) -> Effects<BindingEvent> {
    let token = state.binding.as_ref().and_then(|binding| binding.token.as_ref());
    let is_it = |charge: &Charge| charge.asking.as_ref().is_some_and(|a| a.operation == operation);
    let charge = token.and_then(|token| token.charges.iter().find(|(_, charge)| is_it(charge)));
    let Some((payment, _)) = charge else { return Effects::none() };
    let (payment, at) = (payment.clone(), context.now);
    let mut happening = Happening::new(state, context);
    match answer {
        Ok(()) => happening.push(ChargeBegun { payment, at }),
        // It is asked again when its time has come.
        Err(refusal) if refusal.code.is_retryable() => {}
        Err(_) => happening.push(ChargeReleased { payment, at }),
    }
    happening.effects
}

/// Asks those payments again that have not answered and are `due`.
pub(super) fn ask_again(happening: &mut Happening<'_>, due: impl Fn(&Asking) -> bool) {
    let at = happening.context.now;
    let token = happening.binding().and_then(|binding| binding.token.as_ref());
    let charges = token.into_iter().flat_map(|token| &token.charges);
    let asking = charges.filter_map(|(payment, charge)| {
        let asking = charge.asking.as_ref().filter(|asking| due(asking))?;
        Some((payment.clone(), call(asking.operation, &asking.authorise)))
    });
    for (payment, call) in asking.collect::<Vec<_>>() {
        let next_check = at.plus(FIRST_CHECK);
        happening.push(ChargeAskedAgain { payment, next_check, at });
        happening.effects.calls.push(call);
    }
}

pub(super) fn inquire(state: &BindingState, inquire: &InquireCharge) -> Outcome {
    let token = token(owned(state, &inquire.merchant)?)?;
    let charge = token.charges.get(&inquire.payment);
    let missing = || Rejection::new(ErrorCode::NotFound, "there is no such charge of this card");
    Ok(Decision::answer(charge.ok_or_else(missing)?.view(&inquire.payment)))
}

/// The merchant gives up a charge before the card holder has given the one-time code.
pub(super) fn cancel(state: &BindingState, cancel: &CancelCharge, context: &Context) -> Outcome {
    let token = token(owned(state, &cancel.merchant)?)?;
    let missing = || Rejection::new(ErrorCode::NotFound, "there is no such charge of this card");
    let charge = token.charges.get(&cancel.payment).ok_or_else(missing)?;
    let challenge = match (charge.stage, charge.challenge) {
        (ChargeStage::Cancelled, _) => {
            return Ok(Decision::answer(charge.view(&cancel.payment)));
        }
        (ChargeStage::AwaitingOtp, Some(challenge)) => challenge,
        _ => return reject(ErrorCode::StateConflict, "the charge does not wait for a code"),
    };
    // The issuer may find the code right, and then the payment is begun; so it is not given up meanwhile.
    let open = token.challenges.get(&challenge);
    if open.is_some_and(|open| open.stage == ChallengeStage::Verifying) {
        return reject(ErrorCode::StateConflict, "a one-time code is being looked at");
    }
    let (payment, at) = (cancel.payment.clone(), context.now);
    let mut happening = Happening::new(state, context);
    // Whoever asked for the charge may still wait for the code to be sent.
    let why = Rejection::new(ErrorCode::StateConflict, "the payment was cancelled meanwhile");
    refuse_waiting_for(&mut happening, challenge, &why);
    happening.push(ChargeCancelled { payment, challenge, at });
    let token = happening.binding().and_then(|binding| binding.token.as_ref());
    let charge = token.and_then(|token| token.charges.get(&cancel.payment)).ok_or_else(missing)?;
    happening.effects.reply = Reply::ok(charge.view(&cancel.payment));
    Ok(happening.effects.into())
}

/// Answers whoever waits for the issuer about a challenge that is about to end.
fn refuse_waiting_for(happening: &mut Happening<'_>, challenge: Uuid, why: &Rejection) {
    let running = happening.binding().into_iter().flat_map(|binding| &binding.running);
    let waiting = running.filter(|(_, op)| op.challenge == Some(challenge) && !op.told);
    let waiting: Vec<Uuid> = waiting.map(|(id, _)| *id).collect();
    for operation in waiting {
        happening.effects.completions.push((operation, answer_error(why.clone())));
    }
}

/// The payment was declined: the day's limit gets the amount back. Told again, nothing happens.
pub(super) fn ended(state: &BindingState, ended: ChargeEnded, context: &Context) -> Outcome {
    let binding = owned(state, &ended.merchant)?;
    let accepted = |token: &Token| {
        let charge = token.charges.get(&ended.payment);
        charge.is_some_and(|charge| charge.stage == ChargeStage::Accepted)
    };
    let stands = binding.token.as_ref().is_some_and(accepted);
    let mut happening = Happening::new(state, context);
    if stands {
        happening.push(ChargeReleased { payment: ended.payment, at: context.now });
    }
    Ok(happening.with_view()?.into())
}
