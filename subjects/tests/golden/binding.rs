//! Stored messages of card bindings.

mod samples;

use super::{
    case::{Case, Cases},
    samples::{card, digest, merchant, sealed, text, time, uuid},
};
use purser_subjects::binding::{
    BindingClaimed, BindingCommand, BindingEvent, BindingNotified, BindingReply, BindingView,
    BlockToken, CancelCharge, CancelSession, CardBound, CardEntered, CardRefused, CardUnbound,
    ChallengeAction, ChallengeBegun, ChallengeEnded, ChallengePurpose, ChallengeRefused,
    ChallengeSent, ChallengeTried, ChargeAccepted, ChargeAskedAgain, ChargeBegun, ChargeCancelled,
    ChargeCard, ChargeEnded, ChargeLimits, ChargeReleased, ChargeStage, ChargeView, ChargesLimited,
    CheckCustomerToken, ClaimBinding, CodeExchanged, CustomerToken, EnterCard, ExchangeCode,
    FailureReason, InquireBinding, InquireCharge, IssueSession, IssuerRules, IssuerUnknown,
    LimitCharges, OpenSession, OtpRefused, OtpResendBegun, OtpResendFailed, OtpSent, OtpTried,
    ReadStoredCard, RefreshToken, RequestOtp, ResendOtp, SessionEnded, SessionOpened, SessionStage,
    StoredCard, TokenBlocked, TokenLapsed, TokenRefreshed, TokenUnblocked, UnbindCard,
    UnbindConfirmed, UnbindRepeated, UnblockToken, VerifyChallenge, VerifyOtp,
};
use samples::{
    authorise, bound, challenged, charge, customer_token, digests, failure, fresh_token, idr,
    issue, issued, limits, otp_sent, payment, plain_issue, plain_issued, plain_view, proof, reply,
    rules, view,
};

fn session_cases(
    cases: Cases<BindingCommand, BindingEvent>,
) -> Cases<BindingCommand, BindingEvent> {
    let code = || digest(0xc0);
    cases
        .verb(issue(), view(SessionStage::Issued))
        .command("plain", plain_issue())
        .reply::<IssueSession>("plain", plain_view())
        .verb(OpenSession { code: code() }, view(SessionStage::Opened))
        .verb(CancelSession { code: code() }, view(SessionStage::Cancelled))
        .verb(
            EnterCard {
                code: code(),
                card: card(),
                sealed_card: sealed(0x5a),
                stored_card: sealed(0x5b),
                fingerprint: digest(0xfd),
            },
            otp_sent(),
        )
        .verb(VerifyOtp { code: code(), otp: sealed(0x07) }, bound())
        .verb(ResendOtp { code: code() }, otp_sent())
        .verb(
            ExchangeCode {
                merchant: merchant(),
                code: code(),
                token: digests().token,
                valid_secs: 1_296_000,
                refresh: digests().refresh,
                refresh_valid_secs: 2_592_000,
            },
            customer_token(),
        )
        .reply::<ExchangeCode>("plain", CustomerToken { customer: None, ..customer_token() })
        .verb(
            RefreshToken {
                merchant: merchant(),
                refresh: digests().refresh,
                token: digest(0x71),
                valid_secs: 1_296_000,
                next_refresh: digest(0x7f),
                refresh_valid_secs: 2_592_000,
            },
            customer_token(),
        )
        .verb(CheckCustomerToken { merchant: merchant(), token: digests().token }, customer_token())
        .verb(ClaimBinding { merchant: merchant(), code: code() }, bound())
}

fn token_cases(cases: Cases<BindingCommand, BindingEvent>) -> Cases<BindingCommand, BindingEvent> {
    let plain_charge =
        ChargeCard { merchant: merchant(), authorise: authorise(), want_otp: false, proof: None };
    let accepted = BindingReply {
        charge: Some(charge(ChargeStage::Accepted)),
        authorise: Some(authorise()),
        ..reply()
    };
    let to_charge = BindingReply {
        charge: Some(charge(ChargeStage::AwaitingOtp)),
        ..challenged(ChallengePurpose::Charge)
    };
    let merchant = merchant();
    let of = || merchant.clone();
    cases
        .verb(InquireBinding { merchant: of() }, bound())
        .reply::<InquireBinding>(
            "fresh",
            BindingView { token: Some(fresh_token()), ..view(SessionStage::Bound) },
        )
        .verb(
            ReadStoredCard { merchant: of() },
            StoredCard { card: card(), sealed_card: sealed(0x5b) },
        )
        .verb(ChargeCard { want_otp: true, ..plain_charge.clone() }, to_charge)
        .command("plain", plain_charge.clone())
        .command("proof", ChargeCard { proof: Some(proof()), ..plain_charge })
        .reply::<ChargeCard>("accepted", accepted.clone())
        .verb(InquireCharge { merchant: of(), payment: payment() }, charge(ChargeStage::Accepted))
        .reply::<InquireCharge>(
            "released",
            ChargeView { challenge: None, ..charge(ChargeStage::Released) },
        )
        .verb(CancelCharge { merchant: of(), payment: payment() }, charge(ChargeStage::Cancelled))
        .verb(ChargeEnded { merchant: of(), payment: payment() }, bound())
        .verb(
            LimitCharges { merchant: of(), limits: limits(), proof: Some(proof()) },
            challenged(ChallengePurpose::Limit),
        )
        .command(
            "none",
            LimitCharges { merchant: of(), limits: ChargeLimits::default(), proof: None },
        )
        .verb(RequestOtp { merchant: of() }, challenged(ChallengePurpose::Any))
        .verb(VerifyChallenge { merchant: of(), proof: proof() }, accepted)
        .verb(UnbindCard { merchant: of(), proof: Some(proof()) }, reply())
        .command("plain", UnbindCard { merchant: of(), proof: None })
        .reply::<UnbindCard>("challenged", challenged(ChallengePurpose::Unbind))
        .verb(BlockToken { merchant: Some(of()) }, bound())
        .command("operator", BlockToken { merchant: None })
        .verb(UnblockToken { merchant: Some(of()) }, bound())
        .command("operator", UnblockToken { merchant: None })
}

