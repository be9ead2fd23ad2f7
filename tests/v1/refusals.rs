//! Everything that is not as documented is refused, and the field at fault is named.

use super::client::{Answer, Api, send};
use reqwest::Method;
use serde_json::{Value, json};

fn fault(answer: &Answer) -> (u16, String, String) {
    let (code, field) = answer.fault();
    (answer.status, code, field)
}

#[track_caller]
fn expect(answer: &Answer, status: u16, code: &str, field: &str) {
    let expected = (status, code.to_owned(), field.to_owned());
    assert_eq!(fault(answer), expected, "{}", answer.body);
}

fn with(name: &str, value: Value) -> Value {
    let mut body = json!({ "url": "https://shop.example/" });
    body[name] = value;
    body
}

/// Fields of a registration or a change that break a rule, with the name that is told.
fn bad_fields() -> Vec<(&'static str, Value, &'static str)> {
    let url = |url: &str| ("url", json!(url), "url");
    vec![
        url(""),
        url("shop.example"),
        url("ftp://shop.example/"),
        url("file:///etc/passwd"),
        url("javascript:alert(1)"),
        url("https://user@shop.example/"),
        url("https://user:secret@shop.example/"),
        url("https://"),
        url(&format!("https://shop.example/{}", "a".repeat(2048))),
        ("url", json!(7), "url"),
        ("events", json!("payment.*"), "events"),
        ("events", json!(["payment.succeeded", "payment.unknown"]), "events[1]"),
        ("events", json!([7]), "events[0]"),
        ("events", json!(["pay*"]), "events[0]"),
        ("events", json!(vec!["payment.*"; 51]), "events"),
        ("description", json!("a".repeat(501)), "description"),
        ("description", json!("a\u{1b}[2J"), "description"),
        ("schedule", json!([5]), "schedule"),
        ("schedule", json!([0, 604_801]), "schedule"),
        ("schedule", json!(vec![0; 51]), "schedule"),
        ("schedule", json!([0, -1]), "schedule[1]"),
        ("concurrency", json!(65), "concurrency"),
        ("concurrency", json!(1.5), "concurrency"),
        ("rate_per_minute", json!(600_001), "rate_per_minute"),
        ("contact", json!("nobody"), "contact"),
        ("contact", json!("a b@shop.example"), "contact"),
    ]
}

