//! How events make the state older.

mod token;

use super::{
    BindingState, CardBinding, Challenge, Enrolment, FIRST_CHECK, Running, SentOtp, Token,
};
use purser_subjects::{
    Timestamp,
    binding::{
        BindingEvent, CardBound, ChallengeStage, ChargeLimits, ChargeStage, SessionIssued,
        SessionStage, TokenStatus,
    },
    connector::IssuerOperation,
};
use std::collections::BTreeMap;
use uuid::Uuid;

impl BindingState {
    /// Makes the state one event older.
    pub fn apply(&mut self, event: &BindingEvent) {
        match (event, &mut self.binding) {
            (BindingEvent::SessionIssued(issued), _) => {
                self.binding = Some(Box::new(CardBinding::issued(issued)));
            }
            (event, Some(binding)) => binding.apply(event),
            (_, None) => {}
        }
    }
}

impl CardBinding {
    fn issued(issued: &SessionIssued) -> Self {
        Self {
            merchant: issued.merchant.clone(),
            environment: issued.environment,
            issuer: issued.issuer.clone(),
            state: issued.state.clone(),
            code: issued.code.clone(),
            language: issued.language,
            scopes: issued.scopes.clone(),
            redirect_url: issued.redirect_url.clone(),
            failure_redirect_url: issued.failure_redirect_url.clone(),
            customer: issued.customer.clone(),
            phone: issued.phone.clone(),
            bank_code: issued.bank_code.clone(),
            details: issued.details.clone(),
            notify: issued.notify.clone(),
            stage: SessionStage::Issued,
            failure: None,
            refused_cards: 0,
            card: None,
            enrolment: None,
            token: None,
            running: BTreeMap::new(),
            notifications: 0,
            notices: 0,
            created_at: issued.at,
            updated_at: issued.at,
            expires_at: issued.expires_at,
        }
    }

    fn begin(
        &mut self,
        operation: Uuid,
        kind: IssuerOperation,
        challenge: Option<Uuid>,
        at: Timestamp,
    ) {
        let next_check = at.plus(FIRST_CHECK);
        let running = Running { kind, challenge, begun_at: at, next_check, told: false };
        self.running.insert(operation, running);
    }

    fn apply(&mut self, event: &BindingEvent) {
        match event {
            BindingEvent::IssuerUnknown(unknown) => {
                if let Some(running) = self.running.get_mut(&unknown.operation) {
                    running.told |= unknown.told;
                    running.next_check = unknown.next_check;
                }
            }
            BindingEvent::BindingNotified(notified) => self.notifications = notified.sequence,
            BindingEvent::SessionIssued(_)
            | BindingEvent::SessionOpened(_)
            | BindingEvent::CardEntered(_)
            | BindingEvent::CardRefused(_)
            | BindingEvent::OtpSent(_)
            | BindingEvent::OtpResendBegun(_)
            | BindingEvent::OtpResendFailed(_)
            | BindingEvent::OtpTried(_)
            | BindingEvent::OtpRefused(_)
            | BindingEvent::CardBound(_)
            | BindingEvent::SessionEnded(_) => self.apply_to_session(event),
            BindingEvent::CardUnbound(unbound) => {
                self.begin(unbound.operation, IssuerOperation::Unbind, None, unbound.at);
                self.ended(TokenStatus::Disabled, unbound.at, unbound.notice);
            }
            BindingEvent::UnbindRepeated(repeated) => {
                // Its age counts on, so that pauses grow and it is given up some day.
                if let Some(running) = self.running.remove(&repeated.before) {
                    let next_check = repeated.at.plus(FIRST_CHECK);
                    self.running.insert(repeated.operation, Running { next_check, ..running });
                }
            }
            BindingEvent::UnbindConfirmed(confirmed) => {
                self.running.remove(&confirmed.operation);
            }
            BindingEvent::TokenLapsed(lapsed) => {
                self.ended(TokenStatus::Expired, lapsed.at, lapsed.notice);
            }
            BindingEvent::ChallengeBegun(begun) => {
                let kind = IssuerOperation::Challenge;
                self.begin(begun.challenge, kind, Some(begun.challenge), begun.at);
                if let Some(token) = &mut self.token {
                    token.challenge_begun(begun.challenge, begun.action.as_ref(), begun.at);
                }
            }
            BindingEvent::ChallengeTried(tried) => {
                let kind = IssuerOperation::VerifyChallenge;
                self.begin(tried.operation, kind, Some(tried.challenge), tried.at);
                if let Some(token) = &mut self.token {
                    token.challenge_tried(tried.challenge, tried.action.as_ref(), tried.at);
                }
            }
            BindingEvent::ChallengeRefused(refused) => {
                self.running.remove(&refused.operation);
                if let Some(challenge) = self.challenge_mut(refused.challenge) {
                    challenge.stage = ChallengeStage::Sent;
                }
            }
            BindingEvent::ChallengeSent(sent) => {
                self.running.remove(&sent.challenge);
                if let Some(challenge) = self.challenge_mut(sent.challenge) {
                    challenge.stage = ChallengeStage::Sent;
                    challenge.sent_to.clone_from(&sent.sent_to);
                    challenge.expires_at = sent.expires_at;
                }
            }
            BindingEvent::ChallengeEnded(ended) => {
                self.running.retain(|_, running| running.challenge != Some(ended.challenge));
                if let Some(token) = &mut self.token {
                    token.challenge_ended(ended);
                }
            }
            BindingEvent::ChargeCancelled(cancelled) => {
                self.running.retain(|_, running| running.challenge != Some(cancelled.challenge));
                if let Some(token) = &mut self.token {
                    token.charge_cancelled(cancelled);
                }
            }
            BindingEvent::CodeExchanged(_)
            | BindingEvent::TokenRefreshed(_)
            | BindingEvent::BindingClaimed(_)
            | BindingEvent::ChargeAccepted(_)
            | BindingEvent::ChargeBegun(_)
            | BindingEvent::ChargeAskedAgain(_)
            | BindingEvent::ChargeReleased(_)
            | BindingEvent::ChargesLimited(_)
            | BindingEvent::TokenBlocked(_)
            | BindingEvent::TokenUnblocked(_) => {
                if let BindingEvent::TokenBlocked(blocked) = event {
                    self.notices = self.notices.max(blocked.notice);
                }
                if let Some(token) = &mut self.token
                    && let Some(at) = token.apply(event)
                {
                    self.updated_at = at;
                }
            }
        }
    }

