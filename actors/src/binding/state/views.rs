//! The binding as others see it.

use super::{CardBinding, Challenge, Charge, MAX_CARDS, MAX_RESENDS, MAX_TRIES, Token};
use purser_subjects::{
    BindingId, EntityId, TransactionId,
    binding::{
        BindingView, ChallengeAction, ChallengePurpose, ChallengeView, ChargeView, OtpView,
        SessionStage, TokenView,
    },
};
use uuid::Uuid;

impl CardBinding {
    /// All of it.
    pub fn view(&self, id: &EntityId) -> BindingView {
        BindingView {
            binding: BindingId::from(id.clone()),
            merchant: self.merchant.clone(),
            state: self.state.clone(),
            language: self.language,
            scopes: self.scopes.clone(),
            redirect_url: self.redirect_url.clone(),
            failure_redirect_url: self.failure_redirect_url.clone(),
            customer: self.customer.clone(),
            phone: self.phone.clone(),
            bank_code: self.bank_code.clone(),
            details: self.details.clone(),
            notify: self.notify.clone(),
            stage: self.stage,
            failure: self.failure.clone(),
            cards_left: MAX_CARDS.saturating_sub(self.refused_cards),
            card: self.card.clone(),
            otp: self.otp(),
            token: self.token.as_ref().map(Token::view),
            created_at: self.created_at,
            updated_at: self.updated_at,
            expires_at: self.expires_at,
        }
    }

    fn otp(&self) -> Option<OtpView> {
        let asked = matches!(self.stage, SessionStage::OtpSent | SessionStage::Verifying);
        let enrolment = self.enrolment.as_ref().filter(|_| asked)?;
        let otp = enrolment.otp.as_ref()?;
        Some(OtpView {
            sent_to: otp.to.clone(),
            expires_at: otp.expires_at,
            tries_left: MAX_TRIES.saturating_sub(enrolment.tries),
            resends_left: MAX_RESENDS.saturating_sub(enrolment.resends),
        })
    }
}

impl Token {
    fn view(&self) -> TokenView {
        TokenView {
            status: self.status,
            blocked: self.blocked,
            bound_at: self.bound_at,
            expires_at: self.lapses_at(),
            charged_at: self.charged_at,
            ended_at: self.ended_at,
            rules: self.rules.clone(),
            limits: self.limits.clone(),
            claimed: self.claimed,
        }
    }
}

impl Challenge {
    /// The challenge of this id.
    pub fn view(&self, challenge: Uuid) -> ChallengeView {
        ChallengeView {
            challenge,
            purpose: purpose(self.action.as_deref()),
            stage: self.stage,
            sent_to: self.sent_to.clone(),
            expires_at: self.expires_at,
            tries_left: MAX_TRIES.saturating_sub(self.tries),
        }
    }
}

/// What a one-time code is for, by what waits for it.
pub(in crate::binding) fn purpose(action: Option<&ChallengeAction>) -> ChallengePurpose {
    match action {
        None => ChallengePurpose::Any,
        Some(ChallengeAction::Charge(_)) => ChallengePurpose::Charge,
        Some(ChallengeAction::Limit(_)) => ChallengePurpose::Limit,
        Some(ChallengeAction::Unbind) => ChallengePurpose::Unbind,
    }
}

impl Charge {
    /// The charge whose payment is `payment`.
    pub fn view(&self, payment: &TransactionId) -> ChargeView {
        ChargeView {
            payment: payment.clone(),
            amount: self.amount,
            stage: self.stage,
            challenge: self.challenge,
            at: self.at,
        }
    }
}
