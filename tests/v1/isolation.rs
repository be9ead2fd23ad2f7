//! What belongs to one merchant does not exist for another.

use super::client::{Answer, Api, send};
use crate::support::receiver::TestReceiver;
use reqwest::Method;
use serde_json::json;

/// Every route that names an object, with a body that it takes.
fn routes(endpoint: &str, delivery: &str) -> Vec<(Method, String, Option<serde_json::Value>)> {
    let endpoint = |tail: &str| format!("callback-endpoints/{endpoint}{tail}");
    let delivery = |tail: &str| format!("deliveries/{delivery}{tail}");
    let nothing = || Some(json!({}));
    vec![
        (Method::GET, endpoint(""), None),
        (Method::PATCH, endpoint(""), Some(json!({ "description": "mine" }))),
        (Method::DELETE, endpoint(""), None),
        (Method::POST, endpoint("/rotate-secret"), nothing()),
        (Method::POST, endpoint("/enable"), nothing()),
        (Method::POST, endpoint("/disable"), nothing()),
        (Method::POST, endpoint("/test"), nothing()),
        (Method::POST, endpoint("/replay"), nothing()),
        (Method::GET, delivery(""), None),
        (Method::POST, delivery("/resend"), nothing()),
    ]
}

async fn ask(api: &Api, route: &(Method, String, Option<serde_json::Value>)) -> Answer {
    let (method, path, body) = route;
    let request = api.request(method.clone(), path);
    send(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

/// A refusal without what differs from request to request.
fn plain(answer: &Answer) -> String {
    let id = answer.json()["error"]["request_id"].as_str().unwrap().to_owned();
    answer.body.replace(&id, "")
}

on_both_platforms! {
    async fn another_merchants_objects_look_like_none(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let (owner, other) = (Api::open(&platform, "owner").await, Api::open(&platform, "other").await);
        let (endpoint, _) = owner.register(&receiver.url("/")).await;
        let delivery = owner.test(&endpoint).await;
        owner.delivery_in(&delivery, "delivered").await;
        let none = routes("ep_000000000000000000000000", "0197f0a3-b1c2-7d3e-8f00-112233445566");
        for (theirs, missing) in routes(&endpoint, &delivery).iter().zip(&none) {
            let (theirs, missing) = (ask(&other, theirs).await, ask(&other, missing).await);
            theirs.refused(404, "not_found");
            assert_eq!(plain(&theirs), plain(&missing));
        }
        for path in ["callback-endpoints", "deliveries", &format!("deliveries?endpoint={endpoint}")] {
            assert_eq!(other.get(path).await.expect(200)["data"], json!([]), "{path}");
        }
        // Nothing happened to the owner's.
        let path = format!("callback-endpoints/{endpoint}");
        let read = owner.get(&path).await.expect(200);
        assert_eq!((&read["status"], &read["description"]), (&json!("enabled"), &json!("")));
        assert_eq!(read["secrets"].as_array().unwrap().len(), 1);
        assert_eq!(receiver.count(), 1);
    }

    async fn what_is_no_id_is_not_found(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        for bad in ["a.b", "%20", "%ff", "x%2Fy", &"a".repeat(65), "4242424242424242%00"] {
            for route in routes(bad, bad) {
                let answer = ask(&api, &route).await;
                answer.refused(404, "not_found");
                assert!(!answer.body.contains("4242"), "{}", answer.body);
            }
        }
    }
}
