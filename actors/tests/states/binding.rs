//! Stored states of card bindings.

use super::{id, text, time};
use purser_actors::binding::{
    BindingState, CardBinding, Challenge, Charge, Enrolment, Running, SentOtp, Token,
};
use purser_subjects::{
    Money, Sealed,
    binding::{
        BindingFailure, ChallengeAction, ChallengeStage, ChargeLimits, ChargeStage,
        CustomerTokenDigests, FailureReason, IssuerRules, Language, SessionStage, TokenStatus,
    },
    connector::IssuerOperation,
    merchant::Environment,
    transaction::{CardSummary, NotifyTarget},
};
use std::collections::BTreeMap;
use uuid::Uuid;

fn digest(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

fn operation(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_a5d4_7c00_7000_8000_0000_0000_0000 + number)
}

fn session() -> CardBinding {
    CardBinding {
        merchant: "10001".parse().unwrap(),
        environment: Environment::Live,
        issuer: Some("nats:bank-2".parse().unwrap()),
        state: text("0123456789abcdef0123456789abcdef"),
        code: digest(0xc0),
        language: Language::En,
        scopes: vec![text("CARD_REGISTRATION")],
        redirect_url: Some(text("https://shop.example/done")),
        failure_redirect_url: Some(text("https://shop.example/failed")),
        customer: Some(text("customer-7")),
        phone: Some(text("6281234567890")),
        bank_code: Some(text("002")),
        details: BTreeMap::from([(text("additionalInfo1"), text("A book"))]),
        notify: Some(NotifyTarget { url: text("https://shop.example/cb"), format: text("snap") }),
        stage: SessionStage::OtpSent,
        failure: Some(BindingFailure {
            reason: FailureReason::WrongOtp,
            code: text("55"),
            message: text("the one-time code is wrong"),
        }),
        refused_cards: 1,
        card: Some(CardSummary {
            brand: text("VISA"),
            bin: text("411111"),
            last4: text("1111"),
            expiry_month: 12,
            expiry_year: 2030,
            holder: text("Ada Lovelace"),
        }),
        enrolment: Some(Enrolment {
            operation: operation(1),
            stored_card: Sealed::from_ciphertext(vec![0x5b; 40]),
            claim: digest(0xc1),
            reference: Some(text("E-1")),
            otp: Some(SentOtp { to: text("62812****890"), expires_at: time(4) }),
            tries: 2,
            resends: 1,
        }),
        token: None,
        running: BTreeMap::from([(
            operation(2),
            Running {
                kind: IssuerOperation::ResendOtp,
                challenge: None,
                begun_at: time(2),
                next_check: time(3),
                told: true,
            },
        )]),
        notifications: 0,
        notices: 0,
        created_at: time(0),
        updated_at: time(2),
        expires_at: time(5),
    }
}

/// The customer is asked for a one-time code, for the last time.
pub(super) fn entering_otp() -> BindingState {
    BindingState { binding: Some(Box::new(session())) }
}

/// Bound, with everything that a token may have.
pub(super) fn bound() -> BindingState {
    let token = Token {
        status: TokenStatus::Blocked,
        blocked: Some(FailureReason::OtpBlocked),
        reference: text("B-1"),
        stored_card: Some(Sealed::from_ciphertext(vec![0x5b; 40])),
        claim: Some(digest(0xc1)),
        rules: IssuerRules {
            expires_at: Some(time(500_000)),
            idle_days: Some(90),
            otp_to_charge: true,
            otp_to_unbind: true,
            otp_to_limit: false,
        },
        limits: ChargeLimits { per_payment: Some(idr(5_000)), per_day: Some(idr(20_000)) },
        bound_at: time(3),
        charged_at: Some(time(4)),
        ended_at: None,
        claimed: true,
        exchanged: true,
        customer_token: Some(CustomerTokenDigests {
            token: digest(0x70),
            expires_at: time(21_600),
            refresh: digest(0x7e),
            refresh_expires_at: time(43_200),
        }),
        challenges: BTreeMap::from([(
            operation(3),
            Challenge {
                action: Some(Box::new(ChallengeAction::Unbind)),
                stage: ChallengeStage::Verifying,
                sent_to: text("62812****890"),
                expires_at: time(9),
                tries: 1,
            },
        )]),
        charges: BTreeMap::from([(
            id("61058214b470d599856ca5d29cf6d54f").into(),
            Charge {
                amount: idr(1_000),
                stage: ChargeStage::Accepted,
                challenge: Some(operation(4)),
                asking: None,
                at: time(4),
            },
        )]),
    };
    let running = Running {
        kind: IssuerOperation::VerifyChallenge,
        challenge: Some(operation(3)),
        begun_at: time(6),
        next_check: time(7),
        told: false,
    };
    let binding = CardBinding {
        stage: SessionStage::Bound,
        failure: None,
        enrolment: None,
        token: Some(token),
        running: BTreeMap::from([(operation(5), running)]),
        notifications: 2,
        notices: 3,
        ..session()
    };
    BindingState { binding: Some(Box::new(binding)) }
}
