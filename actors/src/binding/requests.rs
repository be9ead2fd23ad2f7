//! What a binding asks of the card's issuer. Pure.

use super::state::{CardBinding, Running};
use crate::{
    entity::{Call, CallTarget, Context},
    ports::{IssuerQuery, IssuerRequest, IssuerSubject, IssuerTask},
};
use purser_subjects::transaction::CardSummary;
use uuid::Uuid;

fn about(binding: &CardBinding, context: &Context) -> IssuerSubject {
    let token = binding.token.as_ref().map(|token| token.reference.clone());
    let enrolled = || binding.enrolment.as_ref()?.reference.clone();
    IssuerSubject {
        binding: context.id.clone().into(),
        merchant: binding.merchant.clone(),
        environment: binding.environment,
        issuer: binding.issuer.clone(),
        customer: binding.customer.clone(),
        phone: binding.phone.clone(),
        bank_code: binding.bank_code.clone(),
        card: binding.card.clone().unwrap_or_else(no_card),
        reference: token.or_else(enrolled),
    }
}

/// Nothing is asked of an issuer before a card was entered.
fn no_card() -> CardSummary {
    CardSummary {
        brand: String::new(),
        bin: String::new(),
        last4: String::new(),
        expiry_month: 0,
        expiry_year: 0,
        holder: String::new(),
    }
}

/// Has the issuer carry out `what` as `operation`, for the binding as it is after what happened.
pub(super) fn execute(
    binding: &CardBinding,
    context: &Context,
    operation: Uuid,
    what: IssuerTask,
) -> Call {
    let request = IssuerRequest { operation, about: about(binding, context), what };
    Call { id: operation, target: CallTarget::Issuer(Box::new(request)) }
}

/// Asks the issuer what became of `operation`.
pub(super) fn status(
    binding: &CardBinding,
    context: &Context,
    operation: Uuid,
    running: &Running,
) -> Call {
    let (kind, sent_at) = (running.kind, running.begun_at);
    let query = IssuerQuery { operation, about: about(binding, context), kind, sent_at };
    Call { id: operation, target: CallTarget::IssuerStatus(Box::new(query)) }
}
