//! A binding in tests: its merchant, its customer, and an issuer that says what it is told to.

use crate::{
    binding::Binding,
    entity::{CallResult, CallTarget, Effects, Signal, given::Given as Entity},
    ports::{IssuerAnswer, IssuerTask},
};
use purser_subjects::{
    Answer, BindingId, MerchantId, Money, Rejection, Sealed, Timestamp,
    binding::{
        BindingEvent, BindingView, ChallengeProof, ChargeCard, EnterCard, FailureReason,
        IssueSession, IssuerRules, Language, VerifyOtp,
    },
    merchant::{Environment, MerchantStanding, MerchantStatus, MerchantTerms},
    transaction::{Authorise, CardSummary, NotifyTarget},
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

pub(super) type Given = Entity<Binding>;
pub(super) type Happened = Effects<BindingEvent>;

pub(super) const STATE: &str = "0123456789abcdef0123456789abcdef";
pub(super) const VALID_SECS: u32 = 300;

pub(super) fn merchant() -> MerchantId {
    "10001".parse().unwrap()
}

pub(super) fn id() -> BindingId {
    BindingId::derive(&merchant(), STATE)
}

pub(super) fn digest(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

pub(super) fn code() -> String {
    digest(0xc0)
}

pub(super) fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

pub(super) fn sealed(byte: u8) -> Sealed {
    Sealed::from_ciphertext(vec![byte; 40])
}

pub(super) fn card() -> CardSummary {
    CardSummary {
        brand: "VISA".into(),
        bin: "424242".into(),
        last4: "4242".into(),
        expiry_month: 12,
        expiry_year: 2030,
        holder: "Siti".into(),
    }
}

pub(super) fn issue() -> IssueSession {
    IssueSession {
        merchant: merchant(),
        state: STATE.into(),
        code: code(),
        valid_secs: VALID_SECS,
        language: Language::Id,
        scopes: vec!["CARD_REGISTRATION".into()],
        redirect_url: Some("https://shop.example/done".into()),
        failure_redirect_url: None,
        customer: Some("customer-7".into()),
        phone: Some("6281234567890".into()),
        bank_code: None,
        details: BTreeMap::new(),
        notify: Some(NotifyTarget { url: "https://shop.example/cb".into(), format: "f".into() }),
    }
}

pub(super) fn enter_card() -> EnterCard {
    EnterCard {
        code: code(),
        card: card(),
        sealed_card: sealed(1),
        stored_card: sealed(2),
        fingerprint: digest(0xfd),
    }
}

pub(super) fn verify_otp() -> VerifyOtp {
    VerifyOtp { code: code(), otp: sealed(7) }
}

pub(super) fn authorise(reference: &str, amount: i64) -> Authorise {
    Authorise {
        merchant: merchant(),
        reference: reference.into(),
        amount: idr(amount),
        capture: true,
        card: card(),
        sealed_card: sealed(3),
        details: BTreeMap::new(),
        notify: None,
        binding: Some(id()),
    }
}

pub(super) fn charge(reference: &str, amount: i64) -> ChargeCard {
    let authorise = authorise(reference, amount);
    ChargeCard { merchant: merchant(), authorise, want_otp: false, proof: None }
}

pub(super) fn proof(challenge: Uuid) -> ChallengeProof {
    ChallengeProof { challenge, otp: sealed(7) }
}

/// Nothing has happened yet, and the merchant may do business.
pub(super) fn nothing() -> Given {
    let mut given = Given::nothing(id().as_str());
    given.facts.standing = Some(Ok(MerchantStanding {
        environment: Environment::Sandbox,
        status: MerchantStatus::Active,
        terms: MerchantTerms::default(),
    }));
    given
}

pub(super) fn issued() -> Given {
    nothing().and(issue())
}

/// The customer has a one-time code.
pub(super) fn otp_sent() -> Given {
    let mut given = issued();
    given.when(enter_card()).unwrap();
    answer(&mut given, sent());
    given
}

/// The card is bound, by an issuer with these rules.
pub(super) fn bound_with(rules: IssuerRules) -> Given {
    let mut given = otp_sent();
    given.when(verify_otp()).unwrap();
    answer(&mut given, bound(rules));
    given
}

pub(super) fn bound_card() -> Given {
    bound_with(IssuerRules::default())
}

pub(super) fn sent() -> IssuerAnswer {
    IssuerAnswer::OtpSent {
        reference: "E-1".into(),
        sent_to: "6281******890".into(),
        expires_at: crate::entity::given::NOW.plus(Duration::from_secs(200)),
    }
}

pub(super) fn bound(rules: IssuerRules) -> IssuerAnswer {
    IssuerAnswer::Bound { reference: "B-1".into(), bank_code: Some("002".into()), rules }
}

pub(super) fn refused(reason: FailureReason) -> IssuerAnswer {
    IssuerAnswer::refused(reason, "05", "no")
}

/// The operation that runs at the issuer; there is one.
pub(super) fn running(given: &Given) -> Uuid {
    let running = &given.state.binding.as_ref().unwrap().running;
    assert_eq!(running.len(), 1, "one operation runs");
    *running.keys().next().unwrap()
}

/// The issuer answers the operation that runs.
pub(super) fn answer(given: &mut Given, answer: IssuerAnswer) -> Happened {
    let id = running(given);
    given.signal(Signal::CallDone { id, result: CallResult::Issuer(answer) })
}

/// What whoever waited for the operation was told.
pub(super) fn told<R: DeserializeOwned>(effects: &Happened) -> Result<R, Rejection> {
    let [(_, answer)] = &effects.completions[..] else { panic!("one is told") };
    Answer::from_bytes(answer).unwrap().into_result()
}

pub(super) fn view(given: &Given) -> BindingView {
    given.state.binding.as_ref().unwrap().view(&given.id)
}

/// What the issuer is asked after the commit; one thing.
pub(super) fn asked(effects: &Happened) -> &IssuerTask {
    let [call] = &effects.calls[..] else { panic!("one call is made") };
    match &call.target {
        CallTarget::Issuer(request) => &request.what,
        other => panic!("{other:?} is no order to the issuer"),
    }
}

pub(super) fn later(given: &mut Given, secs: u64) -> Timestamp {
    given.now = given.now.plus(Duration::from_secs(secs));
    given.now
}
