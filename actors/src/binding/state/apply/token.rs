//! How events make a token older.

use crate::binding::state::{Asking, Challenge, Charge, FIRST_CHECK, Token};
use purser_subjects::{
    Timestamp, TransactionId,
    binding::{
        BindingEvent, ChallengeAction, ChallengeEnded, ChallengeStage, ChargeAccepted,
        ChargeCancelled, ChargeStage, TokenStatus,
    },
};
use std::time::Duration;
use uuid::Uuid;

/// Charges are remembered for so long.
const REMEMBERED: Duration = Duration::from_secs(86_400);

impl Token {
    /// Makes the token one event older; when that was, if others see it.
    pub(super) fn apply(&mut self, event: &BindingEvent) -> Option<Timestamp> {
        match event {
            BindingEvent::CodeExchanged(exchanged) => {
                self.exchanged = true;
                self.customer_token = Some(exchanged.token.clone());
            }
            BindingEvent::TokenRefreshed(refreshed) => {
                self.customer_token = Some(refreshed.token.clone());
            }
            BindingEvent::BindingClaimed(claimed) => {
                self.claimed = true;
                return Some(claimed.at);
            }
            BindingEvent::ChargeAccepted(accepted) => self.charge_accepted(accepted),
            BindingEvent::ChargeBegun(begun) => {
                if let Some(charge) = self.charges.get_mut(&begun.payment) {
                    charge.asking = None;
                }
            }
            BindingEvent::ChargeAskedAgain(again) => {
                let charge = self.charges.get_mut(&again.payment);
                if let Some(asking) = charge.and_then(|charge| charge.asking.as_mut()) {
                    asking.next_check = again.next_check;
                }
            }
            BindingEvent::ChargeReleased(released) => {
                if let Some(charge) = self.charges.get_mut(&released.payment) {
                    charge.stage = ChargeStage::Released;
                    charge.asking = None;
                }
            }
            BindingEvent::ChargesLimited(limited) => {
                self.limits.clone_from(&limited.limits);
                return Some(limited.at);
            }
            BindingEvent::TokenBlocked(blocked) => {
                self.status = TokenStatus::Blocked;
                self.blocked = blocked.reason;
                return Some(blocked.at);
            }
            BindingEvent::TokenUnblocked(unblocked) => {
                self.status = TokenStatus::Active;
                self.blocked = None;
                return Some(unblocked.at);
            }
            _ => {}
        }
        None
    }

    fn charge_accepted(&mut self, accepted: &ChargeAccepted) {
        self.forget_charges(accepted.at);
        self.charged_at = Some(accepted.at);
        let asking = Asking {
            operation: accepted.operation,
            authorise: accepted.authorise.clone(),
            next_check: accepted.at.plus(FIRST_CHECK),
        };
        let before = self.charges.get(&accepted.payment);
        let charge = Charge {
            amount: accepted.amount,
            stage: ChargeStage::Accepted,
            challenge: before.and_then(|charge| charge.challenge),
            asking: Some(Box::new(asking)),
            at: before.map_or(accepted.at, |charge| charge.at),
        };
        self.charges.insert(accepted.payment.clone(), charge);
    }

    pub(super) fn challenge_begun(
        &mut self,
        challenge: Uuid,
        action: Option<&ChallengeAction>,
        at: Timestamp,
    ) {
        let waiting = Challenge {
            action: action.cloned().map(Box::new),
            stage: ChallengeStage::Sending,
            sent_to: String::new(),
            expires_at: at,
            tries: 0,
        };
        self.challenges.insert(challenge, waiting);
        self.charge_waits(challenge, action, at);
    }

    pub(super) fn challenge_tried(
        &mut self,
        challenge: Uuid,
        action: Option<&ChallengeAction>,
        at: Timestamp,
    ) {
        if let Some(tried) = self.challenges.get_mut(&challenge) {
            tried.stage = ChallengeStage::Verifying;
            tried.tries = tried.tries.saturating_add(1);
            if action.is_some() {
                tried.action = action.cloned().map(Box::new);
            }
        }
        self.charge_waits(challenge, action, at);
    }

    fn charge_waits(&mut self, challenge: Uuid, action: Option<&ChallengeAction>, at: Timestamp) {
        if let Some(ChallengeAction::Charge(authorise)) = action {
            self.forget_charges(at);
            let payment = TransactionId::derive(&authorise.merchant, &authorise.reference);
            let charge = Charge {
                amount: authorise.amount,
                stage: ChargeStage::AwaitingOtp,
                challenge: Some(challenge),
                asking: None,
                at,
            };
            self.charges.insert(payment, charge);
        }
    }

    pub(super) fn challenge_ended(&mut self, ended: &ChallengeEnded) {
        self.challenges.remove(&ended.challenge);
        for charge in self.charges.values_mut() {
            let waited = charge.challenge == Some(ended.challenge);
            if waited && charge.stage == ChargeStage::AwaitingOtp {
                charge.stage = ChargeStage::Failed;
            }
        }
    }

    pub(super) fn charge_cancelled(&mut self, cancelled: &ChargeCancelled) {
        self.challenges.remove(&cancelled.challenge);
        if let Some(charge) = self.charges.get_mut(&cancelled.payment) {
            charge.stage = ChargeStage::Cancelled;
        }
    }

    /// Forgets charges that no limit and no question is about any more.
    fn forget_charges(&mut self, now: Timestamp) {
        self.charges.retain(|_, charge| {
            let waits = charge.stage == ChargeStage::AwaitingOtp || charge.asking.is_some();
            waits || now.since(charge.at) < REMEMBERED
        });
    }
}
