//! The rules of a session: from its beginning to the one-time code. Pure.

use super::{
    checks::{by_code, check_card, check_digest, check_issue, reject, standing},
    happening::Happening,
    requests,
    state::{BindingState, CardBinding, MAX_RESENDS},
};
use crate::{
    entity::{Context, Decision, Effects, Reply},
    ports::IssuerTask,
};
use purser_subjects::{
    ErrorCode, Rejection,
    binding::{
        BindingEvent, BindingFailure, CancelSession, CardEntered, EnterCard, FailureReason,
        IssueSession, OpenSession, OtpRefused, OtpResendBegun, OtpTried, ResendOtp, SessionEnded,
        SessionIssued, SessionOpened, SessionStage, VerifyOtp,
    },
    callback::NoticeType,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

pub(super) type Outcome = Result<Decision<BindingEvent>, Rejection>;

pub(super) fn issue(state: &BindingState, issue: IssueSession, context: &Context) -> Outcome {
    if state.binding.is_some() {
        return reject(ErrorCode::AlreadyExists, "the merchant has used this state already");
    }
    check_issue(&issue, &context.id)?;
    let standing = standing(context)?;
    let mut happening = Happening::new(state, context);
    happening.push(SessionIssued {
        merchant: issue.merchant,
        environment: standing.environment,
        issuer: standing.terms.issuer,
        state: issue.state,
        code: issue.code,
        language: issue.language,
        scopes: issue.scopes,
        redirect_url: issue.redirect_url,
        failure_redirect_url: issue.failure_redirect_url,
        customer: issue.customer,
        phone: issue.phone,
        bank_code: issue.bank_code,
        details: issue.details,
        notify: issue.notify,
        expires_at: context.now.plus(Duration::from_secs(issue.valid_secs.into())),
        at: context.now,
    });
    Ok(happening.with_view()?.into())
}

pub(super) fn open(state: &BindingState, open: &OpenSession, context: &Context) -> Outcome {
    let binding = by_code(state, &open.code)?;
    let mut happening = Happening::new(state, context);
    if is_over(binding, context) {
        time_out(&mut happening);
    } else if binding.stage == SessionStage::Issued {
        happening.push(SessionOpened { at: context.now });
    }
    Ok(happening.with_view()?.into())
}

pub(super) fn cancel(state: &BindingState, cancel: &CancelSession, context: &Context) -> Outcome {
    let binding = by_code(state, &cancel.code)?;
    let mut happening = Happening::new(state, context);
    match binding.stage {
        SessionStage::Verifying => {
            return reject(ErrorCode::StateConflict, "the one-time code is being looked at");
        }
        SessionStage::Bound => return reject(ErrorCode::StateConflict, "the card is bound"),
        SessionStage::Failed | SessionStage::Expired | SessionStage::Cancelled => {}
        SessionStage::Issued
        | SessionStage::Opened
        | SessionStage::CardEntered
        | SessionStage::OtpSent => {
            let why = failure(FailureReason::Cancelled, "the customer gave up");
            end(&mut happening, SessionStage::Cancelled, why);
        }
    }
    Ok(happening.with_view()?.into())
}

pub(super) fn enter_card(state: &BindingState, enter: EnterCard, context: &Context) -> Outcome {
    let binding = by_code(state, &enter.code)?;
    if is_over(binding, context) {
        return timed_out(state, context);
    }
    if !matches!(binding.stage, SessionStage::Issued | SessionStage::Opened) {
        return reject(ErrorCode::StateConflict, "the session asks for no card");
    }
    check_card(&enter.card)?;
    check_digest(&enter.fingerprint)?;
    let claim = claim(binding, &enter.fingerprint);
    let operation = context.operation;
    let mut happening = Happening::new(state, context);
    if binding.stage == SessionStage::Issued {
        happening.push(SessionOpened { at: context.now });
    }
    let EnterCard { card, stored_card, sealed_card, .. } = enter;
    happening.push(CardEntered { operation, card, stored_card, claim, at: context.now });
    Ok(ask(happening, IssuerTask::Enrol { card: sealed_card }).into())
}

/// The same for the same card of the same customer and merchant. Customers without a name are told apart
/// by their phone numbers; without those a merchant binds a card once.
fn claim(binding: &CardBinding, fingerprint: &str) -> String {
    let customer = match (&binding.customer, &binding.phone) {
        (Some(customer), _) => format!("customer|{customer}"),
        (None, Some(phone)) => format!("phone|{phone}"),
        (None, None) => String::new(),
    };
    let digest = Sha256::new()
        .chain_update(binding.merchant.as_str())
        .chain_update([0])
        .chain_update(customer)
        .chain_update([0])
        .chain_update(fingerprint)
        .finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn verify_otp(state: &BindingState, verify: VerifyOtp, context: &Context) -> Outcome {
    let binding = by_code(state, &verify.code)?;
    if is_over(binding, context) {
        return timed_out(state, context);
    }
    let (operation, at) = (context.operation, context.now);
    let enrolled = binding.enrolment.as_ref().filter(|_| binding.stage == SessionStage::OtpSent);
    let Some(enrolment) = enrolled else {
        return reject(ErrorCode::StateConflict, "the session asks for no one-time code");
    };
    let mut happening = Happening::new(state, context);
    if enrolment.otp.as_ref().is_some_and(|otp| otp.expires_at <= at) {
        // The issuer need not be asked, so it counts as no try.
        let failure = failure(FailureReason::OtpExpired, "the one-time code came too late");
        happening.push(OtpRefused { operation, failure, at });
        return Ok(happening.with_view()?.into());
    }
    let enrolment = enrolment.operation;
    // The try is stored before the issuer is asked: no crash gives it back.
    happening.push(OtpTried { operation, at });
    Ok(ask(happening, IssuerTask::VerifyOtp { enrolment, otp: verify.otp }).into())
}

pub(super) fn resend_otp(state: &BindingState, resend: &ResendOtp, context: &Context) -> Outcome {
    let binding = by_code(state, &resend.code)?;
    if is_over(binding, context) {
        return timed_out(state, context);
    }
    let enrolled = binding.enrolment.as_ref().filter(|_| binding.stage == SessionStage::OtpSent);
    let Some(enrolment) = enrolled else {
        return reject(ErrorCode::StateConflict, "the session asks for no one-time code");
    };
    if enrolment.resends >= MAX_RESENDS {
        return reject(ErrorCode::TooMany, "a one-time code is sent again at most 3 times");
    }
    let enrolment = enrolment.operation;
    let mut happening = Happening::new(state, context);
    happening.push(OtpResendBegun { operation: context.operation, at: context.now });
    Ok(ask(happening, IssuerTask::ResendOtp { enrolment }).into())
}

/// What happened, and then the issuer is asked; its answer is the command's.
pub(super) fn ask(happening: Happening<'_>, what: IssuerTask) -> Effects<BindingEvent> {
    let (operation, context) = (happening.context.operation, happening.context);
    let call =
        happening.binding().map(|binding| requests::execute(binding, context, operation, what));
    let mut effects = happening.effects;
    effects.calls.extend(call);
    effects.reply = Reply::Later(operation);
    effects
}

/// Whether the session's time has run out, although its timer may not have told yet.
pub(super) fn is_over(binding: &CardBinding, context: &Context) -> bool {
    binding.is_timed() && binding.expires_at <= context.now
}

fn timed_out(state: &BindingState, context: &Context) -> Outcome {
    let mut happening = Happening::new(state, context);
    time_out(&mut happening);
    Ok(happening.with_view()?.into())
}

/// The session's time has run out. Whoever waits for the issuer is told so.
pub(super) fn time_out(happening: &mut Happening<'_>) {
    let why = failure(FailureReason::TimedOut, "no card was bound in time");
    end(happening, SessionStage::Expired, why);
}

/// The session ends without a bound card.
pub(super) fn end(happening: &mut Happening<'_>, stage: SessionStage, failure: BindingFailure) {
    let waiting: Vec<_> = happening.binding().into_iter().flat_map(CardBinding::waiting).collect();
    let (at, notice) = (happening.context.now, happening.next_notice());
    happening.push(SessionEnded { stage, failure, at, notice });
    happening.tell(NoticeType::BindingFailed);
    for operation in waiting {
        super::answers::complete_with_view(happening, operation);
    }
}

pub(super) fn failure(reason: FailureReason, message: &str) -> BindingFailure {
    BindingFailure { reason, code: String::new(), message: message.to_owned() }
}
