//! What a binding does on its own: running out of time, and finding out unknown outcomes. Pure.

use super::{
    answers::{About, complete_with_view, unavailable},
    challenges::Done,
    charges,
    happening::Happening,
    requests,
    session::{end, failure, time_out},
    state::{BindingState, CardBinding, FIRST_CHECK, Running},
    token,
};
use crate::{
    entity::{Context, Effects},
    ports::IssuerTask,
};
use purser_subjects::{
    ErrorCode, Rejection, Timestamp,
    binding::{
        BindingEvent, ChallengeEnded, ChallengeStage, FailureReason, IssuerUnknown, SessionStage,
        TokenLapsed, UnbindConfirmed, UnbindRepeated,
    },
    callback::NoticeType,
    connector::IssuerOperation,
};
use std::time::Duration;
use uuid::Uuid;

type Happens = Effects<BindingEvent>;

/// Bounds of the pause between a question that was not answered and the next.
const CHECK_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(7_200));

/// A one-time code of which the issuer tells nothing for so long counts as not accepted.
const GIVE_UP: Duration = Duration::from_secs(86_400);
/// An issuer that cannot be told of an unbinding for so long is not told any more.
const GIVE_UP_UNBINDING: Duration = Duration::from_secs(7 * 86_400);

/// The issuer does not know, or did not answer.
pub(super) fn unknown(about: &About<'_>, mut happening: Happening<'_>) -> Happens {
    let age = about.context.now.since(about.running.begun_at);
    let (operation, at) = (about.operation, about.context.now);
    match about.running.kind {
        IssuerOperation::Unbind if age > GIVE_UP_UNBINDING => return not_told(about, happening),
        IssuerOperation::VerifyOtp if age > GIVE_UP => {
            let call = happening.binding().map(|binding| {
                // Nobody waits for the answer; the issuer may have bound the card after all.
                let id = about.context.derived_id(9);
                requests::execute(binding, about.context, id, IssuerTask::Unbind)
            });
            let why =
                unavailable("the issuer could not tell within a day whether the card is bound");
            end(&mut happening, SessionStage::Failed, why);
            happening.effects.calls.extend(call);
            return happening.effects;
        }
        IssuerOperation::VerifyChallenge if age > GIVE_UP => {
            let Some((challenge, _)) = about.challenge() else { return Effects::none() };
            let why = unavailable("the issuer could not tell within a day");
            return about.fail(happening, challenge, why);
        }
        _ => {}
    }
    let next_check = at.plus((age / 2).clamp(CHECK_PAUSES.0, CHECK_PAUSES.1));
    let told = !about.running.told;
    happening.push(IssuerUnknown { operation, next_check, told, at });
    if told {
        tell_open(about, &mut happening);
    }
    happening.effects
}

/// Whoever waits is told that the outcome is open.
fn tell_open(about: &About<'_>, happening: &mut Happening<'_>) {
    match about.challenge() {
        Some((id, challenge)) => {
            let done = Done::about(challenge.action.as_deref());
            about.answer_with(happening, id, done, None);
        }
        // Nobody waits for the issuer to know of an unbinding.
        None if about.running.kind == IssuerOperation::Unbind => {}
        None => complete_with_view(happening, about.operation),
    }
}

/// The issuer never got what it must be told. It would not act on the same operation any more, so this is
/// another one.
pub(super) fn send_again(about: &About<'_>, mut happening: Happening<'_>) -> Happens {
    let (before, at) = (about.operation, about.context.now);
    if at.since(about.running.begun_at) > GIVE_UP_UNBINDING {
        return not_told(about, happening);
    }
    let operation = about.context.message;
    happening.push(UnbindRepeated { before, operation, at });
    let call = requests::execute(about.binding, about.context, operation, IssuerTask::Unbind);
    happening.effects.calls.push(call);
    happening.effects
}

fn not_told(about: &About<'_>, mut happening: Happening<'_>) -> Happens {
    let (operation, at) = (about.operation, about.context.now);
    let failure = Some(unavailable("the issuer could not be told within 7 days"));
    happening.push(UnbindConfirmed { operation, failure, at });
    happening.effects
}

/// A wake-up time has come.
pub(super) fn woken(state: &BindingState, context: &Context) -> Happens {
    let mut happening = Happening::new(state, context);
    let is_over = |binding: &CardBinding| super::session::is_over(binding, context);
    if happening.binding().is_some_and(is_over) {
        time_out(&mut happening);
    }
    run_out(&mut happening);
    look_after(&mut happening, |running| running.next_check <= context.now);
    charges::ask_again(&mut happening, |asking| asking.next_check <= context.now);
    happening.effects
}

/// Challenges and the token end when their time is over.
fn run_out(happening: &mut Happening<'_>) {
    let now = happening.context.now;
    let Some(token) = happening.binding().and_then(|binding| binding.token.as_ref()) else {
        return;
    };
    let is_over = |at: Timestamp| at <= now;
    let lapsed = token.is_alive() && token.lapses_at().is_some_and(is_over);
    let sent = token.challenges.iter().filter(|(_, challenge)| {
        challenge.stage == ChallengeStage::Sent && is_over(challenge.expires_at)
    });
    let ended: Vec<Uuid> = sent.map(|(id, _)| *id).collect();
    for challenge in ended {
        let why = failure(FailureReason::OtpExpired, "nobody gave the one-time code in time");
        happening.push(ChallengeEnded { challenge, failure: Some(why), at: now });
    }
    if lapsed {
        let notice = happening.next_notice();
        let why = Rejection::new(ErrorCode::TokenLapsed, "the card's token has expired");
        token::refuse_waiting(happening, &why);
        happening.push(TokenLapsed { at: now, notice });
        happening.tell(NoticeType::BindingExpired);
    }
}

/// An earlier process may have begun calls whose answers nobody will get.
pub(super) fn restarted(state: &BindingState, context: &Context) -> Happens {
    let mut happening = Happening::new(state, context);
    look_after(&mut happening, |_| true);
    charges::ask_again(&mut happening, |_| true);
    happening.effects
}

/// Somebody waits for an operation that this process did not begin.
pub(super) fn resumed(state: &BindingState, id: Uuid, context: &Context) -> Happens {
    let Some(binding) = state.binding.as_deref() else { return Effects::none() };
    let running = binding.running.get(&id);
    let calls = running.map(|running| requests::status(binding, context, id, running));
    Effects { calls: calls.into_iter().collect(), ..Effects::default() }
}

fn look_after(happening: &mut Happening<'_>, which: impl Fn(&Running) -> bool) {
    let (context, at) = (happening.context, happening.context.now);
    let Some(binding) = happening.binding() else { return };
    let due = binding.running.iter().filter(|(_, running)| which(running));
    let due: Vec<_> =
        due.map(|(id, running)| (*id, requests::status(binding, context, *id, running))).collect();
    for (operation, call) in due {
        let next_check = at.plus(FIRST_CHECK);
        happening.push(IssuerUnknown { operation, next_check, told: false, at });
        happening.effects.calls.push(call);
    }
}
