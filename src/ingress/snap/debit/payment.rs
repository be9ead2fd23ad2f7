//! `POST /debit/payment-host-to-host`.

use super::{
    CHARGES, inquire, is_first_told, outcome_of,
    request::{self, Wanted},
};
use crate::{
    card::CardSecret,
    ingress::snap::{
        Snap,
        answer::{Answer, Fields},
        auth_code::FORMAT,
        caller::Call,
        codes,
        fields::Object,
        otp::{self, Waiting},
        otp_link::{self, OtpLink},
        refusal::{self, Refused},
        service::Form,
        target,
    },
};
use purser_subjects::{
    BindingId, ErrorCode, TransactionId,
    binding::{
        BindingReply, BindingView, ChallengeProof, ChargeCard, ChargeStage, ChargeView,
        InquireCharge, ReadStoredCard, VerifyChallenge,
    },
    transaction::{Authorise, NotifyTarget, OperationOutcome, PaymentReply, PaymentStatus},
};
use uuid::Uuid;

/// Takes a payment request.
pub(crate) async fn pay(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let wanted = request::read(call, fields, snap.clock.now())?;
    let proof = otp::proof(snap, fields, &wanted.binding)?;
    let view = target::view(snap, call, &wanted.binding).await;
    let view = view.map_err(|refused| refused.about(codes::CARD))?;
    target::check_customer(snap, call, fields, &view).await?;
    let payment = target::payment(call, &wanted.reference);
    call.take_external_id(snap, &format!("payment:{payment}")).await?;
    if let Some(proof) = &proof
        && waits_for(snap, call, &wanted.binding, &payment, proof.challenge).await?
    {
        // The second request of a payment whose first was told that a code is needed.
        let verify =
            VerifyChallenge { merchant: call.client.merchant.clone(), proof: proof.clone() };
        let key = Some(call.own_key("verify-challenge"));
        let reply = call.ask(snap, wanted.binding.entity_id(), key, verify).await;
        let reply = reply.map_err(|refused| refused.about(codes::JOURNEY))?;
        return after_challenge(snap, call, &payment, reply).await;
    }
    let charge = charge(snap, call, &wanted, &payment, proof, &view).await?;
    let key = Some(format!("charge:{payment}"));
    let reply = match call.ask(snap, wanted.binding.entity_id(), key, charge).await {
        Ok(reply) => reply,
        Err(refused) if refused.is(ErrorCode::IdempotencyConflict) => {
            return Err(duplicate(snap, call, &payment).await);
        }
        Err(refused) if refused.is(ErrorCode::AlreadyExists) => {
            return Err(duplicate(snap, call, &payment).await);
        }
        Err(refused) => return Err(target::lapsed(refused, &view)),
    };
    let link = |challenge| link(snap, call, &wanted, &payment, challenge);
    outcome(snap, call, &payment, reply, link).await
}

/// The command that charges the card, which is sealed anew for the payment.
async fn charge(
    snap: &Snap,
    call: &Call,
    wanted: &Wanted,
    payment: &TransactionId,
    proof: Option<ChallengeProof>,
    view: &BindingView,
) -> Result<ChargeCard, Answer> {
    let merchant = call.client.merchant.clone();
    let read = ReadStoredCard { merchant: merchant.clone() };
    let stored = call.ask(snap, wanted.binding.entity_id(), None, read).await;
    let stored = stored.map_err(|refused| target::lapsed(refused, view))?;
    let card = CardSecret::open_for_binding(&snap.vault, &wanted.binding, &stored.sealed_card);
    let card = card.map_err(|error| {
        tracing::error!(%error, binding = %wanted.binding, "a stored card does not open");
        Answer::new(codes::INTERNAL)
    })?;
    let authorise = Authorise {
        merchant: merchant.clone(),
        reference: wanted.reference.clone(),
        amount: wanted.amount,
        capture: true,
        card: stored.card,
        sealed_card: card.seal(&snap.vault, payment),
        details: wanted.details.clone(),
        notify: wanted
            .notify_url
            .clone()
            .or_else(|| call.client.notify_url.clone())
            .map(|url| NotifyTarget { url, format: FORMAT.to_owned() }),
        binding: Some(wanted.binding.clone()),
    };
    Ok(ChargeCard { merchant, authorise, want_otp: wanted.want_otp, proof })
}