    fn challenge_mut(&mut self, challenge: Uuid) -> Option<&mut Challenge> {
        self.token.as_mut()?.challenges.get_mut(&challenge)
    }

    fn apply_to_session(&mut self, event: &BindingEvent) {
        match event {
            BindingEvent::SessionOpened(opened) => self.moved(SessionStage::Opened, opened.at),
            BindingEvent::CardEntered(entered) => {
                self.begin(entered.operation, IssuerOperation::Enrol, None, entered.at);
                self.moved(SessionStage::CardEntered, entered.at);
                self.failure = None;
                self.card = Some(entered.card.clone());
                self.enrolment = Some(Enrolment {
                    operation: entered.operation,
                    stored_card: entered.stored_card.clone(),
                    claim: entered.claim.clone(),
                    reference: None,
                    otp: None,
                    tries: 0,
                    resends: 0,
                });
            }
            BindingEvent::CardRefused(refused) => {
                self.running.remove(&refused.operation);
                self.moved(SessionStage::Opened, refused.at);
                self.refused_cards += u8::from(refused.counts);
                self.failure = Some(refused.failure.clone());
                self.enrolment = None;
            }
            BindingEvent::OtpSent(sent) => {
                self.running.remove(&sent.operation);
                // Another code may come while the one before is being looked at.
                if self.stage == SessionStage::CardEntered {
                    self.stage = SessionStage::OtpSent;
                }
                self.updated_at = sent.at;
                self.failure = None;
                if let Some(enrolment) = &mut self.enrolment {
                    enrolment.reference = Some(sent.reference.clone());
                    let (to, expires_at) = (sent.sent_to.clone(), sent.expires_at);
                    enrolment.otp = Some(SentOtp { to, expires_at });
                }
            }
            BindingEvent::OtpResendBegun(begun) => {
                self.begin(begun.operation, IssuerOperation::ResendOtp, None, begun.at);
                if let Some(enrolment) = &mut self.enrolment {
                    enrolment.resends = enrolment.resends.saturating_add(1);
                }
            }
            BindingEvent::OtpResendFailed(failed) => {
                self.running.remove(&failed.operation);
                self.failure = Some(failed.failure.clone());
                self.updated_at = failed.at;
            }
            BindingEvent::OtpTried(tried) => {
                self.begin(tried.operation, IssuerOperation::VerifyOtp, None, tried.at);
                self.moved(SessionStage::Verifying, tried.at);
                if let Some(enrolment) = &mut self.enrolment {
                    enrolment.tries = enrolment.tries.saturating_add(1);
                }
            }
            BindingEvent::OtpRefused(refused) => {
                self.running.remove(&refused.operation);
                self.moved(SessionStage::OtpSent, refused.at);
                self.failure = Some(refused.failure.clone());
            }
            BindingEvent::CardBound(bound) => self.bound(bound),
            BindingEvent::SessionEnded(ended) => {
                self.running.clear();
                self.moved(ended.stage, ended.at);
                self.failure = Some(ended.failure.clone());
                self.enrolment = None;
                self.notices = self.notices.max(ended.notice);
            }
            _ => {}
        }
    }

    fn moved(&mut self, stage: SessionStage, at: Timestamp) {
        self.stage = stage;
        self.updated_at = at;
    }

    fn bound(&mut self, bound: &CardBound) {
        self.running.clear();
        self.moved(SessionStage::Bound, bound.at);
        self.failure = None;
        self.notices = self.notices.max(bound.notice);
        if bound.bank_code.is_some() {
            self.bank_code.clone_from(&bound.bank_code);
        }
        let enrolment = self.enrolment.take();
        let (stored_card, claim) =
            enrolment.map(|enrolled| (enrolled.stored_card, enrolled.claim)).unzip();
        self.token = Some(Token {
            status: TokenStatus::Active,
            blocked: None,
            reference: bound.reference.clone(),
            stored_card,
            claim,
            rules: bound.rules.clone(),
            limits: ChargeLimits::default(),
            bound_at: bound.at,
            charged_at: None,
            ended_at: None,
            claimed: false,
            exchanged: false,
            customer_token: None,
            challenges: BTreeMap::new(),
            charges: BTreeMap::new(),
        });
    }

    /// The token came to its end: the card is forgotten, and may be bound anew.
    fn ended(&mut self, status: TokenStatus, at: Timestamp, notice: u32) {
        self.running.retain(|_, running| running.kind == IssuerOperation::Unbind);
        self.notices = self.notices.max(notice);
        self.updated_at = at;
        if let Some(token) = &mut self.token {
            token.status = status;
            token.ended_at = Some(at);
            token.stored_card = None;
            token.claim = None;
            token.challenges.clear();
            for charge in token.charges.values_mut() {
                if charge.stage == ChargeStage::AwaitingOtp {
                    charge.stage = ChargeStage::Failed;
                }
            }
        }
    }
}
