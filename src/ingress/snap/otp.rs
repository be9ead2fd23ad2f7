//! Services 04 and 81: one-time codes that card holders are sent, and what waits for them.

use super::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    card_bind, codes, debit,
    fields::{Charset, Object, Rule, rule},
    refusal, registration,
    service::Form,
    target,
};
use purser_subjects::{
    BindingId, ErrorCode, Sealed,
    binding::{
        BindingReply, ChallengeProof, ChallengePurpose, ChallengeStage, RequestOtp, SessionStage,
        VerifyChallenge,
    },
};
use uuid::Uuid;

/// Scope of the notes that say which challenge a flow waits for.
const CHALLENGES: &str = "challenge";

/// A one-time code; the issuers here send six digits.
const OTP: Rule = rule(4, 8, Charset::Digits);
/// A charge token: the challenge's id.
const CHARGE_TOKEN: Rule = rule(1, 40, Charset::Visible);

/// What a request waits for after the core was asked.
pub(crate) enum Waiting {
    /// It is done.
    Nothing,
    /// The card holder's one-time code, for this challenge.
    ForOtp(Uuid),
}

/// Whether what was asked waits for a one-time code.
///
/// # Errors
/// The refusal of a challenge that came to nothing.
pub(crate) fn waiting(reply: &BindingReply) -> Result<Waiting, Answer> {
    let Some(challenge) = &reply.challenge else { return Ok(Waiting::Nothing) };
    match challenge.stage {
        ChallengeStage::Verified => Ok(Waiting::Nothing),
        ChallengeStage::Sending | ChallengeStage::Sent | ChallengeStage::Verifying => {
            Ok(Waiting::ForOtp(challenge.challenge))
        }
        ChallengeStage::Failed => Err(Answer::new(refusal::failed(reply.binding.failure.as_ref()))),
    }
}

/// How it is told that a one-time code is needed: the standard refuses, the product's own forms go on.
pub(crate) fn asked(form: Form) -> Answer {
    Answer::new(if form == Form::Standard { codes::OTP_SENT } else { codes::IN_PROGRESS })
}

/// Seals a one-time code for a binding.
fn seal(snap: &Snap, binding: &BindingId, otp: &str) -> Sealed {
    crate::card::seal_otp(&snap.vault, binding, otp)
}

/// The challenge that a charge token names.
fn challenge(fields: Object<'_>) -> Result<Option<Uuid>, Answer> {
    let mut token = fields.text("chargeToken", CHARGE_TOKEN)?;
    if token.is_none()
        && let Some(more) = fields.object("additionalInfo")?
    {
        let more = Object::at(more, "additionalInfo");
        token = more.text("chargeToken", CHARGE_TOKEN)?;
        if token.is_none() {
            token = more.text("unlinkOtpToken", CHARGE_TOKEN)?;
        }
    }
    let parse = |token: &str| Uuid::parse_str(token).map_err(|_| Answer::new(codes::JOURNEY));
    token.map(parse).transpose()
}

/// A one-time code that comes with a request, for the challenge that was asked for before.
///
/// # Errors
/// The refusal of a code without its challenge.
pub(crate) fn proof(
    snap: &Snap,
    fields: Object<'_>,
    binding: &BindingId,
) -> Result<Option<ChallengeProof>, Answer> {
    let otp = fields.text("otp", OTP)?;
    match (otp, challenge(fields)?) {
        (None, _) => Ok(None),
        (Some(_), None) => Err(Answer::new(codes::NEED_OTP)),
        (Some(otp), Some(challenge)) => {
            Ok(Some(ChallengeProof { challenge, otp: seal(snap, binding, otp) }))
        }
    }
}

/// `POST /otp`: has a one-time code sent, for whatever is asked next.
pub(crate) async fn request(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let reference = fields.text("partnerReferenceNo", target::reference_rule(call.form))?;
    registration::check_merchant_if_any(call, fields)?;
    if call.form == Form::Standard {
        fields.required("journeyId", rule(1, 32, Charset::Visible))?;
    }
    let id = target::required_binding(fields, "bankCardToken")?;
    call.check_customer(snap, &id).await?;
    call.take_external_id(snap, &format!("otp:{id}")).await?;
    let request = RequestOtp { merchant: call.client.merchant.clone() };
    let key = Some(call.own_key("request-otp"));
    let reply = call.ask(snap, id.entity_id(), key, request).await;
    let reply = reply.map_err(|refused| refused.about(codes::CARD))?;
    let Waiting::ForOtp(challenge) = waiting(&reply)? else {
        return Err(Answer::new(codes::GENERAL));
    };
    let answer = Fields::new()
        .maybe("partnerReferenceNo", reference)
        .with("chargeToken", challenge.simple().to_string());
    Ok(Answer::ok(answer))
}

/// What a one-time code can be about.
enum About {
    /// A card whose data the merchant sent.
    Session(BindingId),
    /// A charge of the binding, by its payment.
    Charge(BindingId, purser_subjects::TransactionId),
    /// Anything else of the binding.
    Binding(BindingId),
}

