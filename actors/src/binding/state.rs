//! What a card binding remembers.

mod apply;
mod views;

pub(super) use views::purpose;

use purser_subjects::{
    MerchantId, Money, Sealed, Timestamp, TransactionId,
    binding::{
        BindingFailure, ChallengeAction, ChallengeStage, ChargeLimits, ChargeStage,
        CustomerTokenDigests, FailureReason, IssuerRules, Language, SessionStage, TokenStatus,
    },
    connector::IssuerOperation,
    merchant::{AcquirerName, Environment},
    transaction::{Authorise, CardSummary, NotifyTarget},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// An operation is looked after when its call, limited to 20 s, should long have ended.
pub(super) const FIRST_CHECK: Duration = Duration::from_secs(30);

/// Cards that a customer may enter in one session before it fails.
pub(super) const MAX_CARDS: u8 = 3;
/// One-time codes that may be given for one enrolment or challenge.
pub(super) const MAX_TRIES: u8 = 3;
/// How often another one-time code may be asked for in one session.
pub(super) const MAX_RESENDS: u8 = 3;

/// State of a card binding; nothing until a session is begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BindingState {
    /// The binding.
    pub binding: Option<Box<CardBinding>>,
}

/// A session, and the token that came of it.
///
/// Stored states decode for ever (`tests/states.rs`). A field that is added gets `#[serde(default)]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardBinding {
    /// Whose.
    pub merchant: MerchantId,
    /// Whose money it is.
    pub environment: Environment,
    /// Who issues a live merchant's cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<AcquirerName>,
    /// The merchant's own name for the session.
    pub state: String,
    /// SHA-256 of the session's code.
    pub code: String,
    /// Language of the pages.
    pub language: Language,
    /// What the merchant may do with the card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Where the customer goes with a bound card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Where the customer goes without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_redirect_url: Option<String>,
    /// The merchant's own name for its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The customer's phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Code of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the interface wants echoed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// Where the session stands.
    pub stage: SessionStage,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<BindingFailure>,
    /// Cards that were refused.
    pub refused_cards: u8,
    /// The card that was entered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardSummary>,
    /// What is under way at the issuer, from the entered card to the bound one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
    /// The token, once the card is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// Operations at the issuer that have not ended.
    pub running: BTreeMap<Uuid, Running>,
    /// Number of the last notification.
    pub notifications: u32,
    /// Number of the last notice to registered endpoints.
    pub notices: u32,
    /// When the session was begun.
    pub created_at: Timestamp,
    /// When it last changed as others see it.
    pub updated_at: Timestamp,
    /// Until when a card can be bound.
    pub expires_at: Timestamp,
}

/// A card at its issuer that is not bound yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The operation that began it.
    pub operation: Uuid,
    /// Number and expiry, sealed for the binding's id.
    pub stored_card: Sealed,
    /// Digest of merchant, customer and card.
    pub claim: String,
    /// The issuer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The one-time code that the customer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<SentOtp>,
    /// One-time codes that were given.
    pub tries: u8,
    /// How often another one was asked for.
    pub resends: u8,
}

/// A one-time code that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentOtp {
    /// Where to, masked.
    pub to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

/// What stands for a bound card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What may be done with it.
    pub status: TokenStatus,
    /// Why it is blocked, if not because somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<FailureReason>,
    /// The issuer's reference of the binding.
    pub reference: String,
    /// Number and expiry, sealed for the binding's id; gone with the binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_card: Option<Sealed>,
    /// Digest of merchant, customer and card; given back with the binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// What the issuer wants.
    pub rules: IssuerRules,
    /// How much may be charged.
    #[serde(default)]
    pub limits: ChargeLimits,
    /// When the card was bound.
    pub bound_at: Timestamp,
    /// When a charge was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_at: Option<Timestamp>,
    /// When it was unbound or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Whether the session's code was redeemed for the card token.
    pub claimed: bool,
    /// Whether it was redeemed for a customer token.
    pub exchanged: bool,
    /// The customer token that is valid, or was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_token: Option<CustomerTokenDigests>,
    /// One-time codes that the card holder is asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub challenges: BTreeMap<Uuid, Challenge>,
    /// Charges of the last day, and those that wait.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub charges: BTreeMap<TransactionId, Charge>,
}

/// A one-time code that the card holder is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// What waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Box<ChallengeAction>>,
    /// Where it stands.
    pub stage: ChallengeStage,
    /// Where it was sent, masked.
    pub sent_to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// One-time codes that were given.
    pub tries: u8,
}

/// A charge of the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub stage: ChargeStage,
    /// The challenge that it waits or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Uuid>,
    /// How its payment is asked, until it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<Box<Asking>>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// How the payment of an accepted charge is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Names the call.
    pub operation: Uuid,
    /// What it is asked.
    pub authorise: Authorise,
    /// When it is asked again, if it has not answered by then.
    pub next_check: Timestamp,
}

/// An operation at the issuer that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// What it does.
    pub kind: IssuerOperation,
    /// The challenge that it belongs to, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Uuid>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it is looked after next.
    pub next_check: Timestamp,
    /// Whether whoever asked for it was told that its outcome is open, and so has an answer.
    #[serde(default)]
    pub told: bool,
}

impl CardBinding {
    /// Whether the session ends when its time runs out. While the issuer looks at a one-time code it does
    /// not: the card may be bound there.
    pub fn is_timed(&self) -> bool {
        matches!(
            self.stage,
            SessionStage::Issued
                | SessionStage::Opened
                | SessionStage::CardEntered
                | SessionStage::OtpSent
        )
    }

    /// The claim on the card that it holds: no other binding may hold the same one.
    pub fn claim(&self) -> Option<&String> {
        let entered = self.enrolment.as_ref().map(|enrolment| &enrolment.claim);
        entered.or_else(|| self.token.as_ref()?.claim.as_ref())
    }

    /// Operations whose askers have no answer yet. Nobody waits for the issuer to know of an unbinding.
    pub(super) fn waiting(&self) -> impl Iterator<Item = Uuid> + '_ {
        let waits = |running: &&Running| !running.told && running.kind != IssuerOperation::Unbind;
        self.running.iter().filter(move |(_, running)| waits(running)).map(|(id, _)| *id)
    }

    /// When the binding wants to be woken.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let session = self.is_timed().then_some(self.expires_at);
        let checks = self.running.values().map(|running| running.next_check);
        let token = self.token.as_ref().into_iter().flat_map(Token::times);
        checks.chain(session).chain(token).min()
    }
}

impl Token {
    /// Whether the binding goes on.
    pub fn is_alive(&self) -> bool {
        matches!(self.status, TokenStatus::Active | TokenStatus::Blocked)
    }

    /// When it expires if it is not charged any more.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        let day = |days: u16| Duration::from_secs(u64::from(days) * 86_400);
        let last = self.charged_at.unwrap_or(self.bound_at);
        let idle = self.rules.idle_days.map(|days| last.plus(day(days)));
        self.rules.expires_at.into_iter().chain(idle).min()
    }

    /// When something about it runs out.
    fn times(&self) -> impl Iterator<Item = Timestamp> {
        let lapse = self.is_alive().then(|| self.lapses_at()).flatten();
        let sent = self.challenges.values().filter(|c| c.stage == ChallengeStage::Sent);
        let asking = self.charges.values().filter_map(|charge| charge.asking.as_ref());
        let asking = asking.map(|asking| asking.next_check);
        sent.map(|challenge| challenge.expires_at).chain(lapse).chain(asking)
    }
}
