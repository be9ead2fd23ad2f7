use super::*;
use crate::card::seal_otp;
use crate::{acquirers::sandbox::TEST_CARDS, clock::SystemClock, vault::MasterKey};
use purser_subjects::{BindingId, connector::IssuerOperation};

fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap()))
}

fn issuer() -> SandboxIssuer {
    SandboxIssuer::new(vault(), Arc::new(SystemClock::new()))
}

fn binding() -> BindingId {
    "5f1c0de2a9b84e3f8d7c6b5a49382716".parse().unwrap()
}

fn about(number: &str, bank_code: Option<&str>) -> IssuerSubject {
    IssuerSubject {
        binding: binding(),
        merchant: "10001".parse().unwrap(),
        environment: Environment::Sandbox,
        issuer: None,
        customer: None,
        phone: Some("6281234567890".into()),
        bank_code: bank_code.map(str::to_owned),
        card: CardSecret::new(number, 12, 2030, None).unwrap().summary(""),
        reference: None,
    }
}

fn enrol(number: &str, bank_code: Option<&str>) -> IssuerRequest {
    let card = CardSecret::new(number, 12, 2030, Some("123")).unwrap();
    let card = card.seal_for_binding(&vault(), &binding());
    let what = IssuerTask::Enrol { card };
    IssuerRequest { operation: Uuid::from_u128(1), about: about(number, bank_code), what }
}

fn verify(otp: &str) -> IssuerRequest {
    let otp = seal_otp(&vault(), &binding(), otp);
    let what = IssuerTask::VerifyOtp { enrolment: Uuid::from_u128(1), otp };
    IssuerRequest { operation: Uuid::from_u128(2), about: about("4242424242424242", None), what }
}

fn reason(answer: &IssuerAnswer) -> FailureReason {
    match answer {
        IssuerAnswer::Refused(failure) => failure.reason,
        other => panic!("{other:?} is no refusal"),
    }
}

#[test]
fn every_issued_card_is_a_test_card_of_the_acquirer() {
    for card in ISSUED_CARDS {
        assert!(TEST_CARDS.iter().any(|known| known.number == card.number), "{}", card.number);
        let takes_part = BANKS.iter().any(|bank| bank.code == card.bank);
        let is_said = !card.description.contains("does not take part");
        assert_eq!(takes_part, is_said, "{}", card.number);
        assert!(issuer_table().contains(card.number));
    }
    for code in ONE_TIME_CODES {
        assert!(issuer_table().contains(code.description));
    }
}

#[tokio::test]
async fn a_good_card_gets_a_one_time_code_and_is_bound_by_the_right_one() {
    let issuer = issuer();
    let sent = issuer.execute(enrol("4242424242424242", None)).await;
    let IssuerAnswer::OtpSent { sent_to, .. } = &sent else { panic!("{sent:?}") };
    assert_eq!(sent_to, "6281******890");
    let bound = issuer.execute(verify("123456")).await;
    let IssuerAnswer::Bound { bank_code, rules, .. } = &bound else { panic!("{bound:?}") };
    assert_eq!(bank_code.as_deref(), Some("002"));
    // 2031-01-01T00:00:00Z.
    assert_eq!(rules.expires_at, Some(Timestamp::from_millis(1_924_992_000_000)));
    // Asked again, it says the same.
    assert_eq!(issuer.execute(verify("123456")).await, bound);
}

#[tokio::test]
async fn a_session_chooses_the_bank() {
    let issuer = issuer();
    let IssuerRequest { about, .. } = enrol("4242424242424242", Some("008"));
    let request = IssuerRequest { about, ..verify("123456") };
    let bound = issuer.execute(request).await;
    let IssuerAnswer::Bound { rules, .. } = bound else { panic!("{bound:?}") };
    assert_eq!((rules.idle_days, rules.otp_to_charge, rules.expires_at), (Some(90), true, None));
    let strange = issuer.execute(enrol("4242424242424242", Some("999"))).await;
    assert_eq!(reason(&strange), FailureReason::BankNotSupported);
}

#[tokio::test]
async fn cards_and_codes_are_refused_as_the_tables_say() {
    let issuer = issuer();
    for card in ISSUED_CARDS {
        if let Some((expected, ..)) = card.refusal {
            assert_eq!(reason(&issuer.execute(enrol(card.number, None)).await), expected);
        }
    }
    let other = issuer.execute(enrol("4012888888881881", None)).await;
    assert_eq!(reason(&other), FailureReason::CardRefused);
    assert_eq!(reason(&issuer.execute(verify("111111")).await), FailureReason::OtpExpired);
    assert_eq!(reason(&issuer.execute(verify("000000")).await), FailureReason::WrongOtp);
}

#[tokio::test]
async fn a_card_of_another_binding_does_not_open() {
    let mut request = enrol("4242424242424242", None);
    request.about.binding = "00000000000000000000000000000000".parse().unwrap();
    let answer = issuer().execute(request).await;
    assert_eq!(reason(&answer), FailureReason::IssuerUnavailable);
}

#[tokio::test]
async fn live_cards_are_not_bound_here() {
    let mut request = enrol("4242424242424242", None);
    request.about.environment = Environment::Live;
    assert_eq!(reason(&issuer().execute(request).await), FailureReason::NotSupported);
}

#[tokio::test]
async fn a_question_about_what_nobody_sent_says_so_in_time() {
    let issuer = issuer();
    let query = |sent_at| IssuerQuery {
        operation: Uuid::from_u128(9),
        about: about("4242424242424242", None),
        kind: IssuerOperation::VerifyOtp,
        sent_at,
    };
    let now = SystemClock::new().now();
    assert_eq!(issuer.status(query(now)).await, IssuerAnswer::Unknown);
    let before = now.before(FOUND_AFTER);
    assert_eq!(issuer.status(query(before)).await, IssuerAnswer::NeverReceived);
}