fn session_events(
    cases: Cases<BindingCommand, BindingEvent>,
) -> Cases<BindingCommand, BindingEvent> {
    let (operation, at) = (uuid(30), time(1));
    let ended = SessionEnded { stage: SessionStage::Expired, failure: failure(), at, notice: 1 };
    let bound = CardBound {
        operation,
        reference: text("B-1"),
        bank_code: Some(text("002")),
        rules: rules(),
        at,
        notice: 1,
    };
    cases
        .event("", issued())
        .event("plain", plain_issued())
        .event("", SessionOpened { at })
        .event(
            "",
            CardEntered {
                operation,
                card: card(),
                stored_card: sealed(0x5b),
                claim: digest(0xc1),
                at,
            },
        )
        .event("", CardRefused { operation, failure: failure(), counts: true, at })
        .event(
            "",
            OtpSent {
                operation,
                reference: text("E-1"),
                sent_to: text("62812****890"),
                expires_at: time(6),
                at,
            },
        )
        .event("", OtpResendBegun { operation, at })
        .event("", OtpResendFailed { operation, failure: failure(), at })
        .event("", OtpTried { operation, at })
        .event("", OtpRefused { operation, failure: failure(), at })
        .event("", IssuerUnknown { operation, next_check: time(2), told: true, at })
        .event("", bound.clone())
        .event("plain", CardBound { bank_code: None, rules: IssuerRules::default(), ..bound })
        .event("", ended)
        .event("", CodeExchanged { token: digests(), at })
        .event("", TokenRefreshed { token: digests(), at })
        .event("", BindingClaimed { at })
}

fn token_events(cases: Cases<BindingCommand, BindingEvent>) -> Cases<BindingCommand, BindingEvent> {
    let (operation, challenge, at) = (uuid(32), uuid(31), time(4));
    let begun = |action| ChallengeBegun { challenge, action, at };
    cases
        .event("", begun(Some(ChallengeAction::Charge(authorise()))))
        .event("limit", begun(Some(ChallengeAction::Limit(limits()))))
        .event("unbind", begun(Some(ChallengeAction::Unbind)))
        .event("any", begun(None))
        .event(
            "",
            ChallengeSent { challenge, sent_to: text("62812****890"), expires_at: time(10), at },
        )
        .event("", ChallengeTried { challenge, operation, action: None, at })
        .event(
            "action",
            ChallengeTried { challenge, operation, action: Some(ChallengeAction::Unbind), at },
        )
        .event("", ChallengeRefused { challenge, operation, failure: failure(), at })
        .event("", ChallengeEnded { challenge, failure: None, at })
        .event("failed", ChallengeEnded { challenge, failure: Some(failure()), at })
        .event(
            "",
            ChargeAccepted {
                payment: payment(),
                amount: idr(1_000_000),
                operation,
                authorise: authorise(),
                at,
            },
        )
        .event("", ChargeBegun { payment: payment(), at })
        .event("", ChargeAskedAgain { payment: payment(), next_check: time(5), at })
        .event("", ChargeReleased { payment: payment(), at })
        .event("", ChargeCancelled { payment: payment(), challenge, at })
        .event("", ChargesLimited { limits: limits(), at })
        .event("none", ChargesLimited { limits: ChargeLimits::default(), at })
        .event("", CardUnbound { operation, at, notice: 2 })
        .event("", UnbindRepeated { before: challenge, operation, at })
        .event("", UnbindConfirmed { operation, failure: None, at })
        .event("refused", UnbindConfirmed { operation, failure: Some(failure()), at })
        .event("", TokenBlocked { reason: Some(FailureReason::OtpBlocked), at, notice: 2 })
        .event("asked", TokenBlocked { reason: None, at, notice: 2 })
        .event("", TokenUnblocked { at })
        .event("", TokenLapsed { at, notice: 2 })
        .event("", BindingNotified { sequence: 1 })
}

pub(super) fn cases() -> Vec<Case> {
    let commands = token_cases(session_cases(Cases::new()));
    token_events(session_events(commands)).into_list()
}
