//! What the platform, its operator, or those that it asks cannot do at present, as a merchant is told.

use super::{
    cards::{OTP_TO_CHARGE, card_bind},
    client::{FIRST, STANDARD, SnapShop, new_state},
    customer::{bound, bound_card},
};
use crate::support::{
    connector::{KEY, NAME},
    issuer::{Plan, TestIssuer},
    platform::eventually,
};
use purser_subjects::{binding::ChargeCard, merchant::MerchantTerms};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn live(issuer: Option<&str>) -> MerchantTerms {
    MerchantTerms {
        acquirer: Some(format!("nats:{NAME}").parse().unwrap()),
        issuer: issuer.map(|issuer| issuer.parse().unwrap()),
        ..MerchantTerms::default()
    }
}

on_both_platforms! {
    async fn a_merchant_without_an_issuer_is_not_registered_for_cards(platform) {
        let platform = platform.connector(NAME, KEY).start().await;
        let merchant = platform.merchant("live").live().with_terms(live(None)).create().await;
        let shop = SnapShop::of(&platform, merchant).await;
        let parameters = shop.parameters(&new_state(), "siti");
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        shop.get("get-auth-code", &query).await.expect("4043005");
        let shop = shop.speaking(STANDARD);
        let body = card_bind(&shop, "bind-1", "siti", "4242424242424242");
        shop.post("registration-card-bind", &body).await.expect("4040105");
    }

    async fn an_issuer_whose_program_does_not_run_is_an_external_fault(platform) {
        let platform = platform.connector(NAME, KEY).start().await;
        let terms = live(Some(&format!("nats:{NAME}")));
        let merchant = platform.merchant("live").live().with_terms(terms).create().await;
        let shop = SnapShop::of(&platform, merchant).await.speaking(STANDARD);
        let body = card_bind(&shop, "bind-1", "siti", "4242424242424242");
        shop.post("registration-card-bind", &body).await.expect("5000102");
    }

    async fn an_issuer_that_does_not_answer_in_time_is_a_timeout(platform) {
        let issuer = TestIssuer::new();
        let platform = platform
            .issuer(issuer.clone())
            .limits(|limits| limits.acquirer_timeout = Duration::from_millis(500))
            .start()
            .await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        issuer.plan([Plan::HangBefore]);
        let answer = shop.pay("order-1", &token, "10000.00").await.expect("5043300");
        assert!(answer.headers.contains_key("retry-after"));
        // Nothing was paid, and nothing waits for a code.
        shop.status("order-1").await.expect("4045501");
        shop.pay("order-2", &token, "10000.00").await.expect("2023300");
    }

    async fn a_part_that_fails_is_a_timeout_until_the_operator_must_look_at_it(platform) {
        let is_faulty = Arc::new(AtomicBool::new(false));
        let switch = is_faulty.clone();
        let platform = platform
            .fault(Arc::new(move |_, verb| {
                let due = verb == <ChargeCard as purser_subjects::Ask>::VERB;
                assert!(!due || !switch.load(Ordering::SeqCst), "forced by the test");
            }))
            .start()
            .await;
        let shop = SnapShop::open(&platform, "shop").await;
        let (token, other) =
            (bound(&platform, &shop, "siti").await, bound(&platform, &shop, "budi").await);
        is_faulty.store(true, Ordering::SeqCst);
        for _ in 0..4 {
            shop.pay(&new_state(), &token, "10000.00").await.expect("5043300");
        }
        eventually("it is quarantined", async || !platform.node().quarantined().is_empty()).await;
        shop.pay("order-1", &token, "10000.00").await.expect("5003300");
        is_faulty.store(false, Ordering::SeqCst);
        // Other cards go on.
        shop.pay("order-2", &other, "10000.00").await.expect("2003330");
        let card = platform.node().quarantined().remove(0);
        assert!(platform.node().release(&card));
        shop.speaking(FIRST).pay("order-1", &token, "10000.00").await.expect("2003330");
    }
}
