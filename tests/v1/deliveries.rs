//! What merchants see of deliveries and attempts.

use super::client::Api;
use crate::{
    gateway::client::Shop,
    support::receiver::{Reply, TestReceiver},
};
use serde_json::{Value, json};

/// Ids on a page.
fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

on_both_platforms! {
    async fn every_attempt_is_shown_with_request_answer_and_timing(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        receiver.answer("/", [Reply::Status(503)]);
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": receiver.url("/"), "schedule": [0, 0] });
        let (id, _) = api.register_with(body).await;
        let delivery = api.test(&id).await;
        let shown = api.delivery_in(&delivery, "delivered").await;
        assert_eq!((&shown["attempts"], &shown["http_status"]), (&json!(2), &json!(200)));
        assert_eq!((&shown["event"], &shown["endpoint"]), (&json!("endpoint.test"), &json!(id)));
        assert_eq!(shown["object"], json!({ "kind": "endpoint", "id": id }));
        let log = shown["log"].as_array().unwrap();
        let statuses: Vec<_> = log.iter().map(|one| one["http_status"].clone()).collect();
        assert_eq!(statuses, [503, 200]);
        let told = receiver.wait_for(2).await;
        for (attempt, told) in log.iter().zip(&told) {
            assert_eq!(attempt["url"], receiver.url("/"));
            assert_eq!(attempt["request_body"], std::str::from_utf8(&told.body).unwrap());
            let headers = attempt["request_headers"].as_array().unwrap();
            let shown = |name: &str| {
                let header = headers.iter().find(|header| header["name"] == name);
                header.unwrap_or_else(|| panic!("{name}: {headers:?}"))["value"].clone()
            };
            for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                assert_eq!(shown(name), told.header(name), "{name}");
            }
            assert!(attempt["duration_ms"].as_u64().unwrap() < 20_000);
            assert!(attempt["at"].as_str().unwrap().ends_with('Z'));
        }
        assert!(log[0]["error"].as_str().unwrap().contains("503"), "{log:?}");
        assert_eq!(log[1].get("error"), None);
    }

    async fn deliveries_are_found_by_every_filter(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        receiver.answer("/bad", [Reply::Status(500)]);
        let api = Api::open(&platform, "shop").await;
        let (good, _) = api.register(&receiver.url("/good")).await;
        let filter =
            json!({ "url": receiver.url("/bad"), "schedule": [0], "events": ["endpoint.*"] });
        let (bad, _) = api.register_with(filter).await;
        let shop = Shop::log_in(&platform.base_url(), &api.merchant).await;
        let payment = shop.pay("PA", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        let arrived = api.test(&good).await;
        let lost = api.test(&bad).await;
        api.delivery_in(&arrived, "delivered").await;
        let lost_view = api.delivery_in(&lost, "failed").await;
        receiver.wait_for(3).await;

        let found = async |query: &str| {
            ids(&api.get(&format!("deliveries?{query}")).await.expect(200))
        };
        assert_eq!(found("").await.len(), 3);
        assert_eq!(found("status=failed").await, std::slice::from_ref(&lost));
        assert_eq!(found(&format!("endpoint={bad}")).await, std::slice::from_ref(&lost));
        assert_eq!(found("event=endpoint.test").await, [lost.clone(), arrived.clone()]);
        assert_eq!(found(&format!("endpoint={good}&event=endpoint.test")).await, std::slice::from_ref(&arrived));
        assert_eq!(found(&format!("payment={payment}&event=payment.authorised")).await.len(), 1);
        assert_eq!(found("payment=none").await, [""; 0]);
        assert_eq!(found("event=payment.refunded").await, [""; 0]);
        let created = lost_view["created_at"].as_str().unwrap();
        assert!(found(&format!("from={created}")).await.contains(&lost));
        assert_eq!(found(&format!("from={created}&to={created}&endpoint={bad}")).await, [lost]);
        assert_eq!(found("to=2020-01-01T00:00:00Z").await, [""; 0]);
    }

    async fn pages_follow_each_other_without_gap_or_repetition(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register(&receiver.url("/")).await;
        let mut made = Vec::new();
        for _ in 0..7 {
            made.push(api.test(&id).await);
        }
        let (mut listed, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("deliveries?limit=3{cursor}")).await.expect(200);
            listed.extend(ids(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        // Newest first; those of one millisecond in any order.
        let (mut sorted, mut expected) = (listed.clone(), made.clone());
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
        receiver.wait_for(7).await;
    }

    async fn one_notification_is_sent_again_whatever_became_of_it(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register(&receiver.url("/")).await;
        let delivery = api.test(&id).await;
        api.delivery_in(&delivery, "delivered").await;
        let path = format!("deliveries/{delivery}/resend");
        assert_eq!(api.order(&path).await.expect(202), json!({ "delivery": delivery }));
        let told = receiver.wait_for(2).await;
        assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
        // With a key, repetitions take effect once.
        for _ in 0..3 {
            api.post_once(&path, "again", &json!({})).await.expect(202);
        }
        receiver.wait_for(3).await;
        api.delivery_in(&delivery, "delivered").await;
        assert_eq!(receiver.count(), 3);
    }
}
