//! Nodes that are killed in the middle of a card binding, and issuers whose answers are lost: no try is
//! given back, and no card is bound twice.

use super::bindings::{begun, wallet, with_code};
use crate::support::{
    issuer::{Plan, TestIssuer},
    platform::{PlatformBuilder, TestPlatform, eventually},
    wallet::{CARD, RIGHT, STRICT_CARD, WRONG, Wallet},
};
use purser_subjects::{
    binding::{InquireCharge, SessionStage, VerifyChallenge},
    connector::IssuerOperation,
    transaction::{Inquire, PaymentStatus},
};
use std::{sync::Arc, time::Duration};

/// A node that is killed while the issuer has one operation, which goes by `plan`; what is asked meanwhile
/// gets no answer.
async fn killed_while(
    platform: PlatformBuilder,
    plan: Plan,
    prepare: impl AsyncFn(&TestPlatform, &Wallet),
    kind: IssuerOperation,
    ask: impl AsyncFn(&TestPlatform, &Wallet),
) -> (TestPlatform, Wallet, Arc<TestIssuer>) {
    let issuer = TestIssuer::new();
    let platform = platform.issuer(issuer.clone()).start().await;
    let wallet = wallet(&platform).await;
    prepare(&platform, &wallet).await;
    let before = issuer.count(kind);
    issuer.plan([plan]);
    tokio::select! {
        () = ask(&platform, &wallet) => panic!("answered before the kill"),
        () = eventually("the issuer is asked", async || issuer.count(kind) > before) => {}
    }
    // What it has done, it has done before the kill.
    tokio::time::sleep(Duration::from_millis(30)).await;
    (platform.kill().await.start().await, wallet, issuer)
}

on_both_platforms! {
    async fn a_kill_before_the_card_arrived_lets_it_be_entered_again(platform) {
        let enter = async |platform: &TestPlatform, wallet: &Wallet| {
            let _ = wallet.enter(platform, "card", CARD).await;
        };
        let (platform, wallet, issuer) =
            killed_while(platform, Plan::HangBefore, begun, IssuerOperation::Enrol, enter).await;
        let view = wallet.enter(&platform, "card", CARD).await;
        // The promised answer: the same command is not sent again.
        let view = view.unwrap();
        assert_eq!((view.stage, view.cards_left), (SessionStage::Opened, 3));
        let view = wallet.enter(&platform, "once more", CARD).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
        wallet.verify(&platform, "otp", RIGHT).await.unwrap();
        assert_eq!(issuer.bound(), 1);
    }

    async fn a_kill_after_the_card_arrived_goes_on_with_the_code(platform) {
        let enter = async |platform: &TestPlatform, wallet: &Wallet| {
            let _ = wallet.enter(platform, "card", CARD).await;
        };
        let (platform, wallet, issuer) =
            killed_while(platform, Plan::HangAfter, begun, IssuerOperation::Enrol, enter).await;
        let view = wallet.enter(&platform, "card", CARD).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
        wallet.verify(&platform, "otp", RIGHT).await.unwrap();
        assert_eq!((issuer.count(IssuerOperation::Enrol), issuer.bound()), (1, 1));
    }

    async fn a_kill_gives_no_try_back(platform) {
        let verify = async |platform: &TestPlatform, wallet: &Wallet| {
            let _ = wallet.verify(platform, "wrong", WRONG).await;
        };
        let kind = IssuerOperation::VerifyOtp;
        let (platform, wallet, issuer) =
            killed_while(platform, Plan::HangBefore, with_code, kind, verify).await;
        let view = wallet.verify(&platform, "wrong", WRONG).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
        assert_eq!(view.otp.unwrap().tries_left, 2);
        // Nor do two more.
        for left in [2, 1] {
            assert_eq!(wallet.inquire(&platform).await.otp.unwrap().tries_left, left);
            wallet.verify(&platform, &format!("wrong-{left}"), WRONG).await.unwrap();
        }
        assert_eq!(wallet.inquire(&platform).await.stage, SessionStage::Failed);
        assert_eq!(issuer.bound(), 0);
    }

    async fn a_kill_after_the_right_code_binds_once(platform) {
        let verify = async |platform: &TestPlatform, wallet: &Wallet| {
            let _ = wallet.verify(platform, "otp", RIGHT).await;
        };
        let kind = IssuerOperation::VerifyOtp;
        let (platform, wallet, issuer) =
            killed_while(platform, Plan::HangAfter, with_code, kind, verify).await;
        // Nobody needs to ask for it to be found out.
        eventually("it is bound", async || {
            wallet.inquire(&platform).await.stage == SessionStage::Bound
        })
        .await;
        let view = wallet.verify(&platform, "otp", RIGHT).await.unwrap();
        assert_eq!(view.stage, SessionStage::Bound);
        assert_eq!((issuer.count(kind), issuer.bound()), (1, 1));
    }

    async fn a_kill_while_a_charge_is_proven_charges_once(platform) {
        let prepare = async |platform: &TestPlatform, wallet: &Wallet| {
            wallet.bind(platform, STRICT_CARD).await;
            wallet.charge(platform, "order-1", 50_000).await.unwrap();
        };
        let proof = async |platform: &TestPlatform, wallet: &Wallet| {
            let merchant = wallet.shop.merchant.clone();
            let payment = wallet.shop.payment("order-1");
            let inquire = InquireCharge { merchant: merchant.clone(), payment };
            let charge = platform.ask(wallet.id().as_str(), inquire).await.unwrap();
            let proof = wallet.proof(platform, charge.challenge.unwrap(), RIGHT);
            VerifyChallenge { merchant, proof }
        };
        let verify = async |platform: &TestPlatform, wallet: &Wallet| {
            let command = proof(platform, wallet).await;
            let _ = wallet.ask(platform, "proof", command).await;
        };
        let kind = IssuerOperation::VerifyChallenge;
        let (platform, wallet, _issuer) =
            killed_while(platform, Plan::HangAfter, prepare, kind, verify).await;
        eventually("it is paid", async || {
            let inquire = Inquire { merchant: wallet.shop.merchant.clone() };
            let payment = wallet.shop.payment("order-1");
            let asked = platform.ask(payment.as_str(), inquire).await;
            asked.is_ok_and(|view| view.status == PaymentStatus::Captured)
        })
        .await;
    }

    async fn a_lost_answer_is_found_out(platform) {
        let issuer = TestIssuer::new();
        let platform = platform.issuer(issuer.clone()).start().await;
        let wallet = wallet(&platform).await;
        with_code(&platform, &wallet).await;
        issuer.plan([Plan::AnswerLost]);
        let view = wallet.verify(&platform, "otp", RIGHT).await.unwrap();
        assert_eq!(view.stage, SessionStage::Verifying);
        eventually("it is found out", async || {
            wallet.inquire(&platform).await.stage == SessionStage::Bound
        })
        .await;
        assert_eq!(issuer.bound(), 1);
    }
}
