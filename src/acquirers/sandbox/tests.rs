use super::*;
use crate::{
    card::{brand_of, luhn_valid},
    clock::jump::JumpClock,
    vault::MasterKey,
};
use purser_actors::ports::CardToCharge;
use purser_subjects::{
    Money, TransactionId,
    transaction::{Decline, DeclineReason},
};

const START_MS: i64 = 1_000_000;

struct Fixture {
    vault: Arc<Vault>,
    clock: Arc<JumpClock>,
    acquirer: SandboxAcquirer,
}

fn fixture() -> Fixture {
    let vault = Arc::new(Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap()));
    let clock = Arc::new(JumpClock::at(START_MS));
    let acquirer = SandboxAcquirer::new(vault.clone(), clock.clone());
    Fixture { vault, clock, acquirer }
}

fn money() -> Money {
    Money::new(1000, "EUR".parse().unwrap())
}

impl Fixture {
    fn request(&self, number: &str, kind: OperationKind) -> AcquirerRequest {
        let payment: TransactionId = "p1".parse().unwrap();
        let card = CardSecret::new(number, 12, 2030, Some("123")).unwrap();
        let authorises = matches!(kind, OperationKind::Authorise | OperationKind::Purchase);
        AcquirerRequest {
            operation: Uuid::from_u128(7),
            kind,
            merchant: "10001".parse().unwrap(),
            environment: Environment::Sandbox,
            acquirer: None,
            amount: money(),
            card: CardToCharge {
                summary: card.summary("A. Holder"),
                sealed: authorises.then(|| card.seal(&self.vault, &payment)),
            },
            payment,
            original_reference: None,
        }
    }

    async fn run(&self, number: &str, kind: OperationKind) -> (AcquirerOutcome, i64) {
        let before = self.clock.now();
        let outcome = self.acquirer.execute(self.request(number, kind)).await;
        (outcome, self.clock.now().as_millis() - before.as_millis())
    }

    /// Status of the operation `after_ms` after it was sent.
    async fn status(&self, request: &AcquirerRequest, after_ms: i64) -> AcquirerStatus {
        let query = StatusQuery {
            operation: request.operation,
            kind: request.kind,
            payment: request.payment.clone(),
            merchant: request.merchant.clone(),
            environment: request.environment,
            acquirer: None,
            amount: request.amount,
            card: request.card.summary.clone(),
            sent_at: Timestamp::from_millis(self.clock.now().as_millis() - after_ms),
        };
        self.acquirer.status(query).await
    }
}

fn approved() -> AcquirerOutcome {
    AcquirerOutcome::Approved { reference: reference(Uuid::from_u128(7)) }
}

fn declined(outcome: AcquirerOutcome) -> (DeclineReason, String) {
    match outcome {
        AcquirerOutcome::Declined(decline) => (decline.reason, decline.code),
        other => panic!("not declined: {other:?}"),
    }
}

#[test]
fn the_table_is_sound() {
    for (position, card) in TEST_CARDS.iter().enumerate() {
        assert!(luhn_valid(card.number), "{}", card.number);
        assert_eq!(brand_of(card.number), card.brand, "{}", card.number);
        let (bin, last4) = (&card.number[..6], &card.number[card.number.len() - 4..]);
        let first = TEST_CARDS
            .iter()
            .position(|other| other.number.starts_with(bin) && other.number.ends_with(last4));
        assert_eq!(first, Some(position), "{} cannot be told apart", card.number);
        assert!(test_cards_table().contains(card.number));
        assert!(test_cards_table().contains(card.description));
    }
    assert!(test_cards_table().lines().all(|line| line.len() <= 80), "fits a terminal");
}

#[tokio::test]
async fn approving_cards_approve_everything_at_once() {
    let fixture = fixture();
    for number in ["4242424242424242", "5105105105105100", "378282246310005", "3530111333300000"] {
        for kind in [
            OperationKind::Authorise,
            OperationKind::Purchase,
            OperationKind::Capture,
            OperationKind::Void,
            OperationKind::Refund,
        ] {
            assert_eq!(fixture.run(number, kind).await, (approved(), 0), "{number} {kind:?}");
        }
    }
}

#[tokio::test]
async fn declining_cards_say_why() {
    let fixture = fixture();
    for (number, reason, code) in [
        ("4000000000000002", DeclineReason::DoNotHonour, "05"),
        ("4000000000009995", DeclineReason::InsufficientFunds, "51"),
        ("4000000000000069", DeclineReason::ExpiredCard, "54"),
        ("4000000000000127", DeclineReason::WrongSecurityCode, "N7"),
        ("4000000000000119", DeclineReason::ProcessingError, "96"),
        ("4000000000003220", DeclineReason::ThreeDSecureRequired, "1A"),
        ("4012888888881881", DeclineReason::DoNotHonour, "14"),
    ] {
        for kind in [OperationKind::Authorise, OperationKind::Purchase] {
            let (outcome, waited_ms) = fixture.run(number, kind).await;
            assert_eq!((declined(outcome), waited_ms), ((reason, code.to_owned()), 0), "{number}");
        }
    }
}

