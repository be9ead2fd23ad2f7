//! What a request is about: which card token, which payment.

use super::{
    Snap,
    answer::Answer,
    caller::Call,
    codes,
    fields::{Charset, Object, Rule, rule},
    refusal::Refused,
    service::Form,
};
use purser_subjects::{
    BindingId, ErrorCode, TransactionId,
    binding::{BindingView, InquireBinding, TokenStatus},
};

/// References of the merchant. Their bytes must fit an idempotency key.
pub(crate) const REFERENCE: Rule = rule(1, 64, Charset::Visible);
/// References of the third form.
pub(crate) const REFERENCE_32: Rule = rule(32, 32, Charset::Alphanumeric);
/// Card tokens, as long as the standard lets them be.
const TOKEN: Rule = rule(1, 128, Charset::Visible);

/// Where a card token may stand in a body.
const TOKEN_FIELDS: [&str; 5] = ["bankCardToken", "accountToken", "tokenId", "token", "linkId"];

/// The rule of `partnerReferenceNo`.
pub(crate) fn reference_rule(form: Form) -> Rule {
    if form == Form::Third { REFERENCE_32 } else { REFERENCE }
}

/// The card token that a body names, in whichever of its fields.
pub(crate) fn token_text<'a>(fields: Object<'a>) -> Result<Option<&'a str>, Answer> {
    for name in TOKEN_FIELDS {
        if let Some(token) = fields.text(name, TOKEN)? {
            return Ok(Some(token));
        }
    }
    let Some(more) = fields.object("additionalInfo")? else { return Ok(None) };
    let more = Object::at(more, "additionalInfo");
    for name in TOKEN_FIELDS {
        if let Some(token) = more.text(name, TOKEN)? {
            return Ok(Some(token));
        }
    }
    Ok(None)
}

/// The binding of a card token. What cannot be one is none.
pub(crate) fn binding(token: &str) -> Result<BindingId, Answer> {
    BindingId::parse_derived(token).ok_or_else(|| Answer::new(codes::CARD))
}

/// The binding that a body names; `field` is told when it names none.
pub(crate) fn required_binding(fields: Object<'_>, field: &str) -> Result<BindingId, Answer> {
    let token = token_text(fields)?.ok_or_else(|| Answer::missing(field))?;
    binding(token)
}

/// A binding as it stands.
pub(crate) async fn view(
    snap: &Snap,
    call: &Call,
    binding: &BindingId,
) -> Result<BindingView, Refused> {
    let merchant = call.client.merchant.clone();
    call.ask(snap, binding.entity_id(), None, InquireBinding { merchant }).await
}

/// Checks what a request says about its customer against the binding: its token, and its name for it.
pub(crate) async fn check_customer(
    snap: &Snap,
    call: &Call,
    fields: Object<'_>,
    view: &BindingView,
) -> Result<(), Answer> {
    call.check_customer(snap, &view.binding).await?;
    let Some(more) = fields.object("additionalInfo")? else { return Ok(()) };
    let more = Object::at(more, "additionalInfo");
    let user = more.text("publicUserId", rule(1, 64, Charset::Text))?;
    if user.is_some() && view.customer.as_deref() != user {
        return Err(Answer::new(codes::CARD));
    }
    Ok(())
}

/// The refusal of a token that has expired, which says whether it was idle for too long.
pub(crate) fn lapsed(refused: Refused, view: &BindingView) -> Answer {
    let idle = view.token.as_ref().is_some_and(|token| token.rules.idle_days.is_some());
    if idle && refused.is(ErrorCode::TokenLapsed) {
        Answer::new(codes::DORMANT)
    } else {
        refused.about(codes::CARD)
    }
}

/// The payment of a merchant's reference.
pub(crate) fn payment(call: &Call, reference: &str) -> TransactionId {
    TransactionId::derive(&call.client.merchant, reference)
}

/// A token's status as it is told.
pub(crate) const fn status(status: TokenStatus) -> &'static str {
    match status {
        TokenStatus::Active => "ACTIVE",
        TokenStatus::Blocked => "BLOCKED",
        TokenStatus::Disabled => "DISABLED",
        TokenStatus::Expired => "EXPIRED",
    }
}
