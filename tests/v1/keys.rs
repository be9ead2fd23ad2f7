//! Who may come in.

use super::client::{Api, issue, send};
use crate::support::platform::TestPlatform;
use purser_subjects::merchant::{RevokeApiKey, Suspend};
use reqwest::Method;
use serde_json::json;

const LIST: &str = "callback-endpoints";

async fn with_header(api: &Api, values: &[&str]) -> super::client::Answer {
    let mut request = api.with_key("").request(Method::GET, LIST);
    for value in values {
        request = request.header("Authorization", *value);
    }
    send(request).await
}

async fn shop(platform: &TestPlatform) -> Api {
    Api::open(platform, "shop").await
}

on_both_platforms! {
    async fn a_request_without_a_valid_key_is_refused(platform) {
        let platform = platform.start().await;
        let api = shop(&platform).await;
        api.get(LIST).await.expect(200);
        let other = format!("pk_sandbox_{}", "a".repeat(43));
        let bearer = format!("Bearer {}", api.key);
        for values in [
            &[][..],
            &["Bearer"],
            &["Bearer "],
            &[api.key.as_str()],
            &[&format!("Basic {}", api.key)],
            &[&format!("Bearer {other}")],
            &[&format!("Bearer {}x", api.key)],
            &[&format!("Bearer {}", &api.key[..api.key.len() - 1])],
            &[&format!("Bearer {}", api.key.to_uppercase())],
            &[bearer.as_str(), bearer.as_str()],
        ] {
            let answer = with_header(&api, values).await;
            answer.refused(401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert!(!answer.body.contains("pk_sandbox"), "{}", answer.body);
        }
        assert_eq!(with_header(&api, &[&format!("bearer {}", api.key)]).await.status, 200);
    }

    async fn a_revoked_key_is_refused_at_once_and_the_others_stay(platform) {
        let platform = platform.start().await;
        let api = shop(&platform).await;
        let (second, _) = issue(&platform, &api.merchant).await;
        let other = api.with_key(&second);
        api.get(LIST).await.expect(200);
        other.get(LIST).await.expect(200);
        let revoke = RevokeApiKey { key: api.name.clone() };
        platform.ask(&api.merchant.member_id, revoke).await.unwrap();
        api.get(LIST).await.refused(401, "unauthorized");
        other.get(LIST).await.expect(200);
    }

    async fn a_key_that_fails_too_often_is_not_looked_up_for_a_minute(platform) {
        let platform = platform.start().await;
        let api = shop(&platform).await;
        let wrong = api.with_key(&format!("pk_sandbox_{}", "b".repeat(43)));
        for _ in 0..10 {
            wrong.get(LIST).await.refused(401, "unauthorized");
        }
        let answer = wrong.get(LIST).await;
        answer.refused(429, "too_many_failures");
        assert_eq!(answer.header("retry-after"), "60");
        api.get(LIST).await.expect(200);
    }

    async fn a_suspended_merchant_still_steers_its_endpoints(platform) {
        let platform = platform.start().await;
        let api = shop(&platform).await;
        platform.ask(&api.merchant.member_id, Suspend {}).await.unwrap();
        let url = json!({ "url": "http://127.0.0.1:9/" });
        api.post(LIST, &url).await.expect(201);
    }

    async fn a_refusal_names_its_request(platform) {
        let platform = platform.start().await;
        let api = shop(&platform).await;
        let answer = api.with_key("").get(LIST).await;
        let id = answer.json()["error"]["request_id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("x-correlation-id"), id);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(id.len(), 36);
    }
}
