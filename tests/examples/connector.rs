//! `connector.py`: an acquirer that plugs in as a program of its own.

use crate::support::{
    connector::{KEY, NAME},
    platform::{Engine, TestPlatform, eventually},
    python::{self, Running},
    shop::{APPROVES, Shop, is_approved},
};
use purser::{acquirers::connector::ConnectorAcquirer, card::CardSecret};
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, Beneficiary, CardToCharge, Payout,
    StatusQuery,
};
use purser_subjects::{
    Money, TransactionId,
    merchant::Environment,
    transaction::{DeclineReason, OperationKind, OperationOutcome, PaymentStatus},
};
use std::{fs, path::Path, time::Duration};
use tempfile::TempDir;
use uuid::Uuid;

const DECLINED: &str = "4000000000000002";
/// The toy bank acts, and tells so only later.
const SLOW: &str = "4000000000005001";

/// A platform with the connector's key, and a folder for the connector's memory.
async fn platform() -> (TestPlatform, TempDir) {
    let platform = TestPlatform::on(Engine::Postgres)
        .connector(NAME, KEY)
        .limits(|limits| limits.acquirer_timeout = Duration::from_secs(4));
    (platform.start().await, tempfile::tempdir().unwrap())
}

/// The program, which tells of acts with the slow card after `slow` seconds.
async fn connector(platform: &TestPlatform, memory: &Path, slow: &str) -> Running {
    let (url, prefix) = platform.broker().expect("it is on NATS");
    let memory = memory.join("bank.db");
    let mut command = python::command(
        "connector.py",
        &[
            "--url",
            url,
            "--prefix",
            prefix.as_str(),
            "--name",
            NAME,
            "--memory",
            memory.to_str().unwrap(),
            "--slow",
            slow,
        ],
    );
    // The key in force is the second: as if it were being changed.
    command.env("PURSER_CONNECTOR_KEY", format!("{},{KEY}", "00".repeat(32)));
    Running::start(command, "connector bank-1 is ready").await
}

