//! The gateway's routes, over a core that approves everything.

#[path = "../../../tests/gateway/hostile.rs"]
mod hostile;
mod platform;
mod store;

use super::{PREFIX, notification::GatewayNotification};
use crate::{card::CardSecret, merchants::MerchantDirectory, messenger::Render};
use hostile::{Fields, Sent, Target};
use platform::{KEY, MEMBER, Mood, Platform, checksum};
use purser_actors::ports::{BusError, Delivery, DueDelivery};
use purser_subjects::{EndpointId, ErrorCode, Rejection, Timestamp, TransactionId, encode};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use uuid::Uuid;

fn post(path: &str, token: &str, fields: &Fields) -> Sent {
    Sent {
        method: "POST",
        path: format!("{PREFIX}{path}"),
        headers: vec![
            ("AuthToken", token.to_owned()),
            ("Content-Type", "application/json".to_owned()),
        ],
        body: fields.to_json(),
    }
}

/// A valid payment with some fields set otherwise.
fn payment(platform: &Platform, reference: &str, changes: &[(&str, &str)]) -> Fields {
    let mut fields = Target::Pay.fields(&platform.fixture(), reference);
    for (name, value) in changes {
        fields.set(name, value);
    }
    let rest = format!("{}|{}", fields.get("merchantTransactionId"), fields.get("amount"));
    fields.set("authentication.checksum", &checksum(&rest));
    fields
}

async fn pay(platform: &Platform, fields: &Fields) -> hostile::Got {
    platform.send(post("/payments", &platform.token(), fields)).await
}

fn operation(id: &str, changes: &[(&str, &str)]) -> Fields {
    let mut fields = Fields(vec![("authentication.memberId".into(), MEMBER.into())]);
    for (name, value) in changes {
        fields.set(name, value);
    }
    let amount = fields.get("amount").to_owned();
    let with_amount = matches!(fields.get("paymentType"), "CP" | "RF");
    let rest = if with_amount { format!("{id}|{amount}") } else { id.to_owned() };
    fields.set("authentication.checksum", &checksum(&rest));
    fields
}

