//! Card bindings from the session to the charged and unbound card.

use crate::support::{
    clock::ManualClock,
    platform::{TestPlatform, eventually},
    shop::{Shop, is_approved, terms},
    wallet::{CARD, RIGHT, STRICT_CARD, WRONG, Wallet, idr},
};
use futures_util::future::join_all;
use purser_actors::ports::BindingQuery;
use purser_subjects::{
    ErrorCode,
    binding::{
        ChallengeStage, ChargeLimits, ChargeStage, ClaimBinding, FailureReason, InquireCharge,
        LimitCharges, SessionStage, TokenStatus, VerifyChallenge,
    },
    merchant::{CheckAccessToken, ClaimRequestId, IssueAccessToken, RevokeAccessTokens},
    transaction::{Inquire, OperationOutcome, PaymentStatus},
};
use std::time::Duration;

pub(super) async fn wallet(platform: &TestPlatform) -> Wallet {
    let shop = Shop::open(platform, "shop", terms()).await;
    Wallet::new(&shop, "0123456789abcdef0123456789abcdef", "customer-7")
}

pub(super) async fn begun(platform: &TestPlatform, wallet: &Wallet) {
    wallet.begin(platform).await;
    wallet.open(platform).await;
}

pub(super) async fn with_code(platform: &TestPlatform, wallet: &Wallet) {
    begun(platform, wallet).await;
    wallet.enter(platform, "card", CARD).await.unwrap();
}

