//! What follows from what the issuer says. Pure.

use super::{
    challenges::{self, Done},
    happening::Happening,
    session::{end, failure},
    state::{BindingState, CardBinding, Challenge, MAX_CARDS, MAX_TRIES, Running},
    token, wake,
};
use crate::{
    entity::{Context, Effects, answer_error, answer_ok},
    ports::IssuerAnswer,
};
use purser_subjects::{
    ErrorCode, Rejection,
    binding::{
        BindingEvent, BindingFailure, CardBound, CardRefused, ChallengeEnded, ChallengeRefused,
        ChallengeSent, ChallengeStage, FailureReason, OtpRefused, OtpResendFailed, OtpSent,
        SessionStage, UnbindConfirmed,
    },
    callback::NoticeType,
    connector::IssuerOperation,
};
use uuid::Uuid;

type Happens = Effects<BindingEvent>;

/// The issuer has answered, to the operation itself or to a question about it.
pub(super) fn answered(
    state: &BindingState,
    operation: Uuid,
    answer: IssuerAnswer,
    context: &Context,
) -> Happens {
    let Some(binding) = state.binding.as_deref() else { return Effects::none() };
    // An operation that is not running any more was ended by another answer, or by time.
    let Some(running) = binding.running.get(&operation) else { return Effects::none() };
    let happening = Happening::new(state, context);
    let about = About { binding, running, operation, context };
    match running.kind {
        IssuerOperation::Enrol => about.enrolled(happening, answer),
        IssuerOperation::ResendOtp => about.resent(happening, answer),
        IssuerOperation::VerifyOtp => about.verified(happening, answer),
        IssuerOperation::Unbind => about.unbound(happening, answer),
        IssuerOperation::Challenge => about.challenged(happening, answer),
        IssuerOperation::VerifyChallenge => about.proven(happening, answer),
        IssuerOperation::IssuerStatus => Effects::none(),
    }
}

/// The operation that was answered.
pub(super) struct About<'s> {
    pub(super) binding: &'s CardBinding,
    pub(super) running: &'s Running,
    pub(super) operation: Uuid,
    pub(super) context: &'s Context,
}

