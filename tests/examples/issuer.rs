//! `issuer.py`: an issuer of cards that plugs in as a program of its own, beside the acquirer that charges them.

use crate::support::{
    connector::{KEY, NAME},
    platform::{Engine, TestPlatform, eventually},
    python::{self, Running},
    shop::{Shop, settled_at_once},
    wallet::{CARD, WRONG, Wallet},
};
use purser_subjects::{
    binding::{
        BindingReply, ChallengeStage, FailureReason, SessionStage, TokenStatus, VerifyChallenge,
    },
    merchant::{MerchantTerms, SetTerms},
    transaction::OperationOutcome,
};
use std::{fs, path::Path, time::Duration};
use tempfile::TempDir;

/// The one-time code that the toy issuer sends.
const CODE: &str = "804613";
const BLOCKED: &str = "4000000000000119";
/// A card whose issuer wants a one-time code for each charge.
const STRICT: &str = "5105105105105100";
/// The toy issuer acts, and tells so only later.
const SLOW: &str = "4000000000005001";

/// A platform with the connector's key, a merchant whose cards it issues, and a folder for its memory.
async fn scene() -> (TestPlatform, Shop, TempDir) {
    let platform = TestPlatform::on(Engine::Postgres)
        .connector(NAME, KEY)
        .limits(|limits| limits.acquirer_timeout = Duration::from_secs(4))
        .start()
        .await;
    let name = Some(format!("nats:{NAME}").parse().unwrap());
    let shop = Shop::open_live(&platform, "shop", Some("nats:bank-1")).await;
    let terms = MerchantTerms { acquirer: name.clone(), issuer: name, ..settled_at_once() };
    platform.ask("shop", SetTerms { terms }).await.unwrap();
    (platform, shop, tempfile::tempdir().unwrap())
}

/// One of the two programs, which may tell of acts with the slow card after `slow` seconds.
async fn program(
    platform: &TestPlatform,
    which: &str,
    ready: &'static str,
    memory: &Path,
    more: &[&str],
) -> Running {
    let (url, prefix) = platform.broker().expect("it is on NATS");
    let memory = memory.join(format!("{which}.db"));
    let memory = memory.to_str().unwrap();
    let usual = ["--url", url, "--prefix", prefix.as_str(), "--name", NAME, "--memory", memory];
    let mut command = python::command(which, &[&usual[..], more].concat());
    command.env("PURSER_CONNECTOR_KEY", KEY);
    Running::start(command, ready).await
}

async fn issuer(platform: &TestPlatform, folder: &TempDir, slow: &str) -> Running {
    let more = ["--otp", CODE, "--slow", slow];
    program(platform, "issuer.py", "issuer bank-1 is ready", folder.path(), &more).await
}

async fn acquirer(platform: &TestPlatform, folder: &TempDir) -> Running {
    program(platform, "connector.py", "connector bank-1 is ready", folder.path(), &[]).await
}

fn wallet(shop: &Shop, customer: &str) -> Wallet {
    Wallet::new(shop, &format!("state-of-{customer}"), customer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_bound_charged_and_unbound_through_two_programs_of_one_name() {
    let (platform, shop, folder) = scene().await;
    let (issuing, _acquiring) =
        (issuer(&platform, &folder, "0").await, acquirer(&platform, &folder).await);
    let wallet = wallet(&shop, "siti");
    wallet.begin(&platform).await;
    let view = wallet.enter(&platform, "blocked", BLOCKED).await.unwrap();
    assert_eq!(view.failure.unwrap().reason, FailureReason::CardBlocked);
    let view = wallet.enter(&platform, "card", CARD).await.unwrap();
    assert_eq!(view.otp.unwrap().sent_to, "6281****890");
    assert_eq!(wallet.resend(&platform).await.unwrap().otp.unwrap().resends_left, 2);
    let view = wallet.verify(&platform, "wrong", WRONG).await.unwrap();
    let failure = view.failure.unwrap();
    assert_eq!((failure.reason, &*failure.code), (FailureReason::WrongOtp, "55"));
    let view = wallet.verify(&platform, "right", CODE).await.unwrap();
    assert_eq!((view.stage, view.bank_code.as_deref()), (SessionStage::Bound, Some("014")));
    let reply = wallet.charge(&platform, "order-1", 10_000).await.unwrap();
    let paid = wallet.outcome(&platform, &reply).await;
    assert_eq!(paid.operation.outcome, OperationOutcome::Approved);
    let unbound = wallet.ask(&platform, "unbind", wallet.unbind()).await.unwrap();
    assert_eq!(unbound.binding.token.unwrap().status, TokenStatus::Disabled);
    platform.outbox_is_empty().await;
    drop(issuing);
    // Neither of them keeps a card or a code.
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in [CARD, BLOCKED, CODE] {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_waits_for_the_code_that_the_program_sends() {
    let (platform, shop, folder) = scene().await;
    let _programs = (issuer(&platform, &folder, "0").await, acquirer(&platform, &folder).await);
    let wallet = wallet(&shop, "budi");
    wallet.begin(&platform).await;
    wallet.enter(&platform, "card", STRICT).await.unwrap();
    wallet.verify(&platform, "right", CODE).await.unwrap();
    let reply = wallet.charge(&platform, "order-1", 10_000).await.unwrap();
    let challenge = reply.challenge.unwrap();
    assert_eq!(challenge.stage, ChallengeStage::Sent);
    let verify = |otp: &str| VerifyChallenge {
        merchant: shop.merchant.clone(),
        proof: wallet.proof(&platform, challenge.challenge, otp),
    };
    wallet.ask(&platform, "wrong code", verify(WRONG)).await.unwrap_err();
    let reply: BindingReply = wallet.ask(&platform, "right code", verify(CODE)).await.unwrap();
    let paid = wallet.outcome(&platform, &reply).await;
    assert_eq!(paid.operation.outcome, OperationOutcome::Approved);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_killed_at_work_tells_later_what_it_had_done() {
    let (platform, shop, folder) = scene().await;
    let mut running = issuer(&platform, &folder, "60").await;
    let wallet = wallet(&shop, "tini");
    wallet.begin(&platform).await;
    let view = wallet.enter(&platform, "card", SLOW).await.unwrap();
    assert_eq!(view.stage, SessionStage::CardEntered);
    running.kill();
    let _restarted = issuer(&platform, &folder, "60").await;
    eventually("the code is found to have been sent", async || {
        wallet.inquire(&platform).await.stage == SessionStage::OtpSent
    })
    .await;
    let view = wallet.verify(&platform, "right", CODE).await.unwrap();
    assert_eq!(view.stage, SessionStage::Bound);
}
