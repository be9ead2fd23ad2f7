use super::*;
use crate::{
    acquirers::connector::ConnectorKey,
    bus::memory::MemoryBus,
    card::CardSecret,
    clock::jump::JumpClock,
    vault::{MasterKey, Vault},
};
use purser_actors::ports::{Beneficiary, CardToCharge, Clock};
use purser_subjects::{Money, TransactionId, transaction::OperationKind};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

const START_MS: i64 = 1_000_000;

fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap()))
}

/// A router to the sandbox and to the connector `bank`, behind which nobody is.
fn router() -> (AcquirerRouter, Arc<JumpClock>) {
    let (vault, clock) = (vault(), Arc::new(JumpClock::at(START_MS)));
    let key: ConnectorKey = "5a".repeat(32).parse().unwrap();
    let bank: ConnectorName = "bank".parse().unwrap();
    let bus = Arc::new(MemoryBus::new());
    let limit = Duration::from_secs(20);
    let connector =
        ConnectorAcquirer::new(bank.clone(), key, bus, vault.clone(), clock.clone(), limit);
    let sandbox = SandboxAcquirer::new(vault, clock.clone());
    (AcquirerRouter::new(sandbox, [(bank, connector)].into()), clock)
}

fn named(acquirer: &str) -> Option<AcquirerName> {
    Some(acquirer.parse().unwrap())
}

fn purchase(environment: Environment, acquirer: Option<AcquirerName>) -> AcquirerRequest {
    let payment: TransactionId = "p1".parse().unwrap();
    let card = CardSecret::new("4242424242424242", 12, 2030, Some("123")).unwrap();
    let sealed = Some(card.seal(&vault(), &payment));
    AcquirerRequest {
        operation: Uuid::from_u128(7),
        kind: OperationKind::Purchase,
        merchant: "10001".parse().unwrap(),
        environment,
        acquirer,
        amount: Money::new(1_000, "EUR".parse().unwrap()),
        card: CardToCharge { summary: card.summary("A. Holder"), sealed },
        payment,
        original_reference: None,
    }
}

fn payout(environment: Environment, acquirer: Option<AcquirerName>) -> Payout {
    Payout {
        operation: Uuid::from_u128(8),
        merchant: "10001".parse().unwrap(),
        environment,
        acquirer,
        amount: Money::new(1_000, "EUR".parse().unwrap()),
        beneficiary: Beneficiary { name: "A. Holder".into(), account: "DE02".into() },
        text: "October".to_owned(),
        sent_at: purser_subjects::Timestamp::from_millis(1),
    }
}

fn code(outcome: AcquirerOutcome) -> String {
    match outcome {
        AcquirerOutcome::Declined(decline) => decline.code,
        other => panic!("not declined: {other:?}"),
    }
}

#[tokio::test]
async fn only_live_merchants_with_a_configured_connector_leave_the_sandbox() {
    let (router, _) = router();
    router.serves(Environment::Sandbox, None).unwrap();
    router.serves(Environment::Live, named("nats:bank").as_ref()).unwrap();
    for acquirer in [None, named("nats:other")] {
        let refused = router.serves(Environment::Live, acquirer.as_ref()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unavailable);
        let declined = router.execute(purchase(Environment::Live, acquirer.clone())).await;
        assert_eq!(code(declined), "57");
        assert_eq!(code(router.pay_out(payout(Environment::Live, acquirer)).await), "57");
    }
}

#[tokio::test]
async fn sandbox_money_stays_in_the_sandbox_whatever_its_terms_say() {
    let (router, _) = router();
    let outcome = router.execute(purchase(Environment::Sandbox, named("nats:bank"))).await;
    let AcquirerOutcome::Approved { reference } = outcome else { panic!("{outcome:?}") };
    assert!(reference.starts_with("SB"), "{reference}");
    let paid = router.pay_out(payout(Environment::Sandbox, named("nats:bank"))).await;
    assert!(matches!(paid, AcquirerOutcome::Approved { .. }), "{paid:?}");
}

#[tokio::test]
async fn what_nobody_is_there_to_take_is_declined_after_a_moment() {
    let (router, clock) = router();
    let outcome = router.execute(purchase(Environment::Live, named("nats:bank"))).await;
    assert_eq!(code(outcome), "91");
    assert_eq!(clock.now().as_millis(), START_MS + 3_100);
    let paid = router.pay_out(payout(Environment::Live, named("nats:bank"))).await;
    assert_eq!(code(paid), "91");
    let status = router.payout_status(payout(Environment::Live, named("nats:bank"))).await;
    assert_eq!(status, AcquirerStatus::Unknown);
}
