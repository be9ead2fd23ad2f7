//! `purser callbacks`, with a running server.

use crate::{
    cli::process::Place,
    support::{
        platform::eventually,
        receiver::{Reply, TestReceiver},
    },
};
use serde_json::{Value, json};

/// The interface of the server as its sandbox merchant uses it.
struct Sandbox {
    url: String,
    key: String,
    http: reqwest::Client,
}

impl Sandbox {
    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/v1/{path}", self.url)).bearer_auth(&self.key);
        let answer = request.json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }
}

/// Runs a verb without holding up what else runs on the thread.
async fn run(place: &Place, line: &[&str]) -> String {
    tokio::task::block_in_place(|| place.run(line).success())
}

async fn json_of(place: &Place, line: &[&str]) -> Value {
    let line = [line, &["--json"]].concat();
    serde_json::from_str(&run(place, &line).await).expect("one JSON document")
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_and_steer_what_merchants_registered() {
    let place = Place::new();
    let server = place.serve();
    let receiver = TestReceiver::start().await;
    receiver.answer("/", [Reply::Status(500)]);
    let file = place.sandbox();
    let merchant = file["gateway"]["memberId"].as_str().unwrap().to_owned();
    let key = file["api"]["key"].as_str().unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = Sandbox { url: server.url(""), key, http };
    let body = json!({ "url": receiver.url("/"), "schedule": [0], "description": "the shop" });
    let made = api.post("callback-endpoints", &body).await;
    let id = made["id"].as_str().unwrap();

    let endpoints = json_of(&place, &["callbacks", "endpoints", "--merchant", &merchant]).await;
    assert_eq!(endpoints[0]["id"], id);
    let table = run(&place, &["callbacks", "endpoints"]).await;
    assert!(table.starts_with("ID") && table.contains(id), "{table}");
    let told = run(&place, &["callbacks", "test", id]).await;
    assert!(told.contains("Queued"), "{told}");
    let failed = ["callbacks", "deliveries", "--status", "failed", "--endpoint", id];
    let is_failed = async || json_of(&place, &failed).await.as_array().unwrap().len() == 1;
    eventually("the delivery is given up", is_failed).await;
    let deliveries = json_of(&place, &failed).await;
    let delivery = deliveries[0]["id"].as_str().unwrap();
    let table = run(&place, &["callbacks", "deliveries"]).await;
    assert!(table.contains(delivery) && table.contains("endpoint.test"), "{table}");
    let shown = run(&place, &["callbacks", "show", delivery]).await;
    for part in ["webhook-signature: v1,", "answered 500", "POST http://127.0.0.1:", "attempt 1"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(run(&place, &["callbacks", "show", id]).await.contains("the shop"));

    run(&place, &["callbacks", "resend", delivery]).await;
    receiver.wait_for(2).await;
    receiver.answer("/", [Reply::Status(500)]);
    run(&place, &["callbacks", "test", id]).await;
    receiver.wait_for(3).await;
    eventually("the second is given up", is_failed).await;
    run(&place, &["callbacks", "replay", id]).await;
    receiver.wait_for(4).await;

    let rotated = json_of(&place, &["callbacks", "rotate-secret", id]).await;
    assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
    assert!(run(&place, &["callbacks", "disable", id]).await.contains("disabled (requested)"));
    assert!(run(&place, &["callbacks", "enable", id]).await.contains("enabled"));

    let refused =
        |line: &[&str], code: i32| tokio::task::block_in_place(|| place.run(line).failure(code));
    assert!(refused(&["callbacks", "disable", "ep_nobody"], 1).contains("not_found"));
    let lost = "0197f0a3-b1c2-7d3e-8f00-112233445566";
    assert!(refused(&["callbacks", "resend", lost], 1).contains("not_found"));
    refused(&["callbacks", "show", "a b"], 2);
    refused(&["callbacks", "replay", id, "--all"], 2);
    refused(&["callbacks", "deliveries", "--from", "yesterday"], 2);
    assert!(refused(&["callbacks", "deliveries", "--event", "x"], 1).contains("event"));
    tokio::task::block_in_place(|| server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_e_mails_that_wait_for_a_mail_server() {
    let place = Place::new();
    let server = place.serve();
    let file = place.sandbox();
    let key = file["api"]["key"].as_str().unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = Sandbox { url: server.url(""), key, http };
    let body = json!({ "url": "https://shop.example/cb", "contact": "ops@shop.example" });
    let made = api.post("callback-endpoints", &body).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(json_of(&place, &["mails"]).await, json!([]));
    run(&place, &["callbacks", "disable", id]).await;
    let mails = json_of(&place, &["mails"]).await;
    let mail = &mails[0];
    assert_eq!((&mail["to"], &mail["status"]), (&"ops@shop.example".into(), &"waiting".into()));
    assert!(mail["text"].as_str().unwrap().contains("https://shop.example/cb"));
    let table = run(&place, &["mails", "--limit", "1"]).await;
    assert!(table.starts_with("CAUSED") && table.contains("ops@shop.example"), "{table}");
    tokio::task::block_in_place(|| server.stop().success());
    // It is there without a server, too; settings that cannot work are told before anything begins.
    assert_eq!(json_of(&place, &["mails"]).await, mails);
    let half = ["serve", "--listen", "127.0.0.1:0", "--smtp-url", "smtp://u:hunter2@127.0.0.1:1"];
    let told = tokio::task::block_in_place(|| place.run(&half).failure(2));
    assert!(told.contains("smtp.from") && !told.contains("hunter2"), "{told}");
}

#[test]
fn endpoints_are_listed_without_a_server_too() {
    let place = Place::new();
    let endpoints = place.run(&["callbacks", "endpoints", "--json"]).success();
    assert_eq!(endpoints.trim(), "[]");
    let help = place.run(&["callbacks", "--help"]).success();
    for verb in ["endpoints", "deliveries", "show", "resend", "replay", "rotate-secret", "listen"] {
        assert!(help.contains(verb), "{verb}: {help}");
    }
}
