//! A card binding as others see it.

use super::ChargeLimits;
use crate::{
    BindingId, MerchantId, Timestamp,
    transaction::{CardSummary, NotifyTarget},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Language of the pages (ISO 639-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Indonesian.
    #[default]
    Id,
    /// English.
    En,
}

impl Language {
    /// Whether it is the one that is meant without a word.
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::Id
    }
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStage {
    /// Begun; the customer has not come yet.
    Issued,
    /// The customer is asked for a card.
    Opened,
    /// The issuer was asked about the card and has not answered yet.
    CardEntered,
    /// The customer is asked for the one-time code.
    OtpSent,
    /// The issuer was asked about the one-time code and has not answered yet.
    Verifying,
    /// The card is bound.
    Bound,
    /// The issuer refused for good.
    Failed,
    /// The time ran out.
    Expired,
    /// The customer gave up.
    Cancelled,
}

/// What may be done with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenStatus {
    /// The card can be charged.
    Active,
    /// Not at present: too many wrong one-time codes, or somebody stopped it.
    Blocked,
    /// It was unbound.
    Disabled,
    /// It expired by the issuer's rule.
    Expired,
}

/// Why something about a card did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The issuer does not accept the card or what was entered with it.
    CardRefused,
    /// The issuer has blocked the card.
    CardBlocked,
    /// The card has expired.
    CardExpired,
    /// The bank does not offer it.
    NotSupported,
    /// The bank does not take part at all.
    BankNotSupported,
    /// The one-time code is wrong.
    WrongOtp,
    /// The one-time code came too late.
    OtpExpired,
    /// Too many wrong one-time codes.
    OtpBlocked,
    /// The issuer cannot be reached or does not know; try again.
    IssuerUnavailable,
    /// Nobody went on in time.
    TimedOut,
    /// The customer gave up.
    Cancelled,
}

/// Why something about a card did not succeed, with words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingFailure {
    /// Why.
    pub reason: FailureReason,
    /// The issuer's own code, may be empty.
    pub code: String,
    /// Words for the merchant.
    pub message: String,
}

/// What the customer should know of the one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpView {
    /// Where it was sent, masked by the issuer; may be empty.
    pub sent_to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// How often a code may still be entered.
    pub tries_left: u8,
    /// How often another may still be asked for.
    pub resends_left: u8,
}

/// What the issuer wants of its bindings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRules {
    /// Until when the token is valid, if not for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Days without a charge after which it expires, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_days: Option<u16>,
    /// Whether each charge needs a one-time code.
    #[serde(default)]
    pub otp_to_charge: bool,
    /// Whether unbinding needs one.
    #[serde(default)]
    pub otp_to_unbind: bool,
    /// Whether a change of limits needs one.
    #[serde(default)]
    pub otp_to_limit: bool,
}

/// The token that stands for a bound card. It is the binding's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// What may be done with it.
    pub status: TokenStatus,
    /// Why it is blocked, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<FailureReason>,
    /// When the card was bound.
    pub bound_at: Timestamp,
    /// When it expires if it is not charged any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When a charge was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_at: Option<Timestamp>,
    /// When it was unbound or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What the issuer wants.
    pub rules: IssuerRules,
    /// How much may be charged.
    pub limits: ChargeLimits,
    /// Whether the merchant redeemed the session's code for the token.
    pub claimed: bool,
}

/// A card binding: its session, and the token that came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingView {
    /// Its id.
    pub binding: BindingId,
    /// Whose.
    pub merchant: MerchantId,
    /// The merchant's own name for the session.
    pub state: String,
    /// Language of the pages.
    pub language: Language,
    /// What the merchant may do with the card.
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
    /// Code of the bank, as the merchant gave it or the issuer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the interface wants echoed.
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// Where the session stands.
    pub stage: SessionStage,
    /// What went wrong last: why the session ended, or what the customer has to enter again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<BindingFailure>,
    /// How often a card may still be entered.
    pub cards_left: u8,
    /// The card, once entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardSummary>,
    /// The one-time code that the customer is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<OtpView>,
    /// The token, once the card is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenView>,
    /// When the session was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when a card can be bound.
    pub expires_at: Timestamp,
}