/// The page on which the card holder can give the code, where the merchant said where to go from there.
fn link(
    snap: &Snap,
    call: &Call,
    wanted: &Wanted,
    payment: &TransactionId,
    challenge: Uuid,
) -> Option<String> {
    let link = OtpLink {
        merchant: call.client.merchant.clone(),
        binding: wanted.binding.clone(),
        payment: payment.clone(),
        challenge,
        return_url: Some(wanted.return_url.clone()?),
    };
    let token = otp_link::seal(&snap.vault, &link)?;
    Some(format!("{}/dd-otp?token={token}", snap.public_url(call)))
}

/// A charge as the binding knows it.
pub(super) async fn charge_view(
    snap: &Snap,
    call: &Call,
    binding: &BindingId,
    payment: &TransactionId,
) -> Result<ChargeView, Refused> {
    let (merchant, payment) = (call.client.merchant.clone(), payment.clone());
    call.ask(snap, binding.entity_id(), None, InquireCharge { merchant, payment }).await
}

/// Whether the payment's own charge waits for this challenge.
async fn waits_for(
    snap: &Snap,
    call: &Call,
    binding: &BindingId,
    payment: &TransactionId,
    challenge: Uuid,
) -> Result<bool, Answer> {
    match charge_view(snap, call, binding, payment).await {
        Ok(charge) => Ok(charge.challenge == Some(challenge)),
        Err(refused) if refused.is(ErrorCode::NotFound) => Ok(false),
        Err(refused) => Err(refused.into()),
    }
}

/// The challenge that a charge waits for.
pub(crate) async fn challenge(
    snap: &Snap,
    call: &Call,
    binding: &BindingId,
    payment: &TransactionId,
) -> Result<Uuid, Answer> {
    let charge = charge_view(snap, call, binding, payment).await;
    let charge = charge.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    charge.challenge.ok_or_else(|| Answer::new(codes::NEED_OTP))
}

/// The answer after the card holder gave a code that a charge waits for.
pub(crate) async fn after_challenge(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
    reply: BindingReply,
) -> Result<Answer, Answer> {
    outcome(snap, call, payment, reply, |_| None).await
}

/// What became of a charge.
async fn outcome(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
    reply: BindingReply,
    link: impl Fn(Uuid) -> Option<String>,
) -> Result<Answer, Answer> {
    if let Some(authorise) = reply.authorise {
        let reference = authorise.reference.clone();
        return match call.ask_as_is(snap, payment.entity_id(), "authorise", authorise).await {
            Ok(reply) => paid(snap, call, &reference, reply).await,
            // Another card was to be charged under the reference of a payment.
            Err(refused) if refused.is(ErrorCode::IdempotencyConflict) => {
                Err(duplicate(snap, call, payment).await)
            }
            Err(refused) => Err(refused.into()),
        };
    }
    match otp::waiting(&reply)? {
        Waiting::ForOtp(challenge) => {
            if let Some(answer) = moved_on(snap, call, payment, &reply).await? {
                return answer;
            }
            let binding = reply.binding.binding.to_string();
            call.note(snap, CHARGES, payment.as_str(), binding).await?;
            let token = challenge.simple().to_string();
            let link = link(challenge);
            let result = match link {
                Some(_) => "PENDING_USER_VERIFICATION WITH URL",
                None => "PENDING_USER_VERIFICATION",
            };
            let more =
                Fields::new().with("paymentResult", result).with("chargeToken", token.clone());
            let answer = Fields::new()
                .with("referenceNo", payment.as_str())
                .with("chargeToken", token)
                .maybe("webRedirectUrl", link)
                .with("additionalInfo", more);
            Ok(otp::asked(call.form).with(answer))
        }
        Waiting::Nothing => match reply.charge.map(|charge| charge.stage) {
            Some(ChargeStage::Accepted | ChargeStage::Released) => {
                let view = inquire(snap, call, payment).await.map_err(Answer::from)?;
                Ok(Answer::new(codes::IN_PROGRESS).with(names(payment, &view.reference, "PENDING")))
            }
            Some(ChargeStage::AwaitingOtp) => Err(Answer::new(codes::OTP)),
            Some(ChargeStage::Cancelled) => Err(Answer::new(codes::CANCELLED)),
            Some(ChargeStage::Failed) | None => {
                Err(Answer::new(refusal::failed(reply.binding.failure.as_ref())))
            }
        },
    }
}