on_both_platforms! {
    async fn a_card_is_bound_charged_and_unbound(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        assert_eq!(wallet.begin(&platform).await.stage, SessionStage::Issued);
        assert_eq!(wallet.open(&platform).await.stage, SessionStage::Opened);
        let view = wallet.enter(&platform, "card", CARD).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
        assert_eq!(view.otp.unwrap().sent_to, "6281******890");
        let view = wallet.verify(&platform, "otp", RIGHT).await.unwrap();
        assert_eq!(view.stage, SessionStage::Bound);
        assert_eq!(view.bank_code.as_deref(), Some("002"));
        let claim = ClaimBinding { merchant: wallet.shop.merchant.clone(), code: wallet.code() };
        let view = wallet.ask(&platform, "bind", claim).await.unwrap();
        assert!(view.token.unwrap().claimed);

        let reply = wallet.charge(&platform, "order-1", 50_000).await.unwrap();
        let charge = reply.charge.clone().unwrap();
        assert_eq!((charge.stage, charge.amount), (ChargeStage::Accepted, idr(50_000)));
        let paid = wallet.outcome(&platform, &reply).await;
        assert!(is_approved(&paid), "{paid:?}");
        assert_eq!(paid.payment.status, PaymentStatus::Captured);
        assert_eq!(paid.payment.binding, Some(wallet.id()));
        // Asked again, the charge is the same one.
        assert_eq!(wallet.charge(&platform, "order-1", 50_000).await.unwrap(), reply);
        let other = wallet.to_charge(&platform, "order-1", 50_000).await;
        let twice = wallet.ask(&platform, "another key", other).await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::AlreadyExists);

        let unbound = wallet.ask(&platform, "unbind", wallet.unbind()).await.unwrap();
        assert_eq!(unbound.binding.token.unwrap().status, TokenStatus::Disabled);
        let query = BindingQuery {
            merchant: wallet.shop.merchant.clone(),
            customer: Some("customer-7".to_owned()),
            after: None,
            limit: 10,
        };
        let rows = platform.store.bindings(&query).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].status, rows[0].claim.clone()), (Some(TokenStatus::Disabled), None));
    }

    async fn a_reference_that_was_used_before_is_not_asked_for_ever(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        wallet.shop.purchase(&platform, "order-1", 1_000).await;
        wallet.bind(&platform, CARD).await;
        wallet.charge(&platform, "order-1", 50_000).await.unwrap();
        let merchant = wallet.shop.merchant.clone();
        let payment = wallet.shop.payment("order-1");
        eventually("the charge is released", async || {
            let inquire = InquireCharge { merchant: merchant.clone(), payment: payment.clone() };
            let charge = platform.ask(wallet.id().as_str(), inquire).await.unwrap();
            charge.stage == ChargeStage::Released
        })
        .await;
    }

    async fn the_payment_of_an_accepted_charge_begins_by_itself(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        wallet.bind(&platform, CARD).await;
        wallet.charge(&platform, "order-1", 50_000).await.unwrap();
        eventually("it is paid", async || {
            let inquire = Inquire { merchant: wallet.shop.merchant.clone() };
            let asked = platform.ask(wallet.shop.payment("order-1").as_str(), inquire).await;
            asked.is_ok_and(|view| view.status == PaymentStatus::Captured)
        })
        .await;
    }

    async fn a_strict_bank_asks_for_a_code_and_blocks_after_three_wrong_ones(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        wallet.bind(&platform, STRICT_CARD).await;
        let reply = wallet.charge(&platform, "order-1", 50_000).await.unwrap();
        let challenge = reply.challenge.unwrap();
        assert_eq!(challenge.stage, ChallengeStage::Sent);
        let merchant = wallet.shop.merchant.clone();
        let verify = |otp| {
            let proof = wallet.proof(&platform, challenge.challenge, otp);
            VerifyChallenge { merchant: merchant.clone(), proof }
        };
        let wrong = wallet.ask(&platform, "try-1", verify(WRONG)).await.unwrap_err();
        assert_eq!(wrong.code, ErrorCode::WrongOtp);
        let right = wallet.ask(&platform, "try-2", verify(RIGHT)).await.unwrap();
        assert!(is_approved(&wallet.outcome(&platform, &right).await));

        let reply = wallet.charge(&platform, "order-2", 50_000).await.unwrap();
        let challenge = reply.challenge.unwrap();
        let proof = |otp| wallet.proof(&platform, challenge.challenge, otp);
        for (key, code) in
            [("a", ErrorCode::WrongOtp), ("b", ErrorCode::WrongOtp), ("c", ErrorCode::OtpBlocked)]
        {
            let verify = VerifyChallenge { merchant: merchant.clone(), proof: proof(WRONG) };
            assert_eq!(wallet.ask(&platform, key, verify).await.unwrap_err().code, code);
        }
        assert_eq!(wallet.inquire(&platform).await.token.unwrap().status, TokenStatus::Blocked);
        let inquire =
            InquireCharge { merchant: merchant.clone(), payment: wallet.shop.payment("order-2") };
        let charge = platform.ask(wallet.id().as_str(), inquire).await.unwrap();
        assert_eq!(charge.stage, ChargeStage::Failed);
    }

    async fn a_declined_payment_gives_the_days_limit_back(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        // Bound; charges are declined, 51.
        wallet.bind(&platform, "4000000000009995").await;
        let merchant = wallet.shop.merchant.clone();
        let limits = ChargeLimits { per_payment: None, per_day: Some(idr(1_000)) };
        let limit = LimitCharges { merchant: merchant.clone(), limits, proof: None };
        wallet.ask(&platform, "limit", limit).await.unwrap();
        let reply = wallet.charge(&platform, "order-1", 1_000).await.unwrap();
        let paid = wallet.outcome(&platform, &reply).await;
        assert!(matches!(paid.operation.outcome, OperationOutcome::Declined(_)));
        let payment = wallet.shop.payment("order-1");
        eventually("the charge is released", async || {
            let inquire = InquireCharge { merchant: merchant.clone(), payment: payment.clone() };
            let charge = platform.ask(wallet.id().as_str(), inquire).await.unwrap();
            charge.stage == ChargeStage::Released
        })
        .await;
        // One that is over the limit by itself: this card's next charge may have been declined, and
        // its amount given back, before another one is asked for.
        let over = wallet.charge(&platform, "order-2", 1_001).await.unwrap_err();
        assert_eq!(over.code, ErrorCode::DailyLimit);
        wallet.charge(&platform, "order-3", 1_000).await.unwrap();
    }

    async fn one_card_of_a_customer_is_bound_once_however_many_try(platform) {
        let platform = platform.start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        let wallets: Vec<_> =
            (0..8).map(|n| Wallet::new(&shop, &format!("state-{n}"), "customer-7")).collect();
        join_all(wallets.iter().map(|wallet| wallet.begin(&platform))).await;
        let entered = join_all(wallets.iter().map(|wallet| wallet.enter(&platform, "card", CARD)));
        let (mut winners, mut refused) = (Vec::new(), 0);
        for (wallet, entered) in wallets.iter().zip(entered.await) {
            match entered {
                Ok(view) if view.stage == SessionStage::OtpSent => winners.push(wallet),
                Ok(view) => panic!("{view:?}"),
                Err(rejection) => {
                    assert_eq!(rejection.code, ErrorCode::AlreadyBound);
                    refused += 1;
                }
            }
        }
        assert_eq!((winners.len(), refused), (1, 7));
        winners[0].verify(&platform, "otp", RIGHT).await.unwrap();
        let loser = wallets.iter().find(|wallet| wallet.id() != winners[0].id()).unwrap();
        let late = loser.enter(&platform, "again", CARD).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::AlreadyBound);
        // Another customer of the merchant may have the same card.
        let other = Wallet::new(&shop, "other", "customer-8");
        assert_eq!(other.bind(&platform, CARD).await.stage, SessionStage::Bound);
        // And the first one again, when it was unbound.
        winners[0].ask(&platform, "unbind", winners[0].unbind()).await.unwrap();
        let view = loser.enter(&platform, "third", CARD).await.unwrap();
        assert_eq!(view.stage, SessionStage::OtpSent);
    }

    async fn three_wrong_codes_end_a_session_and_free_the_card(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        with_code(&platform, &wallet).await;
        for (key, left) in [("a", 2), ("b", 1)] {
            let view = wallet.verify(&platform, key, WRONG).await.unwrap();
            assert_eq!(view.otp.unwrap().tries_left, left);
            wallet.resend(&platform).await.unwrap();
        }
        let view = wallet.verify(&platform, "c", WRONG).await.unwrap();
        assert_eq!(view.stage, SessionStage::Failed);
        assert_eq!(view.failure.unwrap().reason, FailureReason::OtpBlocked);
        let next = Wallet::new(&wallet.shop, "another", "customer-7");
        assert_eq!(next.bind(&platform, CARD).await.stage, SessionStage::Bound);
    }

    async fn a_session_expires_and_frees_the_card(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let wallet = wallet(&platform).await;
        with_code(&platform, &wallet).await;
        clock.advance(Duration::from_secs(299));
        assert_eq!(wallet.inquire(&platform).await.stage, SessionStage::OtpSent);
        clock.advance(Duration::from_secs(1));
        eventually("it expires", async || {
            wallet.inquire(&platform).await.stage == SessionStage::Expired
        })
        .await;
        assert_eq!(wallet.open(&platform).await.stage, SessionStage::Expired);
        let next = Wallet::new(&wallet.shop, "another", "customer-7");
        next.begin(&platform).await;
        next.enter(&platform, "card", CARD).await.unwrap();
    }

    async fn a_customer_who_gives_up_ends_the_session(platform) {
        let platform = platform.start().await;
        let wallet = wallet(&platform).await;
        with_code(&platform, &wallet).await;
        assert_eq!(wallet.cancel(&platform).await.stage, SessionStage::Cancelled);
        let late = wallet.verify(&platform, "otp", RIGHT).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::StateConflict);
    }

    async fn access_tokens_run_out_and_ids_of_requests_are_claimed_once(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        Shop::open(&platform, "shop", terms()).await;
        let digest = "ab".repeat(32);
        let issue =
            IssueAccessToken { digest: digest.clone(), client: "c-1".into(), valid_secs: 900 };
        platform.ask("shop", issue.clone()).await.unwrap();
        let check = CheckAccessToken { digest: digest.clone() };
        let owner = platform.ask("shop", check.clone()).await.unwrap();
        assert_eq!(owner.client, "c-1");
        clock.advance(Duration::from_secs(900));
        let late = platform.ask("shop", check.clone()).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::TokenExpired);
        platform.ask("shop", IssueAccessToken { digest: "cd".repeat(32), ..issue }).await.unwrap();
        let revoked = platform.ask("shop", RevokeAccessTokens { client: None }).await.unwrap();
        assert_eq!(revoked.count, 1);
        let gone = platform.ask("shop", check).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);

        let claim = |used_for: &str| ClaimRequestId {
            scope: "c-1:54:20260105".into(),
            id: "1".repeat(32),
            used_for: used_for.into(),
        };
        let once = async |used_for: &str| {
            let claim = claim(used_for);
            platform.ask_once("shop", &claim.key(), claim).await
        };
        once("order-1").await.unwrap();
        once("order-1").await.unwrap();
        let other = once("order-2").await.unwrap_err();
        assert_eq!(other.code, ErrorCode::IdempotencyConflict);
        let keyless = platform.ask("shop", claim("order-1")).await.unwrap_err();
        assert_eq!(keyless.code, ErrorCode::InvalidField);
    }
}