impl About<'_> {
    fn enrolled(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let (operation, at) = (self.operation, self.context.now);
        match answer {
            IssuerAnswer::OtpSent { reference, sent_to, expires_at } => {
                happening.push(OtpSent { operation, reference, sent_to, expires_at, at });
            }
            IssuerAnswer::Bound { .. } => self.bound(&mut happening, answer),
            IssuerAnswer::Refused(failure) => {
                let counts = failure.reason != FailureReason::IssuerUnavailable;
                if counts && self.binding.refused_cards + 1 >= MAX_CARDS {
                    end(&mut happening, SessionStage::Failed, failure);
                    return happening.effects;
                }
                happening.push(CardRefused { operation, failure, counts, at });
            }
            IssuerAnswer::NeverReceived => {
                let failure = unavailable("the issuer never got the card; enter it again");
                happening.push(CardRefused { operation, failure, counts: false, at });
            }
            IssuerAnswer::Done | IssuerAnswer::Unknown => return wake::unknown(self, happening),
        }
        self.answer_view(happening)
    }

    fn resent(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let (operation, at) = (self.operation, self.context.now);
        match answer {
            IssuerAnswer::OtpSent { reference, sent_to, expires_at } => {
                happening.push(OtpSent { operation, reference, sent_to, expires_at, at });
            }
            IssuerAnswer::Refused(failure) => {
                happening.push(OtpResendFailed { operation, failure, at });
            }
            // Whether another code is on its way shows; the customer may ask for one more.
            IssuerAnswer::Bound { .. }
            | IssuerAnswer::Done
            | IssuerAnswer::NeverReceived
            | IssuerAnswer::Unknown => {
                let failure = unavailable("the issuer did not say whether it sent another code");
                happening.push(OtpResendFailed { operation, failure, at });
            }
        }
        self.answer_view(happening)
    }

    fn verified(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let failure = match answer {
            IssuerAnswer::Bound { .. } => {
                self.bound(&mut happening, answer);
                return self.answer_view(happening);
            }
            IssuerAnswer::Refused(failure) => failure,
            IssuerAnswer::NeverReceived => {
                unavailable("the issuer never got the one-time code; give it again")
            }
            IssuerAnswer::OtpSent { .. } | IssuerAnswer::Done | IssuerAnswer::Unknown => {
                return wake::unknown(self, happening);
            }
        };
        let tries = self.binding.enrolment.as_ref().map_or(0, |enrolment| enrolment.tries);
        let may_try = matches!(
            failure.reason,
            FailureReason::WrongOtp | FailureReason::OtpExpired | FailureReason::IssuerUnavailable
        );
        if !may_try {
            end(&mut happening, SessionStage::Failed, failure);
            return happening.effects;
        }
        if tries >= MAX_TRIES {
            end(&mut happening, SessionStage::Failed, otp_blocked(failure));
            return happening.effects;
        }
        let (operation, at) = (self.operation, self.context.now);
        happening.push(OtpRefused { operation, failure, at });
        self.answer_view(happening)
    }

    fn bound(&self, happening: &mut Happening<'_>, answer: IssuerAnswer) {
        let IssuerAnswer::Bound { reference, bank_code, rules } = answer else { return };
        let (operation, at, notice) = (self.operation, self.context.now, happening.next_notice());
        let others: Vec<Uuid> = self.binding.waiting().filter(|id| *id != operation).collect();
        happening.push(CardBound { operation, reference, bank_code, rules, at, notice });
        happening.tell(NoticeType::BindingBound);
        for other in others {
            complete_with_view(happening, other);
        }
    }

    fn unbound(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let failure = match answer {
            IssuerAnswer::Done => None,
            IssuerAnswer::Refused(failure) => Some(failure),
            IssuerAnswer::NeverReceived => {
                return wake::send_again(self, happening);
            }
            IssuerAnswer::OtpSent { .. } | IssuerAnswer::Bound { .. } | IssuerAnswer::Unknown => {
                return wake::unknown(self, happening);
            }
        };
        let (operation, at) = (self.operation, self.context.now);
        happening.push(UnbindConfirmed { operation, failure, at });
        happening.effects
    }

    fn challenged(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let at = self.context.now;
        let Some((id, challenge)) = self.challenge() else { return Effects::none() };
        let (failure, code) = match answer {
            IssuerAnswer::OtpSent { sent_to, expires_at, .. } => {
                happening.push(ChallengeSent { challenge: id, sent_to, expires_at, at });
                let done = Done::about(challenge.action.as_deref());
                self.answer_with(&mut happening, id, done, None);
                return happening.effects;
            }
            IssuerAnswer::Refused(failure) => {
                let code = code_of(failure.reason);
                (failure, code)
            }
            IssuerAnswer::NeverReceived => {
                let why = "the issuer never got what it was asked; no one-time code was sent";
                (unavailable(why), ErrorCode::IssuerUnavailable)
            }
            // A code may be on its way, but nothing waits for it any more.
            IssuerAnswer::Bound { .. } | IssuerAnswer::Done | IssuerAnswer::Unknown => {
                let why = "the issuer did not say in time whether it sent a one-time code";
                (unavailable(why), ErrorCode::IssuerSilent)
            }
        };
        happening.push(ChallengeEnded { challenge: id, failure: Some(failure.clone()), at });
        self.complete(&mut happening, answer_error(rejection(code, &failure)));
        happening.effects
    }

    fn proven(&self, mut happening: Happening<'_>, answer: IssuerAnswer) -> Happens {
        let (operation, at) = (self.operation, self.context.now);
        let Some((id, challenge)) = self.challenge() else { return Effects::none() };
        let failure = match answer {
            IssuerAnswer::Done => return self.succeed(happening, id, challenge),
            IssuerAnswer::Refused(failure) => failure,
            IssuerAnswer::NeverReceived => {
                unavailable("the issuer never got the one-time code; give it again")
            }
            IssuerAnswer::OtpSent { .. } | IssuerAnswer::Bound { .. } | IssuerAnswer::Unknown => {
                return wake::unknown(self, happening);
            }
        };
        let may_try =
            matches!(failure.reason, FailureReason::WrongOtp | FailureReason::IssuerUnavailable);
        if !may_try {
            return self.fail(happening, id, failure);
        }
        if challenge.tries >= MAX_TRIES {
            let failure = otp_blocked(failure);
            happening.push(ChallengeEnded { challenge: id, failure: Some(failure.clone()), at });
            token::block_for(&mut happening, Some(FailureReason::OtpBlocked));
            self.refuse(&mut happening, &failure);
            return happening.effects;
        }
        self.refuse(&mut happening, &failure);
        happening.push(ChallengeRefused { challenge: id, operation, failure, at });
        happening.effects
    }

    /// The one-time code was right: what waited for it happens.
    fn succeed(&self, mut happening: Happening<'_>, id: Uuid, challenge: &Challenge) -> Happens {
        let at = self.context.now;
        let action = challenge.action.as_deref();
        let may = action
            .map_or(Ok(()), |action| challenges::may_happen(self.binding, action, self.context));
        if let Err(rejection) = may {
            let failure = failure(FailureReason::TimedOut, &rejection.message);
            happening.push(ChallengeEnded { challenge: id, failure: Some(failure), at });
            self.complete(&mut happening, answer_error(rejection));
            return happening.effects;
        }
        happening.push(ChallengeEnded { challenge: id, failure: None, at });
        let done = action.map(|action| challenges::perform(&mut happening, action));
        let view = challenges::ended(challenge, id, ChallengeStage::Verified);
        self.answer_with(&mut happening, id, done.unwrap_or_default(), Some(view));
        happening.effects
    }

    /// The challenge comes to nothing.
    pub(super) fn fail(
        &self,
        mut happening: Happening<'_>,
        challenge: Uuid,
        failure: BindingFailure,
    ) -> Happens {
        let at = self.context.now;
        happening.push(ChallengeEnded { challenge, failure: Some(failure.clone()), at });
        self.refuse(&mut happening, &failure);
        happening.effects
    }

    /// The challenge that the operation belongs to.
    pub(super) fn challenge(&self) -> Option<(Uuid, &Challenge)> {
        let id = self.running.challenge?;
        Some((id, self.binding.token.as_ref()?.challenges.get(&id)?))
    }

    /// Answers whoever waits with the binding as it is by now.
    pub(super) fn answer_view(&self, mut happening: Happening<'_>) -> Happens {
        if !self.running.told {
            complete_with_view(&mut happening, self.operation);
        }
        happening.effects
    }

    /// The same with what was asked for. `ended` is the challenge, where it has ended.
    pub(super) fn answer_with(
        &self,
        happening: &mut Happening<'_>,
        challenge: Uuid,
        done: Done,
        ended: Option<purser_subjects::binding::ChallengeView>,
    ) {
        let token = happening.binding().and_then(|binding| binding.token.as_ref());
        let open = token.and_then(|token| token.challenges.get(&challenge));
        let view = ended.or_else(|| open.map(|open| open.view(challenge)));
        let answer = match challenges::reply(happening.binding(), view, done, self.context) {
            Ok(reply) => answer_ok(reply),
            Err(rejection) => answer_error(rejection),
        };
        self.complete(happening, answer);
    }

    fn refuse(&self, happening: &mut Happening<'_>, failure: &BindingFailure) {
        self.complete(happening, answer_error(refusal(failure)));
    }

    fn complete(&self, happening: &mut Happening<'_>, answer: bytes::Bytes) {
        if !self.running.told {
            happening.effects.completions.push((self.operation, answer));
        }
    }
}

