//! Access tokens: who gets one, for how long, and what is refused.

use super::{
    client::{SnapShop, new_state},
    customer::{CARD, Customer, take},
};
use crate::support::clock::ManualClock;
use purser::ingress::snap::signature::Encoding;
use purser_subjects::merchant::RevokeAccessTokens;
use serde_json::json;
use std::{sync::Arc, time::Duration};

fn b2b() -> serde_json::Value {
    json!({ "grantType": "client_credentials" })
}

on_both_platforms! {
    async fn a_token_is_issued_for_a_right_signature_in_either_encoding(platform) {
        let platform = platform.start().await;
        let mut shop = SnapShop::open(&platform, "shop").await;
        for encoding in [Encoding::Hex, Encoding::Base64] {
            shop.encoding = encoding;
            for prefix in [super::client::FIRST, super::client::STANDARD, super::client::THIRD] {
                let shop = shop.speaking(prefix);
                let draft = shop.token_draft("access-token/b2b", &b2b(), &shop.now());
                let answer = shop.send(draft).await.expect("2007300");
                assert_eq!(answer.text("tokenType"), "Bearer");
                assert_eq!(answer.text("expiresIn"), "900");
                assert_eq!(answer.text("accessToken").len(), 64);
                assert_eq!(answer.headers["cache-control"], "no-store");
            }
        }
        // With the merchant's id, as the product's first version has it; a token is for a service.
        let body = json!({
            "grantType": "client_credentials",
            "additionalInfo": { "merchantId": shop.merchant_id },
        });
        let draft = shop.token_draft("access-token/b2b", &body, &shop.now());
        shop.send(draft).await.expect("2007300");
    }

    async fn what_is_wrong_with_a_token_request_is_told(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let draft = |body| shop.token_draft("access-token/b2b", &body, &shop.now());
        let send = async |draft| shop.send(draft).await;
        send(draft(json!({}))).await.refused("4007302", "grantType");
        send(draft(json!({ "grantType": "password" }))).await.refused("4007301", "grantType");
        send(draft(json!({ "grantType": 1 }))).await.refused("4007301", "grantType");
        let other = json!({
            "grantType": "client_credentials",
            "additionalInfo": { "merchantId": "OTHERS" },
        });
        send(draft(other)).await.expect("4047308");
        let mut broken = draft(b2b());
        broken.body = b"{".to_vec();
        send(broken).await.expect("4007300");
        for name in ["X-TIMESTAMP", "X-CLIENT-KEY", "Content-Type"] {
            send(draft(b2b()).without(name)).await.refused("4007302", name);
            send(draft(b2b()).again(name)).await.refused("4007301", name);
        }
        let twice = draft(b2b()).header("X-SIGNATURE", "00").again("X-SIGNATURE");
        send(twice).await.refused("4007301", "X-SIGNATURE");
        let unsigned = super::client::Draft { signature: Some(String::new()), ..draft(b2b()) };
        send(unsigned).await.refused("4007302", "X-SIGNATURE");
        send(draft(b2b()).header("X-TIMESTAMP", "yesterday")).await.refused("4007301", "X-TIMESTAMP");
        send(draft(b2b()).header("X-CLIENT-KEY", "short")).await.refused("4007301", "X-CLIENT-KEY");
        send(draft(b2b()).header("X-CLIENT-KEY", &"f".repeat(32)))
            .await
            .refused("4017300", "X-CLIENT-KEY");
        // A signature of another time, and one that is none.
        send(draft(b2b()).header("X-TIMESTAMP", "2024-01-01T00:00:00Z"))
            .await
            .refused("4017300", "X-SIGNATURE");
        let forged = super::client::Draft { signature: Some("00".repeat(256)), ..draft(b2b()) };
        send(forged).await.refused("4017300", "X-SIGNATURE");
        let old = shop.token_draft("access-token/b2b", &b2b(), "2024-01-01T00:00:00Z");
        send(old).await.refused("4017300", "X-TIMESTAMP");
    }

    async fn a_client_that_fails_too_often_is_kept_out_for_a_minute(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        for _ in 0..10 {
            let mut draft = shop.token_draft("access-token/b2b", &b2b(), &shop.now());
            draft.signature = Some("00".repeat(256));
            shop.send(draft).await.expect("4017300");
        }
        let draft = shop.token_draft("access-token/b2b", &b2b(), &shop.now());
        let refused = shop.send(draft).await.expect("4297300");
        assert!(refused.headers.contains_key("retry-after"));
        other.new_token().await;
    }

    async fn tokens_expire_and_are_revoked(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(Arc::clone(&clock) as _).start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let ask = async |token: &str| {
            let body = json!({ "partnerReferenceNo": new_state(), "bankCardToken": "0".repeat(32) });
            let draft = shop.draft_with(token, "registration-account-inquiry", &body).await;
            shop.send(draft).await
        };
        let token = shop.new_token().await;
        ask(&token).await.expect("4040811");
        clock.advance(Duration::from_secs(899));
        ask(&token).await.expect("4040811");
        clock.advance(Duration::from_secs(1));
        ask(&token).await.expect("4010801");

        let token = shop.new_token().await;
        ask(&token).await.expect("4040811");
        let member = shop.merchant.member_id.clone();
        platform.ask(&member, RevokeAccessTokens { client: None }).await.unwrap();
        ask(&token).await.expect("4010801");
        ask(&"0".repeat(64)).await.expect("4010801");
        ask("no-token").await.expect("4010803");
    }

    async fn a_client_whose_secret_cannot_be_read_is_told_of_a_fault(platform) {
        let platform = platform.start().await;
        let mut shop = SnapShop::open(&platform, "shop").await;
        let credential = purser_subjects::merchant::Credential {
            scheme: purser::ingress::snap::CLIENT_SCHEME.to_owned(),
            name: "f".repeat(32),
            secret: purser_subjects::Sealed::from_ciphertext(vec![1; 40]),
            attributes: Default::default(),
        };
        let set = purser_subjects::merchant::SetCredential { credential };
        platform.ask(&shop.merchant.member_id, set).await.unwrap();
        shop.client_key = "f".repeat(32);
        let draft = shop.token_draft("access-token/b2b", &b2b(), &shop.now());
        shop.send(draft).await.expect("5007301");
    }

    async fn a_token_is_its_own_clients_alone(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let token = other.token().await;
        let body = json!({ "partnerReferenceNo": new_state() });
        let draft = shop.draft_with(&token, "registration-account-inquiry", &body).await;
        shop.send(draft).await.expect("4010801");
    }

    async fn an_auth_code_becomes_a_customers_token_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let code = shop.auth_code(&new_state(), "siti").await;
        let customer = Customer::with(&platform, &code);
        let exchange = json!({ "grantType": "AUTHORIZATION_CODE", "authCode": code });
        let send = async |body: &serde_json::Value| {
            shop.send(shop.token_draft("access-token/b2b2c", body, &shop.now())).await
        };
        // Nothing is bound yet.
        send(&exchange).await.expect("4047400");
        customer.binds(CARD).await;
        let token = take(&shop, &code).await;
        let granted = send(&exchange).await.expect("2007400");
        assert_eq!(granted.more("publicUserId"), "siti");
        send(&exchange).await.expect("4037400");

        let ask = async |customer: &str, card: &str| {
            let body = json!({ "partnerReferenceNo": new_state(), "bankCardToken": card });
            let draft = shop.draft(reqwest::Method::POST, "registration-account-inquiry", Some(&body));
            shop.send(draft.await.customer(customer)).await
        };
        let access = granted.text("accessToken");
        ask(&access, &token).await.expect("2000800");
        let other = super::customer::bound(&platform, &shop, "budi").await;
        ask(&access, &other).await.expect("4010802");
        ask(&"0".repeat(64), &token).await.expect("4010802");
        ask("none", &token).await.expect("4010804");

        let refresh = json!({ "grantType": "REFRESH_TOKEN", "refreshToken": granted.text("refreshToken") });
        let next = send(&refresh).await.expect("2007400");
        ask(&access, &token).await.expect("4010802");
        ask(&next.text("accessToken"), &token).await.expect("2000800");
        send(&refresh).await.expect("4017402");
        for (body, code) in [
            (json!({ "grantType": "AUTHORIZATION_CODE" }), "4007402"),
            (json!({ "grantType": "REFRESH_TOKEN" }), "4007402"),
            (json!({ "grantType": "x" }), "4007401"),
            (json!({ "grantType": "REFRESH_TOKEN", "refreshToken": "x" }), "4017404"),
            (json!({ "grantType": "AUTHORIZATION_CODE", "authCode": "0".repeat(64) }), "4017402"),
        ] {
            send(&body).await.expect(code);
        }
    }
}