on_both_platforms! {
    async fn every_bad_field_is_named_in_registrations_and_changes(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register("https://shop.example/").await;
        let path = format!("callback-endpoints/{id}");
        for (name, value, field) in bad_fields() {
            let answer = api.post("callback-endpoints", &with(name, value.clone())).await;
            expect(&answer, 422, "invalid_field", field);
            let mut change = json!({});
            change[name] = value;
            expect(&api.patch(&path, &change).await, 422, "invalid_field", field);
        }
        let answer = api.post("callback-endpoints", &json!({})).await;
        expect(&answer, 422, "missing_field", "url");
        let answer = api.post("callback-endpoints", &with("colour", json!("red"))).await;
        expect(&answer, 422, "unknown_field", "colour");
        expect(&api.patch(&path, &json!({ "id": "x" })).await, 422, "unknown_field", "id");
        expect(&api.post("callback-endpoints", &json!([])).await, 422, "invalid_field", "body");
        let page = api.get("callback-endpoints").await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
    }

    async fn orders_with_bad_bodies_are_refused(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let (id, _) = api.register("https://shop.example/").await;
        let path = |tail: &str| format!("callback-endpoints/{id}/{tail}");
        for (tail, body, code, field) in [
            ("rotate-secret", json!({ "overlap_seconds": 604_801 }), "invalid_field", "overlap_seconds"),
            ("rotate-secret", json!({ "overlap_seconds": -1 }), "invalid_field", "overlap_seconds"),
            ("rotate-secret", json!({ "secret": "whsec_x" }), "unknown_field", "secret"),
            ("enable", json!({ "now": true }), "unknown_field", "now"),
            ("disable", json!({ "now": true }), "unknown_field", "now"),
            ("test", json!({ "type": "x" }), "unknown_field", "type"),
            ("replay", json!({ "scope": "some" }), "invalid_field", "scope"),
            ("replay", json!({ "scope": "all" }), "missing_field", "from"),
            ("replay", json!({ "from": "yesterday" }), "invalid_field", "from"),
            ("replay", json!({ "to": "2020-01-01" }), "invalid_field", "to"),
            ("replay", json!({ "to": "2999-01-01T00:00:00Z" }), "invalid_field", "to"),
            (
                "replay",
                json!({ "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z" }),
                "invalid_field",
                "to",
            ),
        ] {
            expect(&api.post(&path(tail), &body).await, 422, code, field);
        }
    }

    async fn bad_parameters_are_named(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        for (query, code, field) in [
            ("callback-endpoints?limit=0", "invalid_field", "limit"),
            ("callback-endpoints?limit=201", "invalid_field", "limit"),
            ("callback-endpoints?cursor=a.b", "invalid_field", "cursor"),
            ("callback-endpoints?merchant=1", "unknown_field", "query"),
            ("deliveries?limit=ten", "invalid_field", "limit"),
            ("deliveries?limit=5&limit=5", "invalid_field", "limit"),
            ("deliveries?status=lost", "invalid_field", "status"),
            ("deliveries?event=payment.*", "invalid_field", "event"),
            ("deliveries?endpoint=a.b", "invalid_field", "endpoint"),
            ("deliveries?payment=", "invalid_field", "payment"),
            ("deliveries?from=now", "invalid_field", "from"),
            ("deliveries?to=1767607200", "invalid_field", "to"),
            ("deliveries?cursor=1_2", "invalid_field", "cursor"),
            ("deliveries?merchant=10001", "unknown_field", "query"),
        ] {
            expect(&api.get(query).await, 422, code, field);
        }
    }

    async fn what_is_no_request_of_the_interface_is_refused_in_its_words(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let post = |content_type: &'static str, body: Vec<u8>| {
            let request = api.request(Method::POST, "callback-endpoints");
            send(request.header("Content-Type", content_type).body(body))
        };
        let good = br#"{"url":"https://shop.example/"}"#.to_vec();
        post("text/plain", good.clone()).await.refused(415, "unsupported_media_type");
        post("application/json; charset=latin1", good.clone()).await
            .refused(415, "unsupported_media_type");
        for broken in [&b"{"[..], b"", b"\xff", b"{\"url\":\"https://shop.example/\"} x"] {
            post("application/json", broken.to_vec()).await.refused(400, "malformed");
        }
        post("application/json", vec![b' '; 65 * 1024]).await.refused(413, "too_large");
        let packed = api.request(Method::POST, "callback-endpoints").body(good);
        let packed = packed.header("Content-Type", "application/json");
        send(packed.header("Content-Encoding", "gzip")).await.refused(415, "unsupported_media_type");
        api.get("").await.refused(404, "no_such_path");
        api.get("callback-endpoint").await.refused(404, "no_such_path");
        api.delete("deliveries").await.refused(405, "method_not_allowed");
        let put = send(api.request(Method::PUT, "callback-endpoints").json(&json!({}))).await;
        put.refused(405, "method_not_allowed");
        assert!(put.header("allow").contains("POST"), "{:?}", put.headers);
        // Who is not let in is told nothing else.
        let stranger = api.with_key("");
        stranger.post("callback-endpoints", &json!({})).await.refused(401, "unauthorized");
        stranger.get("deliveries?limit=0").await.refused(401, "unauthorized");
    }

    async fn a_bad_idempotency_key_is_refused(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": "https://shop.example/" });
        for bad in ["", "a b", &"k".repeat(129)] {
            let answer = api.post_once("callback-endpoints", bad, &body).await;
            expect(&answer, 422, "invalid_field", "Idempotency-Key");
        }
        let request = api.request(Method::POST, "callback-endpoints").json(&body);
        let twice = request.header("Idempotency-Key", "a").header("Idempotency-Key", "a");
        expect(&send(twice).await, 422, "invalid_field", "Idempotency-Key");
    }
}
