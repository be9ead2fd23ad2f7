//! Endpoints from registration to removal.

use super::client::Api;
use crate::{
    gateway::client::Shop,
    support::{
        platform::eventually,
        receiver::{Received, Reply, TestReceiver},
    },
};
use purser::{clock::SystemClock, receiver::Keys};
use purser_actors::ports::Clock;
use serde_json::{Value, json};

/// Asserts that a key of the endpoint verifies the notification, as the receiver kit does it.
#[track_caller]
fn verify(told: &Received, secret: &str) {
    let keys = Keys { secure_key: None, endpoint: vec![secret.parse().unwrap()] };
    assert!(keys.fit(&told.headers, &told.body, SystemClock::new().now()), "{:?}", told.headers);
}

fn events(told: &[Received]) -> Vec<String> {
    told.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect()
}

on_both_platforms! {
    async fn an_endpoint_is_registered_read_listed_changed_and_removed(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({
            "url": "https://shop.example/purser?a=1", "events": ["payment.*", "endpoint.disabled"],
            "description": "Müller", "schedule": [0, 5, 60], "concurrency": 3,
            "rate_per_minute": 100, "contact": "ops@shop.example",
        });
        let answer = api.post("callback-endpoints", &body).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let made = answer.expect(201);
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("ep_"), "{id}");
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!(made.get("public_key"), None);
        let path = format!("callback-endpoints/{id}");
        let read = api.get(&path).await.expect(200);
        assert_eq!(read.get("secret"), None);
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(read[name], *value, "{name}");
        }
        assert_eq!((&read["kind"], &read["status"]), (&json!("registered"), &json!("enabled")));
        assert_eq!(api.get("callback-endpoints").await.expect(200)["data"], json!([read]));

        let change = json!({ "url": "https://shop.example/new", "events": [], "description": "" });
        let changed = api.patch(&path, &change).await.expect(200);
        assert_eq!((&changed["url"], &changed["events"]), (&change["url"], &json!([])));
        assert_eq!((&changed["schedule"], &changed["concurrency"]), (&json!([0, 5, 60]), &json!(3)));
        let usual = json!({ "schedule": [], "concurrency": 0, "rate_per_minute": 0, "contact": "" });
        let changed = api.patch(&path, &usual).await.expect(200);
        for name in usual.as_object().unwrap().keys() {
            assert_eq!(changed.get(name), None, "{name}");
        }
        assert_eq!(api.patch(&path, &json!({})).await.expect(200)["url"], change["url"]);

        assert_eq!(api.delete(&path).await.expect(204), Value::Null);
        api.get(&path).await.refused(404, "not_found");
        api.delete(&path).await.refused(404, "not_found");
        assert_eq!(api.get("callback-endpoints").await.expect(200)["data"], json!([]));
    }

    async fn a_registered_endpoint_gets_the_events_it_wants_signed_and_numbered(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (_, all) = api.register(&receiver.url("/all")).await;
        let filter = json!({ "url": receiver.url("/some"), "events": ["payment.captured"] });
        let (_, some) = api.register_with(filter).await;
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        let payment = shop.pay("PA", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        shop.capture(&payment, "10.00").await.expect("00004");
        // Settled at once, as the merchant's terms are.
        let told = receiver.wait_for(4).await;
        let of = |path: &str| -> Vec<_> {
            told.iter().filter(|one| one.path == path).cloned().collect()
        };
        let expected = ["payment.authorised", "payment.captured", "payment.settled"];
        assert_eq!(events(&of("/all")), expected);
        assert_eq!(events(&of("/some")), ["payment.captured"]);
        of("/all").iter().for_each(|one| verify(one, &all));
        of("/some").iter().for_each(|one| verify(one, &some));
        let numbers: Vec<_> = of("/all").iter().map(|one| one.json()["sequence"].clone()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let headers: Vec<_> =
            of("/all").iter().map(|one| one.header("purser-sequence").to_owned()).collect();
        assert_eq!(headers, ["1", "2", "3"]);
    }

    async fn a_rotated_secret_is_shown_once_and_the_old_one_signs_along(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, old) = api.register(&receiver.url("/")).await;
        let path = format!("callback-endpoints/{id}/rotate-secret");
        let rotated = api.order(&path).await.expect(200);
        let new = rotated["secret"].as_str().unwrap().to_owned();
        assert_ne!(new, old);
        assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
        api.test(&id).await;
        let told = receiver.wait_for(1).await;
        verify(&told[0], &old);
        verify(&told[0], &new);
        // Without overlap the old one is out of force at once.
        let body = json!({ "overlap_seconds": 0 });
        let last = api.post(&path, &body).await.expect(200);
        api.test(&id).await;
        let told = receiver.wait_for(2).await;
        verify(&told[1], last["secret"].as_str().unwrap());
        let keys = Keys { secure_key: None, endpoint: vec![new.parse().unwrap()] };
        assert!(!keys.fit(&told[1].headers, &told[1].body, SystemClock::new().now()));
    }

    async fn an_asymmetric_endpoint_is_verified_with_its_public_key(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": receiver.url("/"), "asymmetric": true });
        let made = api.post("callback-endpoints", &body).await.expect(201);
        let public = made["public_key"].as_str().unwrap();
        assert_eq!(made["secrets"][0]["public_key"], made["public_key"]);
        let id = made["id"].as_str().unwrap();
        api.test(id).await;
        let told = receiver.wait_for(1).await;
        verify(&told[0], public);
        verify(&told[0], made["secret"].as_str().unwrap());
        // A rotation keeps the kinds of signatures.
        let path = format!("callback-endpoints/{id}/rotate-secret");
        let rotated = api.order(&path).await.expect(200);
        api.test(id).await;
        let told = receiver.wait_for(2).await;
        verify(&told[1], rotated["public_key"].as_str().unwrap());
        verify(&told[1], public);
    }

    async fn a_disabled_endpoint_keeps_what_happens_until_it_is_enabled(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register(&receiver.url("/")).await;
        let path = format!("callback-endpoints/{id}");
        let disabled = api.order(&format!("{path}/disable")).await.expect(200);
        assert_eq!(disabled["status"], "disabled");
        assert_eq!(disabled["disabled_reason"], "requested");
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        shop.pay("PA", "order-1", "10.00", &[]).await.expect("00001");
        let held = async || {
            let page = api.get("deliveries?status=pending").await.expect(200);
            page["data"][0]["status"] == "held"
        };
        eventually("the delivery is held", held).await;
        assert_eq!(receiver.count(), 0);
        let enabled = api.order(&format!("{path}/enable")).await.expect(200);
        assert_eq!(enabled["status"], "enabled");
        assert_eq!(events(&receiver.wait_for(1).await), ["payment.authorised"]);
    }

    async fn what_was_given_up_is_replayed_and_counted(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        receiver.answer("/", [Reply::Status(500)]);
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": receiver.url("/"), "schedule": [0] });
        let (id, _) = api.register_with(body).await;
        let delivery = api.test(&id).await;
        api.delivery_in(&delivery, "failed").await;
        let path = format!("callback-endpoints/{id}");
        assert_eq!(api.get(&path).await.expect(200)["failed"], 1);
        api.order(&format!("{path}/replay")).await.expect(202);
        let told = receiver.wait_for(2).await;
        assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
        api.delivery_in(&delivery, "delivered").await;
        // All of a window, also what arrived.
        let from = api.delivery(&delivery).await["created_at"].clone();
        let all = json!({ "scope": "all", "from": from });
        api.post(&format!("{path}/replay"), &all).await.expect(202);
        receiver.wait_for(3).await;
    }

    async fn an_endpoint_that_came_with_a_payment_is_listed_and_steered_too(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        let url = receiver.url("/notify");
        shop.pay("PA", "order-1", "10.00", &[("notificationUrl", &url)]).await.expect("00001");
        receiver.wait_for(1).await;
        let listed = async || !api.get("callback-endpoints").await.expect(200)["data"]
            .as_array().unwrap().is_empty();
        eventually("the endpoint is listed", listed).await;
        let page = api.get("callback-endpoints").await.expect(200);
        let endpoint = &page["data"][0];
        assert_eq!((&endpoint["kind"], &endpoint["url"]), (&json!("per_payment"), &json!(url)));
        let path = format!("callback-endpoints/{}", endpoint["id"].as_str().unwrap());
        api.order(&format!("{path}/test")).await.refused(409, "conflict");
        api.order(&format!("{path}/rotate-secret")).await.refused(409, "conflict");
        api.patch(&path, &json!({ "url": "http://127.0.0.1:9/" })).await.refused(409, "conflict");
        api.delete(&path).await.refused(409, "conflict");
        api.order(&format!("{path}/disable")).await.expect(200);
        api.order(&format!("{path}/enable")).await.expect(200);
    }

    async fn many_endpoints_are_listed_page_by_page(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(api.register(&format!("http://127.0.0.1:9/{number}")).await.0);
        }
        made.sort_unstable();
        let (mut listed, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("callback-endpoints?limit=2{cursor}")).await.expect(200);
            let ids = page["data"].as_array().unwrap().iter().map(|one| one["id"].clone());
            listed.extend(ids.map(|id| id.as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(listed, made);
    }
}
