//! `purser nats`, and how a server shows itself on the broker.

use super::process::{Place, Server};
use crate::support::{nats, postgres::new_database};
use futures_util::StreamExt;
use purser_subjects::SubjectPrefix;
use serde_json::Value;
use std::time::Duration;

/// A server on a database and subjects of its own.
struct Deployment {
    place: Place,
    prefix: SubjectPrefix,
    server: Server,
}

async fn deployment() -> Deployment {
    let prefix = nats::new_prefix();
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &new_database().await)
        .with_env("PURSER_NATS_URL", &nats::shared_url())
        .with_env("PURSER_NATS_PREFIX", prefix.as_str());
    let server = place.serve();
    Deployment { place, prefix, server }
}

impl Deployment {
    async fn end(self) {
        self.server.stop().success();
        nats::remove_streams(&nats::shared_url(), &self.prefix).await;
    }
}

#[test]
fn the_subject_table_is_shown() {
    let text = Place::new().run(&["nats", "subjects"]).success();
    assert!(text.contains("purser.evt.<entity>.<id>.<event>"), "{text}");
    assert!(text.contains("transfer-batch") && text.contains("hold-placed"), "{text}");
    let json = Place::new().run(&["nats", "subjects", "--json"]).success();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["subjects"][0]["subject"], "purser.ask.<entity>.<partition>.<id>.<verb>");
}

#[test]
fn a_tail_needs_a_broker_and_a_pattern_of_purser() {
    let told = Place::new().run(&["nats", "tail"]).failure(2);
    assert!(told.contains("--nats-url"), "{told}");
    let place = Place::new().with_env("PURSER_NATS_URL", "nats://localhost:4222");
    let told = place.run(&["nats", "tail", "--subject", "other.>"]).failure(2);
    assert!(told.contains("purser.evt.>"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_shows_decoded_events() {
    let deployment = deployment().await;
    let follow = |more: &[&str]| {
        let line = [&["nats", "tail", "--count", "1"], more].concat();
        let mut command = deployment.place.command(&line);
        tokio::task::spawn_blocking(move || command.output().expect("the binary runs"))
    };
    let mut tails = [follow(&["--json"]), follow(&["--subject", "purser.evt.merchant.*.created"])];
    // It says when it follows, but not to this test, so merchants are made until both have one.
    while !tails.iter().all(|tail| tail.is_finished()) {
        deployment.place.run(&["merchant", "create", "--name", "Air"]).success();
    }
    let [json, text] = &mut tails;
    let json: Value = serde_json::from_slice(&json.await.unwrap().stdout).unwrap();
    // The first event that it sees may be of another kind: a merchant also gets an API key.
    assert!(json["subject"].as_str().unwrap().starts_with("purser.evt.merchant."), "{json}");
    assert!(json["message"]["payload"].is_object(), "{json}");
    let text = String::from_utf8(text.await.unwrap().stdout).unwrap();
    assert!(text.contains(".created #1 {") && text.contains("bytes)"), "{text}");
    assert!(text.contains(r#""name":"Air""#), "{text}");
    deployment.end().await;
}

/// Every answer to `subject` that comes from `prefix`.
async fn asked(subject: &str, prefix: &SubjectPrefix) -> Vec<Value> {
    let client = async_nats::connect(nats::shared_url()).await.unwrap();
    let inbox = client.new_inbox();
    let answers = client.subscribe(inbox.clone()).await.unwrap();
    client.publish_with_reply(subject.to_owned(), inbox, "".into()).await.unwrap();
    let answers = answers.take_until(tokio::time::sleep(Duration::from_secs(2)));
    answers
        .filter_map(async |answer| serde_json::from_slice::<Value>(&answer.payload).ok())
        .filter(|answer| {
            let is_ours = answer["metadata"]["prefix"] == prefix.as_str();
            async move { is_ours }
        })
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_found_as_a_nats_service_and_counts_its_requests() {
    let deployment = deployment().await;
    for _ in 0..3 {
        deployment.place.run(&["merchant", "create", "--name", "Air"]).success();
    }
    deployment.place.run(&["merchant", "suspend", "99999999"]).failure(1);
    let found = asked("$SRV.PING.purser", &deployment.prefix).await;
    let [ping] = &found[..] else { panic!("{found:?}") };
    assert_eq!(ping["type"], "io.nats.micro.v1.ping_response");
    let id = ping["id"].as_str().unwrap();
    let info = asked(&format!("$SRV.INFO.purser.{id}"), &deployment.prefix).await.remove(0);
    let subjects: Vec<_> =
        info["endpoints"].as_array().unwrap().iter().map(|one| &one["subject"]).collect();
    let transfer = format!("{}.ask.account.*.*.transfer", deployment.prefix);
    assert!(subjects.iter().any(|subject| **subject == transfer), "{subjects:?}");
    let stats = asked(&format!("$SRV.STATS.purser.{id}"), &deployment.prefix).await.remove(0);
    let of = |name: &str| {
        let all = stats["endpoints"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    // Three here, and the sandbox merchant of the start.
    assert_eq!(of("merchant-create")["num_requests"], 4);
    assert!(of("merchant-create")["processing_time"].as_u64().unwrap() > 0);
    assert_eq!(of("merchant-suspend")["num_errors"], 1);
    assert_eq!(of("merchant-suspend")["last_error"], "422:not_found");
    assert_eq!(of("account-transfer")["num_requests"], 0);
    deployment.end().await;
}