#[tokio::test]
async fn every_hostile_request_is_refused() {
    let platform = Platform::new();
    let fixture = platform.fixture();
    hostile::every_hostile_request_is_refused(&fixture, |sent| platform.send(sent)).await;
    assert!(platform.core.authorised.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_payment_reaches_the_core_with_all_that_was_said() {
    let platform = Platform::new();
    let changes = [
        ("paymentType", "DB"),
        ("notificationUrl", "https://shop.example/cb"),
        ("orderDescriptor", "A book"),
        ("authentication.terminalId", "12"),
        ("attemptThreeD", "Direct"),
        ("paymentBrand", "VISA"),
        ("x-plugin-version", "1.2"),
    ];
    let got = pay(&platform, &payment(&platform, "order-1", &changes)).await;
    assert_eq!((got.status, got.code().as_str()), (200, "00001"));
    let body = got.json();
    assert_eq!(body["merchantTransactionId"], "order-1");
    assert_eq!(body["transactionStatus"], "Y");
    assert_eq!(body["card"]["last4Digits"], "1111");

    let commands = platform.core.authorised.lock().unwrap();
    let [command] = &commands[..] else { panic!("one command") };
    assert!(command.capture);
    assert_eq!(command.merchant.as_str(), MEMBER);
    assert_eq!(command.amount.to_string(), "10.00 EUR");
    assert_eq!(command.card.holder, "Ada");
    let notify = command.notify.as_ref().unwrap();
    assert_eq!(
        (notify.url.as_str(), notify.format.as_str()),
        ("https://shop.example/cb", "gateway")
    );
    let details: Vec<_> = command.details.keys().map(String::as_str).collect();
    let expected = [
        "authentication.terminalId",
        "customer.email",
        "customer.givenName",
        "orderDescriptor",
        "paymentMode",
    ];
    assert_eq!(details, expected);
    let id = TransactionId::derive(&command.merchant, "order-1");
    let card = CardSecret::open(&platform.vault, &id, &command.sealed_card).unwrap();
    assert_eq!((card.number(), card.security_code()), ("4111111111111111", Some("7373")));
}

#[tokio::test]
async fn a_repeated_payment_gets_the_same_bytes_in_either_format() {
    let platform = Platform::new();
    let mut fields = payment(&platform, "order-1", &[]);
    let first = pay(&platform, &fields).await;
    assert_eq!(first.code(), "00001");
    fields.0.reverse();
    let mut form = post("/payments", &platform.token(), &fields);
    form.body = fields.to_form();
    form.headers[1].1 = "application/x-www-form-urlencoded; charset=UTF-8".to_owned();
    assert_eq!(platform.send(form).await.body, first.body);

    let other = payment(&platform, "order-1", &[("customer.surname", "Lovelace")]);
    assert_eq!(pay(&platform, &other).await.code(), "20202");
    assert_eq!(platform.core.authorised.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn text_that_looks_hostile_but_is_valid_is_taken_as_text() {
    let platform = Platform::new();
    for text in [
        "'; DROP TABLE payments; --",
        "a|10.00|b",
        "<script>alert(1)</script>",
        "%00%0d%0a",
        "../../etc/passwd",
        "{\"$ne\":null}",
        "日本語 \u{1F4B6}",
        "=cmd|' /C calc'!A0",
    ] {
        let fields = payment(&platform, text, &[("customer.surname", text)]);
        let got = pay(&platform, &fields).await;
        assert_eq!(got.code(), "00001", "{text}");
        assert_eq!(got.json()["merchantTransactionId"], text);
        let mut inquiry = operation(
            text,
            &[("paymentType", "IN"), ("idType", "MID"), ("merchantTransactionId", text)],
        );
        let found = platform.send(post("/inquiry", &platform.token(), &inquiry)).await;
        assert_eq!(found.code(), "00026", "{text}");
        assert_eq!(found.json()["lastName"], text);
        // The async page sends the checksum of the payment.
        inquiry.set("amount", "10.00");
        inquiry.set("authentication.checksum", fields.get("authentication.checksum"));
        let found = platform.send(post("/inquiry", &platform.token(), &inquiry)).await;
        assert_eq!(found.code(), "00026", "{text}");
    }
}

#[tokio::test]
async fn operations_have_their_codes_and_checksums() {
    let platform = Platform::new();
    let fixture = platform.fixture();
    let id = &fixture.payment_id;
    for (changes, code) in [
        (&[("paymentType", "RV")][..], "00006"),
        (&[("paymentType", "CP"), ("amount", "4.00")], "00004"),
        (&[("paymentType", "RF"), ("amount", "4.00")], "00005"),
        (&[("paymentType", "IN")], "00026"),
        (&[("paymentType", "IN"), ("paymentId", id), ("idType", "PID")], "00026"),
    ] {
        let path = format!("/payments/{id}");
        let got = platform.send(post(&path, &fixture.token, &operation(id, changes))).await;
        assert_eq!(got.code(), code, "{changes:?}");
        assert_eq!(got.json()["paymentId"], id.as_str());
        assert!(got.json()["timestamp"].is_string());
    }
}

#[tokio::test]
async fn an_idempotency_key_makes_a_repeated_capture_one() {
    let platform = Platform::new();
    let fixture = platform.fixture();
    let path = format!("/payments/{}", fixture.payment_id);
    let capture = |amount| {
        let changes = [("paymentType", "CP"), ("amount", amount)];
        let mut sent = post(&path, &fixture.token, &operation(&fixture.payment_id, &changes));
        sent.headers.push(("Idempotency-Key", "capture-1".to_owned()));
        platform.send(sent)
    };
    let first = capture("6.00").await;
    assert_eq!(first.code(), "00004");
    assert_eq!(capture("6.00").await.body, first.body);
    assert_eq!(capture("5.00").await.code(), "20209");
}

#[tokio::test]
async fn another_members_payment_is_answered_like_none() {
    let platform = Platform::new();
    let fixture = platform.fixture();
    for changes in [
        &[("paymentType", "CP"), ("amount", "1.00")][..],
        &[("paymentType", "RF"), ("amount", "1.00"), ("currency", "EUR")],
        &[("paymentType", "RV")],
        &[("paymentType", "IN")],
    ] {
        let mut answers = Vec::new();
        for id in [&fixture.other_payment_id, "0000", "no payment", "%ff"] {
            let fields = operation(id, changes);
            let path = format!("/payments/{}", id.replace(' ', "%20"));
            let got = platform.send(post(&path, &fixture.token, &fields)).await;
            answers.push((got.status, String::from_utf8(got.body).unwrap()));
        }
        assert!(answers[0].1.contains("20201"), "{answers:?}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

#[tokio::test]
async fn a_token_is_issued_for_the_right_key_and_works() {
    let platform = Platform::new();
    let fields = Target::LogIn.fields(&platform.fixture(), "");
    let got = platform.send(post("/authToken", "", &fields)).await;
    let body = got.json();
    assert_eq!((got.status, got.code().as_str()), (200, "200"));
    assert_eq!((&body["memberId"], &body["partnerId"]), (&MEMBER.into(), &"77".into()));
    assert_eq!(
        (&body["LoginName"], &body["timestamp"]),
        (&"first".into(), &"2026-11-20 12:00:00".into())
    );
    let token = body["AuthToken"].as_str().unwrap();
    let paid = post("/payments", token, &payment(&platform, "order-1", &[]));
    assert_eq!(platform.send(paid).await.code(), "00001");
}

#[tokio::test]
async fn failed_log_ins_are_limited_and_all_answered_alike() {
    let platform = Platform::new();
    let log_in = |user: &str, key: &str| {
        let mut fields = Target::LogIn.fields(&platform.fixture(), "");
        fields.set("merchant.username", user);
        fields.set("authentication.sKey", key);
        platform.send(post("/authToken", "", &fields))
    };
    for _ in 0..10 {
        let wrong = log_in("first", "wrong").await;
        assert_eq!(wrong.code(), "20001");
        assert_eq!(wrong.body, log_in("nobody-here", "wrong").await.body);
    }
    let locked = log_in("first", KEY).await;
    assert_eq!(locked.code(), "20008");
    assert_eq!(locked.body, log_in("nobody-here", "wrong").await.body);
    use purser_actors::ports::Clock;
    platform.clock.sleep_until(platform.clock.now().plus(Duration::from_secs(60))).await;
    assert_eq!(log_in("first", KEY).await.code(), "200");
}

#[tokio::test]
async fn trouble_in_the_core_is_told_with_status_and_retry() {
    let platform = Platform::with_limits(64, Duration::from_millis(300));
    let rejection = |code| Mood::Refuse(Rejection::new(code, "not now").retry_after_ms(2500));
    for (mood, status, code, retry) in [
        (rejection(ErrorCode::Overloaded), 503, "20503", Some("3")),
        (rejection(ErrorCode::Quarantined), 503, "20506", Some("3")),
        (Mood::Unreachable(BusError::Timeout), 503, "20505", Some("1")),
        (rejection(ErrorCode::MerchantSuspended), 200, "20009", None),
        (rejection(ErrorCode::Unknown), 500, "20500", None),
        (Mood::Panic, 500, "20500", None),
        (Mood::Hang, 503, "20504", Some("1")),
    ] {
        platform.set_mood(mood.clone());
        let got = pay(&platform, &payment(&platform, "order-1", &[])).await;
        assert_eq!((got.status, got.code().as_str()), (status, code), "{mood:?}");
        assert_eq!(got.header("retry-after"), retry, "{mood:?}");
        let body = got.json();
        assert_eq!(body["paymentId"], "-");
        assert!(body.get("transactionStatus").is_none() && body.get("timestamp").is_none());
    }
    platform.set_mood(Mood::Approve);
    platform.logins.down.store(true, Ordering::SeqCst);
    let mut fields = Target::LogIn.fields(&platform.fixture(), "");
    fields.set("merchant.username", "not-cached");
    let got = platform.send(post("/authToken", "", &fields)).await;
    assert_eq!((got.status, got.code().as_str()), (503, "20505"));
}

#[tokio::test]
async fn more_requests_than_places_are_refused_at_once() {
    let platform = Arc::new(Platform::with_limits(2, Duration::from_millis(300)));
    platform.set_mood(Mood::Hang);
    let waiting: Vec<_> = ["a", "b"]
        .map(|reference| {
            let platform = platform.clone();
            let fields = payment(&platform, reference, &[]);
            tokio::spawn(async move { pay(&platform, &fields).await })
        })
        .into();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let got = pay(&platform, &payment(&platform, "c", &[])).await;
    assert_eq!((got.status, got.code().as_str()), (503, "20503"));
    assert_eq!(got.header("retry-after"), Some("1"));
    for task in waiting {
        assert_eq!(task.await.unwrap().code(), "20504");
    }
    platform.set_mood(Mood::Approve);
    assert_eq!(pay(&platform, &payment(&platform, "d", &[])).await.code(), "00001");
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_one() {
    let platform = Platform::new();
    let mut sent = post("/payments", "", &Fields(Vec::new()));
    sent.method = "GET";
    let got = platform.send(sent).await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn xml_is_answered_where_it_is_preferred() {
    let platform = Platform::new();
    let mut sent = post("/payments", &platform.token(), &payment(&platform, "a<b", &[]));
    sent.headers.push(("Accept", "application/xml".to_owned()));
    let got = platform.send(sent).await;
    assert_eq!(got.header("content-type"), Some("application/xml; charset=utf-8"));
    let body = String::from_utf8(got.body).unwrap();
    assert!(body.contains("<merchantTransactionId>a&lt;b</merchantTransactionId>"), "{body}");
    assert!(body.contains("<result><code>00001</code>"), "{body}");
}

#[tokio::test]
async fn log_ins_are_looked_up_once_in_a_while() {
    let platform = Platform::new();
    for reference in ["a", "b", "c"] {
        pay(&platform, &payment(&platform, reference, &[])).await;
    }
    assert_eq!(platform.logins.lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_notification_is_signed_with_the_key_of_its_merchant() {
    let platform = Platform::new();
    let fixture = platform.fixture();
    let changes = [("paymentType", "CP"), ("amount", "4.00")];
    let path = format!("/payments/{}", fixture.payment_id);
    let captured = post(&path, &fixture.token, &operation(&fixture.payment_id, &changes));
    assert_eq!(platform.send(captured).await.code(), "00004");
    let reply = {
        use super::render::tests::reply;
        use purser_subjects::transaction::{OperationKind, OperationOutcome};
        reply(OperationKind::Capture, OperationOutcome::Approved)
    };
    let merchant = MEMBER.parse().unwrap();
    let delivery = Delivery {
        id: Uuid::nil(),
        endpoint: EndpointId::derive(&merchant, "https://shop.example/cb"),
        merchant,
        object: reply.payment.payment.key(),
        sequence: 1,
        event: None,
        format: "gateway".to_owned(),
        url: "https://shop.example/cb".to_owned(),
        payload: encode(&reply).into(),
        created_at: Timestamp::from_millis(0),
        due_at: Timestamp::from_millis(0),
        attempts: 0,
        round: 0,
    };
    let mut due = DueDelivery { url: delivery.url.clone(), delivery, secrets: Vec::new() };
    let directory = MerchantDirectory::new(
        platform.client.clone(),
        platform.logins.clone(),
        platform.vault.clone(),
    );
    let renderer = GatewayNotification::new(Arc::new(directory));
    assert_eq!(renderer.format(), "gateway");
    let now = Timestamp::from_millis(0);
    let rendered = renderer.render(&due, now).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&rendered.body).unwrap();
    let text = format!("{}|order-1|12.50|Y|{KEY}", reply.payment.payment);
    assert_eq!(body["checksum"], hostile::md5(&text));
    assert!(!String::from_utf8(rendered.body).unwrap().contains(KEY));

    due.delivery.payload = "x".into();
    assert!(renderer.render(&due, now).await.is_err());
    due.delivery.payload = encode(&reply).into();
    due.delivery.merchant = "404".parse().unwrap();
    assert!(renderer.render(&due, now).await.is_err());
}

#[tokio::test]
async fn metrics_know_routes_and_never_paths() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let platform = Platform::new();
    for path in ["/payments/4111111111111111", "/no/such/4111111111111111", "/"] {
        platform.send(post(path, "", &Fields(Vec::new()))).await;
    }
    let text = recorder.handle().render();
    let route = format!("route=\"{PREFIX}/payments/{{id}}\"");
    assert!(text.contains("purser_http_requests_total") && text.contains(&route), "{text}");
    assert!(text.contains("purser_http_request_seconds"), "{text}");
    assert!(text.contains("route=\"none\"") && text.contains("status=\"404\""), "{text}");
    assert!(!text.contains("4111111111111111"), "{text}");
}