/// What became of a charge that once waited for a one-time code, if the answer that says so is that of an
/// earlier request and the charge does not wait any more.
async fn moved_on(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
    reply: &BindingReply,
) -> Result<Option<Result<Answer, Answer>>, Answer> {
    let charge = charge_view(snap, call, &reply.binding.binding, payment).await;
    let charge = charge.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    match charge.stage {
        ChargeStage::AwaitingOtp => Ok(None),
        ChargeStage::Cancelled => Ok(Some(Err(Answer::new(codes::CANCELLED)))),
        ChargeStage::Failed => {
            let why = "The one-time code was not given; pay under another reference.";
            Ok(Some(Err(Answer::new(codes::EXPIRED).describe(why))))
        }
        ChargeStage::Accepted | ChargeStage::Released => {
            let view = match inquire(snap, call, payment).await {
                Ok(view) => view,
                // The binding has accepted it and is just telling the payment.
                Err(refused) if refused.is(ErrorCode::NotFound) => {
                    return Ok(Some(Ok(Answer::new(codes::IN_PROGRESS))));
                }
                Err(refused) => return Err(refused.into()),
            };
            let reference = &view.reference;
            Ok(Some(match (&view.decline, view.status) {
                (Some(decline), _) => {
                    let answer = names(payment, reference, "FAILED");
                    Err(Answer::new(refusal::declined(decline)).with(answer))
                }
                (None, PaymentStatus::Authorising) => {
                    Ok(Answer::new(codes::IN_PROGRESS).with(names(payment, reference, "PENDING")))
                }
                _ => Err(already_paid(payment, reference)),
            }))
        }
    }
}

fn names(payment: &TransactionId, reference: &str, result: &str) -> Fields {
    Fields::new()
        .with("referenceNo", payment.as_str())
        .with("partnerReferenceNo", reference)
        .with("additionalInfo", Fields::new().with("paymentResult", result))
}

/// The answer of a payment that was begun.
async fn paid(
    snap: &Snap,
    call: &Call,
    reference: &str,
    reply: PaymentReply,
) -> Result<Answer, Answer> {
    let payment = &reply.payment.payment;
    match &outcome_of(snap, call, payment, &reply.operation).await? {
        OperationOutcome::Approved => {
            if !is_first_told(snap, call, payment.as_str()).await? {
                return Err(already_paid(payment, reference));
            }
            let case = if call.form == Form::First { codes::ACCEPTED } else { codes::SUCCESSFUL };
            let code = reply.payment.acquirer_reference.clone();
            let answer = names(payment, reference, "SUCCESS")
                .maybe("approvalCode", code.map(|code| code.chars().take(20).collect::<String>()));
            Ok(Answer::new(case).with(answer))
        }
        OperationOutcome::Declined(decline) => {
            let answer = names(payment, reference, "FAILED");
            Err(Answer::new(refusal::declined(decline)).describe(&decline.message).with(answer))
        }
        OperationOutcome::Pending => {
            Ok(Answer::new(codes::IN_PROGRESS).with(names(payment, reference, "PENDING")))
        }
    }
}

fn already_paid(payment: &TransactionId, reference: &str) -> Answer {
    Answer::new(codes::DUPLICATE).with(names(payment, reference, "SUCCESS"))
}

/// The refusal of another request under the reference of one before.
async fn duplicate(snap: &Snap, call: &Call, payment: &TransactionId) -> Answer {
    match inquire(snap, call, payment).await {
        Ok(view) => match view.status {
            PaymentStatus::Authorising | PaymentStatus::Declined => {
                Answer::new(codes::INCONSISTENT)
            }
            _ => already_paid(payment, &view.reference),
        },
        Err(refused) if refused.is(ErrorCode::NotFound) => Answer::new(codes::INCONSISTENT),
        Err(refused) => refused.into(),
    }
}
