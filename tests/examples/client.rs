//! `client.py`: what an internal system does.

use crate::support::{
    platform::{Engine, TestPlatform, eur, eventually},
    python,
};
use purser_subjects::account::{OpenAccount, Side};
use std::process::Output;

async fn client(platform: &TestPlatform, arguments: &[&str]) -> Output {
    let (url, prefix) = platform.broker().expect("it is on NATS");
    let place = ["--url", url, "--prefix", prefix.as_str(), "--sender", "billing"];
    python::run(python::command("client.py", &[&place, arguments].concat())).await
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_opens_accounts_moves_money_once_and_follows_what_happens() {
    let platform = TestPlatform::on(Engine::Postgres).start().await;
    let printed = python::printed(&client(&platform, &["demo"]).await);
    let expected = [
        "the same key moves money once: True",
        "refused: insufficient_funds",
        "happened: transferred 750",
        "alice 8000",
        "bob 2000",
    ];
    assert_eq!(lines(&printed), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_and_is_a_failure() {
    let platform = TestPlatform::on(Engine::Postgres).start().await;
    let output = client(&platform, &["balance", "nobody"]).await;
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("refused: not_found"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_follower_goes_on_where_it_stopped() {
    let platform = TestPlatform::on(Engine::Postgres).start().await;
    python::printed(&client(&platform, &["open", "alice", "EUR", "--floor", "0"]).await);
    platform.fund("alice", 1_000).await;
    let follow = |count: &'static str| {
        ["follow", "--entity", "account", "--id", "alice", "--durable", "books", "--count", count]
    };
    platform.ask("alice", crate::support::platform::transfer("bank", 10)).await.unwrap();
    let first = python::printed(&client(&platform, &follow("1")).await);
    assert!(first.contains(".alice.opened ") && first.contains("\"sequence\": 1"), "{first}");
    let second = python::printed(&client(&platform, &follow("1")).await);
    assert!(second.contains(".alice.transferred "), "{second}");
    assert!(second.contains("\"sequence\": 2"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_handed_over_while_no_node_ran_takes_effect_once() {
    let platform = TestPlatform::on(Engine::Postgres).start().await;
    platform.open_funded("alice", 0, 1_000).await;
    let terms =
        OpenAccount { currency: eur(0).currency, side: Side::Credit, floor: None, ceiling: None };
    platform.ask("bob", terms).await.unwrap();
    platform.outbox_is_empty().await;
    let (url, prefix) = platform.broker().expect("it is on NATS");
    let (url, prefix) = (url.to_owned(), prefix.clone());
    let stopped = platform.kill().await;
    let place = ["--url", &*url, "--prefix", prefix.as_str()];
    let transfer = ["transfer", "alice", "bob", "400", "EUR", "--key", "invoice", "--durable"];
    for _ in 0..2 {
        let command = python::command("client.py", &[&place[..], &transfer].concat());
        python::printed(&python::run(command).await);
    }
    let platform = stopped.start().await;
    eventually("the money has moved", async || platform.balance("bob").await.posted == 400).await;
    // The same key again, now that somebody answers.
    python::printed(&client(&platform, &transfer[..7]).await);
    assert_eq!(platform.balance("bob").await.posted, 400);
    assert_eq!(platform.balance("alice").await.posted, 600);
}