async fn status(shop: &Shop, platform: &TestPlatform, order: &str) -> PaymentStatus {
    shop.inquire(platform, order).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_go_through_the_program_and_no_card_stays_in_its_memory() {
    let (platform, folder) = platform().await;
    let running = connector(&platform, folder.path(), "0").await;
    let shop = Shop::open_live(&platform, "shop", Some("nats:bank-1")).await;
    let reply = shop.preauthorise(&platform, "order", 1_000).await;
    assert!(reply.payment.acquirer_reference.unwrap().starts_with("TOY-"));
    assert!(is_approved(&shop.capture(&platform, "order", 1_000).await.unwrap()));
    eventually("it is settled", async || {
        status(&shop, &platform, "order").await == PaymentStatus::Settled
    })
    .await;
    assert!(is_approved(&shop.refund(&platform, "order", 300).await.unwrap()));
    shop.preauthorise(&platform, "other", 500).await;
    assert!(is_approved(&shop.void(&platform, "other").await.unwrap()));
    let command = shop.authorise(&platform, "declined", DECLINED, 1_000, true);
    let decline = shop.ask(&platform, "declined", command).await.unwrap().payment.decline.unwrap();
    assert_eq!((decline.reason, &*decline.code), (DeclineReason::DoNotHonour, "05"));
    drop(running);
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(memchr::memmem::find(&bytes, APPROVES.as_bytes()).is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_comes_too_late_is_found_by_status_queries() {
    let (platform, folder) = platform().await;
    let _running = connector(&platform, folder.path(), "6").await;
    let shop = Shop::open_live(&platform, "shop", Some("nats:bank-1")).await;
    let command = shop.authorise(&platform, "order", SLOW, 1_000, true);
    let reply = shop.ask(&platform, "order", command).await.unwrap();
    assert_eq!(reply.operation.outcome, OperationOutcome::Pending);
    eventually("it is found", async || {
        status(&shop, &platform, "order").await == PaymentStatus::Settled
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_killed_at_work_finds_out_at_the_bank_what_it_had_done() {
    let (platform, folder) = platform().await;
    let mut running = connector(&platform, folder.path(), "60").await;
    let shop = Shop::open_live(&platform, "shop", Some("nats:bank-1")).await;
    let command = shop.authorise(&platform, "order", SLOW, 1_000, true);
    let reply = shop.ask(&platform, "order", command).await.unwrap();
    assert_eq!(reply.operation.outcome, OperationOutcome::Pending);
    running.kill();
    let _restarted = connector(&platform, folder.path(), "60").await;
    eventually("it is found", async || {
        status(&shop, &platform, "order").await == PaymentStatus::Settled
    })
    .await;
}

fn port(platform: &TestPlatform) -> ConnectorAcquirer {
    ConnectorAcquirer::new(
        NAME.parse().unwrap(),
        KEY.parse().unwrap(),
        platform.bus.clone(),
        platform.vault.clone(),
        platform.clock.clone(),
        Duration::from_secs(10),
    )
}

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn purchase(platform: &TestPlatform, operation: u128) -> AcquirerRequest {
    let payment: TransactionId = "p1".parse().unwrap();
    let card = CardSecret::new(APPROVES, 12, 2030, None).unwrap();
    AcquirerRequest {
        operation: Uuid::from_u128(operation),
        kind: OperationKind::Purchase,
        merchant: "10001".parse().unwrap(),
        environment: Environment::Live,
        acquirer: Some("nats:bank-1".parse().unwrap()),
        amount: eur(1_000),
        card: CardToCharge {
            summary: card.summary("A. Holder"),
            sealed: Some(card.seal(&platform.vault, &payment)),
        },
        payment,
        original_reference: None,
    }
}

fn query(platform: &TestPlatform, of: &AcquirerRequest) -> StatusQuery {
    StatusQuery {
        operation: of.operation,
        kind: of.kind,
        payment: of.payment.clone(),
        merchant: of.merchant.clone(),
        environment: of.environment,
        acquirer: of.acquirer.clone(),
        amount: of.amount,
        card: of.card.summary.clone(),
        sent_at: platform.clock.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operation_is_answered_the_same_and_not_executed_once_it_was_declared_lost() {
    let (platform, folder) = platform().await;
    let running = connector(&platform, folder.path(), "0").await;
    let port = port(&platform);
    let first = port.execute(purchase(&platform, 1)).await;
    assert!(matches!(first, AcquirerOutcome::Approved { .. }), "{first:?}");
    drop(running);
    let _restarted = connector(&platform, folder.path(), "0").await;
    // A card is sealed anew each time; the operation is the same.
    assert_eq!(port.execute(purchase(&platform, 1)).await, first);
    let lost = purchase(&platform, 2);
    assert_eq!(port.status(query(&platform, &lost)).await, AcquirerStatus::NeverReceived);
    assert_eq!(port.execute(lost.clone()).await, AcquirerOutcome::Unknown);
    assert_eq!(port.status(query(&platform, &lost)).await, AcquirerStatus::NeverReceived);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_paid_out_once_and_its_status_is_known() {
    let (platform, folder) = platform().await;
    let _running = connector(&platform, folder.path(), "0").await;
    let port = port(&platform);
    let payout = Payout {
        operation: Uuid::from_u128(3),
        merchant: "10001".parse().unwrap(),
        environment: Environment::Live,
        acquirer: Some("nats:bank-1".parse().unwrap()),
        amount: eur(5_000),
        beneficiary: Beneficiary { name: "A. Holder".into(), account: "DE02100".into() },
        text: "October".to_owned(),
        sent_at: platform.clock.now(),
    };
    assert_eq!(port.payout_status(payout.clone()).await, AcquirerStatus::NeverReceived);
    let paid = Payout { operation: Uuid::from_u128(4), ..payout };
    let outcome = port.pay_out(paid.clone()).await;
    let AcquirerOutcome::Approved { reference } = outcome.clone() else { panic!("{outcome:?}") };
    assert_eq!(port.pay_out(paid.clone()).await, outcome);
    assert_eq!(port.payout_status(paid).await, AcquirerStatus::Approved { reference });
}