/// Answers whoever waits for `operation` with the binding as it is by now.
pub(super) fn complete_with_view(happening: &mut Happening<'_>, operation: Uuid) {
    let view = happening.binding().map(|binding| binding.view(&happening.context.id));
    if let Some(view) = view {
        happening.effects.completions.push((operation, answer_ok(view)));
    }
}

/// What the merchant is told of a failure.
fn refusal(failure: &BindingFailure) -> Rejection {
    rejection(code_of(failure.reason), failure)
}

fn code_of(reason: FailureReason) -> ErrorCode {
    match reason {
        FailureReason::WrongOtp => ErrorCode::WrongOtp,
        FailureReason::OtpExpired | FailureReason::TimedOut => ErrorCode::OtpExpired,
        FailureReason::OtpBlocked => ErrorCode::OtpBlocked,
        FailureReason::NotSupported | FailureReason::BankNotSupported => ErrorCode::NotSupported,
        FailureReason::IssuerUnavailable => ErrorCode::IssuerUnavailable,
        FailureReason::CardRefused
        | FailureReason::CardBlocked
        | FailureReason::CardExpired
        | FailureReason::Cancelled => ErrorCode::IssuerRefused,
    }
}

fn rejection(code: ErrorCode, failure: &BindingFailure) -> Rejection {
    let code_of_issuer =
        if failure.code.is_empty() { String::new() } else { format!(" (code {})", failure.code) };
    Rejection::new(code, format!("{}{code_of_issuer}", failure.message))
}

pub(super) fn unavailable(message: &str) -> BindingFailure {
    failure(FailureReason::IssuerUnavailable, message)
}

/// The last try was wrong.
fn otp_blocked(last: BindingFailure) -> BindingFailure {
    let message = "too many one-time codes were tried".to_owned();
    BindingFailure { reason: FailureReason::OtpBlocked, message, ..last }
}
