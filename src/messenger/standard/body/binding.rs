//! A card binding as registered endpoints are told of it.

use super::{Card, text};
use purser_subjects::binding::{BindingView, FailureReason, SessionStage, TokenStatus};
use serde::Serialize;

/// The binding. Its id is the token that stands for the card.
#[derive(Serialize)]
pub(super) struct Binding {
    id: String,
    state: String,
    customer: Option<String>,
    stage: SessionStage,
    status: Option<TokenStatus>,
    reason: Option<FailureReason>,
    bank_code: Option<String>,
    card: Option<Card>,
    expires_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl Binding {
    pub(super) fn of(view: BindingView) -> Self {
        let token = view.token;
        let blocked = token.as_ref().and_then(|token| token.blocked);
        Self {
            id: view.binding.to_string(),
            state: view.state,
            customer: view.customer,
            stage: view.stage,
            status: token.as_ref().map(|token| token.status),
            reason: blocked.or_else(|| view.failure.map(|failure| failure.reason)),
            bank_code: view.bank_code,
            card: view.card.map(Card::of),
            expires_at: token.and_then(|token| token.expires_at).map(text),
            created_at: text(view.created_at),
            updated_at: text(view.updated_at),
        }
    }
}
