//! One-time codes that the holder of a bound card is asked for, and what waits for them. Pure.

use super::{
    charges,
    checks::{active, alive, begun, owned, reject},
    happening::Happening,
    session::{self, Outcome},
    state::{BindingState, CardBinding, Challenge, purpose},
    token,
};
use crate::{
    entity::{Context, Reply},
    ports::IssuerTask,
};
use purser_subjects::{
    ErrorCode, Money, Rejection, TransactionId,
    binding::{
        BindingReply, ChallengeAction, ChallengeBegun, ChallengeProof, ChallengeStage,
        ChallengeTried, ChallengeView, ChargesLimited, VerifyChallenge,
    },
    transaction::Authorise,
};

/// Challenges of one card that have not ended.
const MAX_OPEN: usize = 4;

/// What somebody wants of a bound card.
pub(super) struct Wanted {
    pub(super) action: ChallengeAction,
    /// The one-time code for a challenge that was requested before.
    pub(super) proof: Option<ChallengeProof>,
    /// Whether the card holder must be asked.
    pub(super) needs_otp: bool,
}

/// Does what is wanted, at once or when the card holder has given a one-time code.
pub(super) fn begin_or_do(state: &BindingState, wanted: Wanted, context: &Context) -> Outcome {
    let Wanted { action, proof, needs_otp } = wanted;
    if let Some(proof) = proof {
        return attempt(state, proof, Some(action), context);
    }
    if needs_otp {
        return begin(state, Some(action), context);
    }
    let mut happening = Happening::new(state, context);
    let done = perform(&mut happening, &action);
    let reply = reply(happening.binding(), None, done, context)?;
    happening.effects.reply = Reply::ok(reply);
    Ok(happening.effects.into())
}

/// Has the issuer send a one-time code, for `action` or for whatever is asked later.
pub(super) fn begin(
    state: &BindingState,
    action: Option<ChallengeAction>,
    context: &Context,
) -> Outcome {
    let open = begun(state.binding.as_deref())?.token.as_ref();
    if open.is_some_and(|token| token.challenges.len() >= MAX_OPEN) {
        let why = "the card holder is asked for 4 one-time codes already";
        return reject(ErrorCode::TooMany, why);
    }
    let (purpose, amount) = (purpose(action.as_ref()), amount(action.as_ref()));
    let mut happening = Happening::new(state, context);
    happening.push(ChallengeBegun { challenge: context.operation, action, at: context.now });
    Ok(session::ask(happening, IssuerTask::Challenge { purpose, amount }).into())
}

fn amount(action: Option<&ChallengeAction>) -> Option<Money> {
    match action {
        Some(ChallengeAction::Charge(authorise)) => Some(authorise.amount),
        Some(ChallengeAction::Limit(_) | ChallengeAction::Unbind) | None => None,
    }
}

/// The card holder gave the one-time code for what waits.
pub(super) fn verify(state: &BindingState, verify: VerifyChallenge, context: &Context) -> Outcome {
    owned(state, &verify.merchant)?;
    attempt(state, verify.proof, None, context)
}

/// Has the issuer look at a one-time code. The try is stored before it is asked.
fn attempt(
    state: &BindingState,
    proof: ChallengeProof,
    action: Option<ChallengeAction>,
    context: &Context,
) -> Outcome {
    let binding = begun(state.binding.as_deref())?;
    let token = active(binding, context)?;
    let missing = || Rejection::new(ErrorCode::NotFound, "there is no such challenge");
    let challenge = token.challenges.get(&proof.challenge).ok_or_else(missing)?;
    match challenge.stage {
        ChallengeStage::Sent => {}
        ChallengeStage::Sending => {
            return reject(ErrorCode::StateConflict, "the one-time code is being sent");
        }
        ChallengeStage::Verifying | ChallengeStage::Verified | ChallengeStage::Failed => {
            return reject(ErrorCode::StateConflict, "a one-time code is being looked at");
        }
    }
    if challenge.expires_at <= context.now {
        return reject(ErrorCode::OtpExpired, "the one-time code came too late");
    }
    if action.is_some() && challenge.action.is_some() {
        return reject(ErrorCode::StateConflict, "the challenge is for something else");
    }
    let ChallengeProof { challenge, otp } = proof;
    let (operation, at) = (context.operation, context.now);
    let mut happening = Happening::new(state, context);
    happening.push(ChallengeTried { challenge, operation, action, at });
    Ok(session::ask(happening, IssuerTask::VerifyChallenge { challenge, otp }).into())
}

/// What came of an action: the charge's payment, and what it is asked if the charge was accepted.
#[derive(Default)]
pub(super) struct Done {
    pub(super) payment: Option<TransactionId>,
    pub(super) authorise: Option<Authorise>,
}

impl Done {
    /// What an action is about, before anything has come of it.
    pub(super) fn about(action: Option<&ChallengeAction>) -> Self {
        match action {
            Some(ChallengeAction::Charge(authorise)) => {
                Self { payment: Some(charges::payment(authorise)), authorise: None }
            }
            Some(ChallengeAction::Limit(_) | ChallengeAction::Unbind) | None => Self::default(),
        }
    }
}

/// What was asked for happens.
pub(super) fn perform(happening: &mut Happening<'_>, action: &ChallengeAction) -> Done {
    match action {
        ChallengeAction::Charge(authorise) => {
            charges::accept(happening, authorise);
            Done { authorise: Some(authorise.clone()), ..Done::about(Some(action)) }
        }
        ChallengeAction::Limit(limits) => {
            let (limits, at) = (limits.clone(), happening.context.now);
            happening.push(ChargesLimited { limits, at });
            Done::default()
        }
        ChallengeAction::Unbind => {
            token::end(happening);
            Done::default()
        }
    }
}

/// Whether what waited for a one-time code may still happen.
pub(super) fn may_happen(
    binding: &CardBinding,
    action: &ChallengeAction,
    context: &Context,
) -> Result<(), Rejection> {
    match action {
        ChallengeAction::Charge(_) | ChallengeAction::Limit(_) => active(binding, context),
        ChallengeAction::Unbind => alive(binding, context),
    }
    .map(drop)
}

/// The binding, with what was asked of it.
pub(super) fn reply(
    binding: Option<&CardBinding>,
    challenge: Option<ChallengeView>,
    done: Done,
    context: &Context,
) -> Result<BindingReply, Rejection> {
    let binding = begun(binding)?;
    let charges = binding.token.as_ref().map(|token| &token.charges);
    let charge = done.payment.and_then(|payment| {
        let charge = charges?.get(&payment)?;
        Some(charge.view(&payment))
    });
    let authorise = done.authorise;
    Ok(BindingReply { binding: binding.view(&context.id), challenge, charge, authorise })
}

/// A challenge as it ended.
pub(super) fn ended(challenge: &Challenge, id: uuid::Uuid, stage: ChallengeStage) -> ChallengeView {
    ChallengeView { stage, ..challenge.view(id) }
}