#[tokio::test]
async fn captures_and_refunds_can_fail_on_their_own() {
    let fixture = fixture();
    let refused = (DeclineReason::DoNotHonour, "05".to_owned());
    for (number, kind) in
        [("4000000000006009", OperationKind::Refund), ("4000000000006017", OperationKind::Capture)]
    {
        assert_eq!(fixture.run(number, OperationKind::Authorise).await.0, approved());
        assert_eq!(declined(fixture.run(number, kind).await.0), refused);
    }
}

#[tokio::test]
async fn lost_answers_are_found_later() {
    let fixture = fixture();
    let found_approved = AcquirerStatus::Approved { reference: reference(Uuid::from_u128(7)) };
    let found_declined = AcquirerStatus::Declined(Decline {
        reason: DeclineReason::DoNotHonour,
        code: "05".into(),
        message: "Do not honour".into(),
    });
    for (number, kind, later) in [
        ("4000000000005001", OperationKind::Purchase, found_approved.clone()),
        ("4000000000005019", OperationKind::Authorise, found_declined),
        ("4000000000005027", OperationKind::Authorise, AcquirerStatus::NeverReceived),
        ("4000000000006025", OperationKind::Refund, found_approved),
    ] {
        assert_eq!(fixture.run(number, kind).await, (AcquirerOutcome::Unknown, 1500), "{number}");
        let request = fixture.request(number, kind);
        for after_ms in [0, 4999] {
            assert_eq!(fixture.status(&request, after_ms).await, AcquirerStatus::Unknown);
        }
        for after_ms in [5000, 5_000_000] {
            assert_eq!(fixture.status(&request, after_ms).await, later, "{number}");
        }
    }
}

#[tokio::test]
async fn a_late_answer_comes_after_two_seconds() {
    let fixture = fixture();
    let kind = OperationKind::Authorise;
    assert_eq!(fixture.run("4000000000005035", kind).await, (approved(), 2000));
    let request = fixture.request("4000000000005035", kind);
    assert_eq!(fixture.status(&request, 1999).await, AcquirerStatus::Unknown);
    assert!(matches!(fixture.status(&request, 2000).await, AcquirerStatus::Approved { .. }));
}

/// A crash may fall between an answer and its storing; the query afterwards must tell the same.
#[tokio::test]
async fn status_agrees_with_the_outcome_for_every_card() {
    let fixture = fixture();
    for card in TEST_CARDS {
        for kind in [OperationKind::Purchase, OperationKind::Capture, OperationKind::Refund] {
            let (outcome, _) = fixture.run(card.number, kind).await;
            let status = fixture.status(&fixture.request(card.number, kind), 60_000).await;
            match outcome {
                AcquirerOutcome::Approved { reference } => {
                    assert_eq!(status, AcquirerStatus::Approved { reference });
                }
                AcquirerOutcome::Declined(decline) => {
                    assert_eq!(status, AcquirerStatus::Declined(decline));
                }
                AcquirerOutcome::Unknown => assert_ne!(status, AcquirerStatus::Unknown),
            }
        }
    }
}

#[tokio::test]
async fn live_money_is_never_touched() {
    let fixture = fixture();
    let mut request = fixture.request("4242424242424242", OperationKind::Purchase);
    request.environment = Environment::Live;
    let status = fixture.status(&request, 0).await;
    let AcquirerStatus::Declined(found) = status else { panic!("not declined: {status:?}") };
    assert_eq!(found.code, "57");
    let outcome = fixture.acquirer.execute(request).await;
    assert_eq!(declined(outcome), (DeclineReason::NotSupported, "57".to_owned()));
}

#[tokio::test]
async fn an_authorisation_needs_the_card_that_its_summary_shows() {
    let fixture = fixture();
    let good = fixture.request("4242424242424242", OperationKind::Purchase);
    let other = fixture.request("4111111111111111", OperationKind::Purchase);
    let mut absent = good.clone();
    absent.card.sealed = None;
    let mut swapped = good.clone();
    swapped.card.sealed = other.card.sealed;
    let mut elsewhere = good;
    elsewhere.payment = "p2".parse().unwrap();
    for request in [absent, swapped, elsewhere] {
        let outcome = fixture.acquirer.execute(request).await;
        assert_eq!(declined(outcome), (DeclineReason::ProcessingError, "96".to_owned()));
    }
}

#[test]
fn references_are_short_and_stable() {
    assert_eq!(reference(Uuid::from_u128(7)), reference(Uuid::from_u128(7)));
    assert_ne!(reference(Uuid::from_u128(7)), reference(Uuid::from_u128(8)));
    assert_eq!(reference(Uuid::from_u128(7)).len(), 14);
}
