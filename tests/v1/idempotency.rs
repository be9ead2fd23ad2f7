//! One key, one operation.

use super::client::{Api, send};
use crate::support::receiver::TestReceiver;
use reqwest::Method;
use serde_json::json;

on_both_platforms! {
    async fn a_repeated_registration_is_answered_the_same_with_its_secret(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": "http://127.0.0.1:9/", "asymmetric": true });
        let path = "callback-endpoints";
        let first = api.post_once(path, "key-1", &body).await;
        first.clone().expect(201);
        let again = api.post_once(path, "key-1", &body).await;
        assert_eq!(again.body, first.body);
        assert!(first.text("secret").starts_with("whsec_"));
        assert_eq!(api.get(path).await.expect(200)["data"].as_array().unwrap().len(), 1);
        // Written otherwise it is still the same request; another one is not.
        let same = r#"{ "asymmetric": true,  "url": "http://127.0.0.1:9/" }"#;
        let request = api.request(Method::POST, path).header("Idempotency-Key", "key-1");
        let request = request.header("Content-Type", "application/json").body(same);
        assert_eq!(send(request).await.body, first.body);
        let other = json!({ "url": "http://127.0.0.1:9/other" });
        api.post_once(path, "key-1", &other).await.refused(409, "idempotency_conflict");
        let second = api.post_once(path, "key-2", &body).await;
        assert_ne!(second.text("id"), first.text("id"));
        assert_ne!(second.text("secret"), first.text("secret"));
    }

    async fn the_same_key_of_another_merchant_is_another_key(platform) {
        let platform = platform.start().await;
        let (one, two) = (Api::open(&platform, "one").await, Api::open(&platform, "two").await);
        let body = json!({ "url": "http://127.0.0.1:9/" });
        let first = one.post_once("callback-endpoints", "key", &body).await;
        let second = two.post_once("callback-endpoints", "key", &body).await;
        first.clone().expect(201);
        second.clone().expect(201);
        assert_ne!(first.text("id"), second.text("id"));
        assert_ne!(first.text("secret"), second.text("secret"));
    }

    async fn orders_with_a_key_take_effect_once(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register(&receiver.url("/")).await;
        let path = format!("callback-endpoints/{id}");
        let nothing = json!({});
        let tests = [
            api.post_once(&format!("{path}/test"), "key", &nothing).await,
            api.post_once(&format!("{path}/test"), "key", &nothing).await,
        ];
        assert_eq!(tests[0].text("delivery"), tests[1].text("delivery"));
        let rotate = format!("{path}/rotate-secret");
        let first = api.post_once(&rotate, "key", &nothing).await;
        let again = api.post_once(&rotate, "key", &nothing).await;
        assert_eq!(first.clone().expect(200), again.expect(200));
        let overlap = json!({ "overlap_seconds": 1 });
        let conflict = api.post_once(&rotate, "key", &overlap).await;
        conflict.refused(409, "idempotency_conflict");
        let next = api.post_once(&rotate, "other-key", &nothing).await;
        assert_ne!(first.text("secret"), next.text("secret"));
        receiver.wait_for(1).await;
        assert_eq!(receiver.count(), 1);
    }

    async fn concurrent_twins_register_one_endpoint(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": "http://127.0.0.1:9/" });
        let twins = (0..8).map(|_| api.post_once("callback-endpoints", "twins", &body));
        let answers = futures_util::future::join_all(twins).await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
        let page = api.get("callback-endpoints").await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
    }
}