/// `POST /otp-verification`.
pub(crate) async fn verify(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    let partner_reference =
        fields.text("originalPartnerReferenceNo", target::reference_rule(call.form))?;
    let reference = fields.text("originalReferenceNo", target::REFERENCE)?;
    let action = fields.text("action", rule(1, 10, Charset::Alphanumeric))?;
    registration::check_merchant_if_any(call, fields)?;
    if call.form != Form::Standard {
        registration::check_merchant(call, fields)?;
    }
    let otp = fields.required("otp", OTP)?;
    let token = challenge(fields)?;
    let about = find(snap, call, action, reference, partner_reference, fields).await?;
    let (About::Session(id) | About::Charge(id, _) | About::Binding(id)) = &about;
    call.check_customer(snap, id).await?;
    // The codes of one flow may carry its X-EXTERNAL-ID, so that a mistyped one can be corrected.
    call.share_external_id(snap, &format!("otp-verification:{id}")).await?;
    match &about {
        About::Session(id) => card_bind::verify(snap, call, id, otp).await,
        About::Charge(id, payment) => {
            let challenge = match token {
                Some(challenge) => challenge,
                None => debit::challenge(snap, call, id, payment).await?,
            };
            let reply = answer_challenge(snap, call, id, challenge, otp).await?;
            debit::after_challenge(snap, call, payment, reply).await
        }
        About::Binding(id) => {
            let challenge = match token {
                Some(challenge) => challenge,
                None => of_flow(snap, call).await?,
            };
            let reply = answer_challenge(snap, call, id, challenge, otp).await?;
            done(snap, call, reply).await
        }
    }
}

/// Gives the card holder's code to the binding.
async fn answer_challenge(
    snap: &Snap,
    call: &Call,
    id: &BindingId,
    challenge: Uuid,
    otp: &str,
) -> Result<BindingReply, Answer> {
    let proof = ChallengeProof { challenge, otp: seal(snap, id, otp) };
    let verify = VerifyChallenge { merchant: call.client.merchant.clone(), proof };
    let key = Some(call.own_key("verify-challenge"));
    call.ask(snap, id.entity_id(), key, verify).await.map_err(|refused| {
        if refused.is(ErrorCode::NotFound) { Answer::new(codes::JOURNEY) } else { refused.into() }
    })
}

/// Notes which challenge a flow waits for, so that a verification which names none finds it by the
/// flow's X-EXTERNAL-ID.
pub(crate) async fn note(snap: &Snap, call: &Call, challenge: Uuid) -> Result<String, Answer> {
    let token = challenge.simple().to_string();
    let scope = call.daily_scope(snap, CHALLENGES);
    call.note(snap, &scope, &call.head.external_id, token.clone()).await?;
    Ok(token)
}

/// The challenge that the flow of this X-EXTERNAL-ID waits for.
async fn of_flow(snap: &Snap, call: &Call) -> Result<Uuid, Answer> {
    let place = (call.daily_scope(snap, CHALLENGES), call.head.external_id.clone());
    let noted = call.noted(snap, &[place]).await?;
    noted.and_then(|token| Uuid::parse_str(&token).ok()).ok_or_else(|| Answer::new(codes::NEED_OTP))
}

/// The answer after a code that nothing but the binding itself waited for.
async fn done(snap: &Snap, call: &Call, reply: BindingReply) -> Result<Answer, Answer> {
    if let Some(charge) = &reply.charge {
        let payment = charge.payment.clone();
        return debit::after_challenge(snap, call, &payment, reply).await;
    }
    if let Waiting::ForOtp(_) = waiting(&reply)? {
        return Err(Answer::new(codes::OTP));
    }
    let purpose = reply.challenge.as_ref().map(|challenge| challenge.purpose);
    let result = (purpose == Some(ChallengePurpose::Unbind)).then_some("success");
    let answer = Fields::new()
        .with("originalReferenceNo", reply.binding.binding.as_str())
        .with("bankCardToken", reply.binding.binding.as_str())
        .maybe("customerId", reply.binding.customer.clone())
        .maybe("unlinkResult", result)
        .with("additionalInfo", registration::about(&reply.binding));
    Ok(Answer::ok(answer))
}

/// Finds what the code is about, by whatever the request names.
async fn find(
    snap: &Snap,
    call: &Call,
    action: Option<&str>,
    reference: Option<&str>,
    partner_reference: Option<&str>,
    fields: Object<'_>,
) -> Result<About, Answer> {
    let action = action.map(str::to_ascii_uppercase);
    if let Some(token) = target::token_text(fields)? {
        return Ok(About::Binding(target::binding(token)?));
    }
    if reference.is_none() && partner_reference.is_none() {
        return Err(Answer::missing("originalReferenceNo"));
    }
    let is_charge = matches!(action.as_deref(), Some("PAYMENT") | None);
    if is_charge && let Some(found) = charge(snap, call, reference, partner_reference).await? {
        return Ok(found);
    }
    let id = match (reference, partner_reference) {
        (Some(reference), _) => BindingId::parse_derived(reference),
        (None, Some(partner)) => Some(card_bind::session(&call.client.merchant, partner)),
        (None, None) => None,
    };
    let id = id.ok_or_else(|| Answer::new(codes::NOT_FOUND))?;
    let view = target::view(snap, call, &id).await;
    let view = view.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    match view.stage {
        SessionStage::Bound => Ok(About::Binding(id)),
        _ if card_bind::is_session(&view) => Ok(About::Session(id)),
        _ => Err(Answer::new(codes::STATE)),
    }
}

/// The charge that references name, if one waits.
async fn charge(
    snap: &Snap,
    call: &Call,
    reference: Option<&str>,
    partner_reference: Option<&str>,
) -> Result<Option<About>, Answer> {
    let payment = match (reference, partner_reference) {
        (Some(reference), _) => purser_subjects::TransactionId::parse_derived(reference),
        (None, Some(partner)) => Some(target::payment(call, partner)),
        (None, None) => None,
    };
    let Some(payment) = payment else { return Ok(None) };
    let id = debit::binding_of(snap, call, &payment).await?;
    Ok(id.map(|id| About::Charge(id, payment)))
}
