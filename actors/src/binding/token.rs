//! What is asked of a bound card, but charges. Pure.

use super::{
    challenges::{Wanted, begin_or_do},
    checks::{active, alive, begun, owned, reject, token},
    happening::Happening,
    limits::check_limits,
    requests,
    session::Outcome,
    state::{BindingState, CardBinding},
};
use crate::{
    entity::{Context, Decision, answer_error},
    ports::IssuerTask,
};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    binding::{
        BlockToken, CardUnbound, ChallengeAction, FailureReason, InquireBinding, LimitCharges,
        ReadStoredCard, RequestOtp, StoredCard, TokenBlocked, TokenStatus, TokenUnblocked,
        UnbindCard, UnblockToken,
    },
    callback::NoticeType,
};

pub(super) fn inquire(
    state: &BindingState,
    inquire: &InquireBinding,
    context: &Context,
) -> Outcome {
    let binding = owned(state, &inquire.merchant)?;
    Ok(Decision::answer(binding.view(&context.id)))
}

pub(super) fn stored_card(
    state: &BindingState,
    read: &ReadStoredCard,
    context: &Context,
) -> Outcome {
    let binding = owned(state, &read.merchant)?;
    let token = active(binding, context)?;
    let stored = binding.card.clone().zip(token.stored_card.clone());
    let Some((card, sealed_card)) = stored else {
        return reject(ErrorCode::TokenDisabled, "the card was forgotten");
    };
    Ok(Decision::answer(StoredCard { card, sealed_card }))
}

pub(super) fn limit(state: &BindingState, limit: LimitCharges, context: &Context) -> Outcome {
    let binding = owned(state, &limit.merchant)?;
    let token = active(binding, context)?;
    check_limits(&limit.limits)?;
    let needs_otp = token.rules.otp_to_limit;
    let action = ChallengeAction::Limit(limit.limits);
    begin_or_do(state, Wanted { action, proof: limit.proof, needs_otp }, context)
}

pub(super) fn unbind(state: &BindingState, unbind: UnbindCard, context: &Context) -> Outcome {
    let binding = owned(state, &unbind.merchant)?;
    let token = alive(binding, context)?;
    // The holder of a blocked token cannot prove anything any more, and to end it does no harm.
    let needs_otp = token.rules.otp_to_unbind && token.status == TokenStatus::Active;
    let action = ChallengeAction::Unbind;
    begin_or_do(state, Wanted { action, proof: unbind.proof, needs_otp }, context)
}

pub(super) fn request_otp(
    state: &BindingState,
    request: &RequestOtp,
    context: &Context,
) -> Outcome {
    let binding = owned(state, &request.merchant)?;
    active(binding, context)?;
    super::challenges::begin(state, None, context)
}

/// The binding ends now; its issuer is told until it knows.
pub(super) fn end(happening: &mut Happening<'_>) {
    let operation = happening.context.operation;
    let (at, notice) = (happening.context.now, happening.next_notice());
    let why = Rejection::new(ErrorCode::TokenDisabled, "the card was unbound meanwhile");
    refuse_waiting(happening, &why);
    happening.push(CardUnbound { operation, at, notice });
    let call = happening.binding().map(|binding| {
        requests::execute(binding, happening.context, operation, IssuerTask::Unbind)
    });
    happening.effects.calls.extend(call);
    happening.tell(NoticeType::BindingUnbound);
}

/// Answers whoever waits for the issuer about a token that is about to end.
pub(super) fn refuse_waiting(happening: &mut Happening<'_>, why: &Rejection) {
    let waiting: Vec<_> = happening.binding().into_iter().flat_map(CardBinding::waiting).collect();
    for operation in waiting {
        happening.effects.completions.push((operation, answer_error(why.clone())));
    }
}

pub(super) fn block(state: &BindingState, command: &BlockToken, context: &Context) -> Outcome {
    let binding = by_merchant_or_operator(state, command.merchant.as_ref())?;
    let status = alive(binding, context)?.status;
    let mut happening = Happening::new(state, context);
    if status == TokenStatus::Active {
        block_for(&mut happening, None);
    }
    Ok(happening.with_view()?.into())
}

/// Stops charges, and whatever waits for a one-time code.
pub(super) fn block_for(happening: &mut Happening<'_>, reason: Option<FailureReason>) {
    let (at, notice) = (happening.context.now, happening.next_notice());
    happening.push(TokenBlocked { reason, at, notice });
    happening.tell(NoticeType::BindingBlocked);
}

pub(super) fn unblock(state: &BindingState, command: &UnblockToken, context: &Context) -> Outcome {
    let binding = by_merchant_or_operator(state, command.merchant.as_ref())?;
    let status = alive(binding, context)?.status;
    let mut happening = Happening::new(state, context);
    if status == TokenStatus::Blocked {
        happening.push(TokenUnblocked { at: context.now });
    }
    Ok(happening.with_view()?.into())
}

fn by_merchant_or_operator<'s>(
    state: &'s BindingState,
    merchant: Option<&MerchantId>,
) -> Result<&'s CardBinding, Rejection> {
    let binding = match merchant {
        Some(merchant) => owned(state, merchant)?,
        None => begun(state.binding.as_deref())?,
    };
    token(binding)?;
    Ok(binding)
}
