//! Card bindings, sessions and tokens that the stored messages are about.

use crate::golden::samples::{
    binding, card, details, digest, entity, merchant, notify, sealed, text, time, uuid,
};
use purser_subjects::{
    Money, TransactionId,
    binding::{
        BindingFailure, BindingReply, BindingView, ChallengeProof, ChallengePurpose,
        ChallengeStage, ChallengeView, ChargeLimits, ChargeStage, ChargeView, CustomerToken,
        CustomerTokenDigests, FailureReason, IssueSession, IssuerRules, Language, OtpView,
        SessionIssued, SessionStage, TokenStatus, TokenView,
    },
    merchant::Environment,
    transaction::Authorise,
};
use std::collections::BTreeMap;

pub(super) fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

pub(super) fn payment() -> TransactionId {
    entity("61058214b470d599856ca5d29cf6d54f").into()
}

pub(super) fn authorise() -> Authorise {
    Authorise {
        merchant: merchant(),
        reference: text("order-1"),
        amount: idr(1_000_000),
        capture: true,
        card: card(),
        sealed_card: sealed(0x5a),
        details: details(),
        notify: Some(notify()),
        binding: Some(binding()),
    }
}

pub(super) fn failure() -> BindingFailure {
    BindingFailure {
        reason: FailureReason::WrongOtp,
        code: text("55"),
        message: text("the one-time code is wrong"),
    }
}

pub(super) fn rules() -> IssuerRules {
    IssuerRules {
        expires_at: Some(time(500_000)),
        idle_days: Some(90),
        otp_to_charge: true,
        otp_to_unbind: true,
        otp_to_limit: false,
    }
}

pub(super) fn limits() -> ChargeLimits {
    ChargeLimits { per_payment: Some(idr(5_000_000)), per_day: Some(idr(20_000_000)) }
}

pub(super) fn issue() -> IssueSession {
    IssueSession {
        merchant: merchant(),
        state: text("s7".repeat(16).as_str()),
        code: digest(0xc0),
        valid_secs: 300,
        language: Language::En,
        scopes: vec![text("CARD_REGISTRATION")],
        redirect_url: Some(text("https://shop.example/done")),
        failure_redirect_url: Some(text("https://shop.example/failed")),
        customer: Some(text("customer-7")),
        phone: Some(text("6281234567890")),
        bank_code: Some(text("002")),
        details: details(),
        notify: Some(notify()),
    }
}

/// As little as a session can be begun with.
pub(super) fn plain_issue() -> IssueSession {
    IssueSession {
        language: Language::Id,
        scopes: Vec::new(),
        redirect_url: None,
        failure_redirect_url: None,
        customer: None,
        phone: None,
        bank_code: None,
        details: BTreeMap::new(),
        notify: None,
        ..issue()
    }
}

pub(super) fn issued() -> SessionIssued {
    SessionIssued {
        merchant: merchant(),
        environment: Environment::Live,
        issuer: Some("nats:bank-2".parse().unwrap()),
        state: issue().state,
        code: digest(0xc0),
        language: Language::En,
        scopes: issue().scopes,
        redirect_url: issue().redirect_url,
        failure_redirect_url: issue().failure_redirect_url,
        customer: issue().customer,
        phone: issue().phone,
        bank_code: issue().bank_code,
        details: details(),
        notify: Some(notify()),
        expires_at: time(5),
        at: time(0),
    }
}

pub(super) fn plain_issued() -> SessionIssued {
    SessionIssued {
        environment: Environment::Sandbox,
        issuer: None,
        redirect_url: None,
        failure_redirect_url: None,
        customer: None,
        phone: None,
        bank_code: None,
        notify: None,
        ..issued()
    }
}

pub(super) fn token() -> TokenView {
    TokenView {
        status: TokenStatus::Blocked,
        blocked: Some(FailureReason::OtpBlocked),
        bound_at: time(3),
        expires_at: Some(time(129_603)),
        charged_at: Some(time(4)),
        ended_at: Some(time(9)),
        rules: rules(),
        limits: limits(),
        claimed: true,
    }
}

pub(super) fn fresh_token() -> TokenView {
    TokenView {
        status: TokenStatus::Active,
        blocked: None,
        expires_at: None,
        charged_at: None,
        ended_at: None,
        rules: IssuerRules::default(),
        limits: ChargeLimits::default(),
        claimed: false,
        ..token()
    }
}

pub(super) fn otp() -> OtpView {
    OtpView { sent_to: text("62812****890"), expires_at: time(6), tries_left: 2, resends_left: 3 }
}

pub(super) fn view(stage: SessionStage) -> BindingView {
    BindingView {
        binding: binding(),
        merchant: merchant(),
        state: issue().state,
        language: Language::En,
        scopes: issue().scopes,
        redirect_url: issue().redirect_url,
        failure_redirect_url: issue().failure_redirect_url,
        customer: issue().customer,
        phone: issue().phone,
        bank_code: issue().bank_code,
        details: details(),
        notify: Some(notify()),
        stage,
        failure: None,
        cards_left: 2,
        card: Some(card()),
        otp: None,
        token: None,
        created_at: time(0),
        updated_at: time(2),
        expires_at: time(5),
    }
}

pub(super) fn plain_view() -> BindingView {
    BindingView {
        redirect_url: None,
        failure_redirect_url: None,
        customer: None,
        phone: None,
        bank_code: None,
        notify: None,
        cards_left: 3,
        card: None,
        ..view(SessionStage::Issued)
    }
}

pub(super) fn otp_sent() -> BindingView {
    BindingView { failure: Some(failure()), otp: Some(otp()), ..view(SessionStage::OtpSent) }
}

pub(super) fn bound() -> BindingView {
    BindingView { token: Some(token()), ..view(SessionStage::Bound) }
}

pub(super) fn customer_token() -> CustomerToken {
    CustomerToken {
        binding: binding(),
        customer: issue().customer,
        expires_at: time(21_600),
        refresh_expires_at: time(43_200),
    }
}

pub(super) fn challenge(purpose: ChallengePurpose, stage: ChallengeStage) -> ChallengeView {
    ChallengeView {
        challenge: uuid(31),
        purpose,
        stage,
        sent_to: text("62812****890"),
        expires_at: time(10),
        tries_left: 3,
    }
}

pub(super) fn charge(stage: ChargeStage) -> ChargeView {
    let (payment, amount, at) = (payment(), idr(1_000_000), time(4));
    ChargeView { payment, amount, stage, challenge: Some(uuid(31)), at }
}

pub(super) fn reply() -> BindingReply {
    BindingReply { binding: bound(), challenge: None, charge: None, authorise: None }
}

pub(super) fn challenged(purpose: ChallengePurpose) -> BindingReply {
    BindingReply { challenge: Some(challenge(purpose, ChallengeStage::Sent)), ..reply() }
}

pub(super) fn proof() -> ChallengeProof {
    ChallengeProof { challenge: uuid(31), otp: sealed(0x07) }
}

pub(super) fn digests() -> CustomerTokenDigests {
    CustomerTokenDigests {
        token: digest(0x70),
        expires_at: time(21_600),
        refresh: digest(0x7e),
        refresh_expires_at: time(43_200),
    }
}
