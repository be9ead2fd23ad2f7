//! The least rights that `docs/nats.md` shows: a server with exactly that configuration.

use super::fixture::{LONG, account, answer_as, command, event};
use crate::support::nats::{self, NatsServer};
use async_nats::{Client, ConnectOptions, jetstream};
use bytes::Bytes;
use futures_util::StreamExt;
use purser::bus::nats::{NatsBus, NatsLogin, NatsSettings};
use purser_actors::ports::{Bus, BusError};
use purser_subjects::{ErrorCode, Rejection, Subject, SubjectPrefix};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

fn server() -> NatsServer {
    let page = include_str!("../../docs/nats.md");
    let begin = page.find("```\njetstream").expect("the page has the configuration") + 4;
    let length = page[begin..].find("```").expect("a block ends");
    NatsServer::with_exactly(&page[begin..begin + length])
}

fn settings(server: &NatsServer, user: &str) -> NatsSettings {
    let login = NatsLogin::Password(user.into(), format!("change-me-{user}").into());
    let usual = nats::settings(&server.url(), &SubjectPrefix::default());
    NatsSettings { login: Some(login), ..usual }
}

async fn node(server: &NatsServer) -> Arc<dyn Bus> {
    Arc::new(NatsBus::connect(settings(server, "node")).await.unwrap())
}

/// A client that is not Purser, and what the server tells it.
async fn outside(server: &NatsServer, user: &str) -> (Client, tokio::sync::mpsc::Receiver<String>) {
    let (told, telling) = tokio::sync::mpsc::channel(100);
    let options = ConnectOptions::with_user_and_password(user.into(), format!("change-me-{user}"))
        .custom_inbox_prefix(format!("_INBOX_{user}"))
        .event_callback(move |event| {
            let told = told.clone();
            async move {
                let _ = told.send(event.to_string()).await;
            }
        });
    (options.connect(server.url()).await.unwrap(), telling)
}

/// The server refuses something to do with `what`.
async fn assert_refused(telling: &mut tokio::sync::mpsc::Receiver<String>, what: &str) {
    let refusal = async {
        while let Some(event) = telling.recv().await {
            if event.to_lowercase().contains("permissions violation") && event.contains(what) {
                return;
            }
        }
        panic!("the connection ended");
    };
    timeout(LONG, refusal).await.unwrap_or_else(|_| panic!("{what} was not refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_have_the_rights_that_they_need() {
    let server = server();
    let acting = node(&server).await;
    let mut careful = settings(&server, "ingress");
    careful.streams.manage = false;
    let asking = NatsBus::connect(careful).await.unwrap();
    answer_as(&acting, "purser.ask.account.*.>", Some("purser"), "answer").await;
    let ask = super::fixture::ask("alice");
    assert_eq!(asking.ask(&ask, Bytes::new(), LONG).await.unwrap(), "answer");
    assert_eq!(acting.ask(&ask, Bytes::new(), LONG).await.unwrap(), "answer");
    acting.publish(&event("alice"), "a", Bytes::new()).await.unwrap();
    let changed = Subject::Node { topic: "changed".into() };
    let mut changes = asking.subscribe("purser.node.>", None).await.unwrap();
    acting.tell(&changed, Bytes::new()).await.unwrap();
    super::fixture::next(&mut changes).await;
    let connector = Subject::Connector { name: "bank2".into(), operation: "payout".into() };
    let asked = acting.ask(&connector, Bytes::new(), LONG).await;
    assert_eq!(asked, Err(BusError::NoResponder));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outside_system_asks_hands_over_commands_and_reads_events() {
    let server = server();
    let node = node(&server).await;
    answer_as(&node, "purser.ask.>", Some("purser"), "answer").await;
    let mut commands = node.commands().await.unwrap();
    let (billing, _telling) = outside(&server, "billing").await;
    let answer =
        billing.request("purser.ask.account.39.alice.balance", Bytes::new()).await.unwrap();
    assert_eq!(answer.payload, "answer");

    let mut live = billing.subscribe("purser.evt.account.>").await.unwrap();
    let kept =
        billing.request(command("alice").to_string(), Bytes::from_static(b"1")).await.unwrap();
    assert!(kept.payload.starts_with(br#"{"stream":"PURSER_CMD""#), "{kept:?}");
    let taken = timeout(LONG, commands.next()).await.unwrap().unwrap();
    assert_eq!(taken.payload, "1");
    let reason = Rejection::new(ErrorCode::NotFound, "no such account");
    taken.bury(&reason).await.unwrap();

    let (operator, _) = outside(&server, "operator").await;
    let operator = jetstream::new(operator);
    let dead = operator.get_stream("PURSER_DEAD").await.unwrap();
    assert_eq!(dead.cached_info().state.messages, 1);
    let pull = jetstream::consumer::pull::Config {
        durable_name: Some("billing".into()),
        ..Default::default()
    };
    operator.create_consumer_on_stream(pull, "PURSER_EVT").await.unwrap();
    node.publish(&event("alice"), "a", Bytes::from_static(b"happened")).await.unwrap();
    assert_eq!(timeout(LONG, live.next()).await.unwrap().unwrap().payload, "happened");
    let reading = jetstream::new(billing);
    let consumer: jetstream::consumer::PullConsumer =
        reading.get_consumer_from_stream("billing", "PURSER_EVT").await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let read = timeout(LONG, messages.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(read.payload, "happened");
    read.double_ack().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outside_system_can_neither_publish_events_nor_read_what_others_ask() {
    let server = server();
    let node = node(&server).await;
    answer_as(&node, "purser.ask.>", Some("purser"), "answer").await;
    let mut events = node.subscribe("purser.node.>", None).await.unwrap();
    let (billing, mut telling) = outside(&server, "billing").await;
    for subject in [
        "purser.evt.account.alice.opened",
        "purser.dead.account.39.alice.transfer",
        "purser.ask.merchant.0.m.profile",
        "purser.node.changed",
        "$JS.API.STREAM.DELETE.PURSER_EVT",
        "$JS.API.STREAM.MSG.GET.PURSER_CMD",
        "$JS.API.CONSUMER.CREATE.PURSER_EVT.mine",
    ] {
        billing.publish(subject, Bytes::from_static(b"{}")).await.unwrap();
        assert_refused(&mut telling, subject).await;
    }
    let mut ears = Vec::new();
    for pattern in ["purser.ask.>", "purser.cmd.>", "purser.dead.>", "_INBOX_purser.>", ">"] {
        ears.push(billing.subscribe(pattern).await.unwrap());
        assert_refused(&mut telling, pattern).await;
    }
    let ask = Subject::Ask(purser_subjects::Address::new(account("alice"), "balance", 64));
    node.ask(&ask, Bytes::from_static(b"secret"), LONG).await.unwrap();
    for ear in &mut ears {
        let heard = timeout(Duration::from_millis(200), ear.next()).await;
        assert!(!matches!(heard, Ok(Some(_))), "{heard:?}");
    }
    assert_eq!(super::fixture::rest(&mut events).await, [""; 0]);
    let (operator, _) = outside(&server, "operator").await;
    let kept = jetstream::new(operator).get_stream("PURSER_EVT").await.unwrap();
    assert_eq!(kept.cached_info().state.messages, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_answers_for_itself_alone() {
    let server = server();
    let node = node(&server).await;
    let (bank, mut telling) = outside(&server, "bank1").await;
    let mut requests = bank.subscribe("purser.connector.bank1.*").await.unwrap();
    bank.flush().await.unwrap();
    let _other = bank.subscribe("purser.connector.bank2.*").await.unwrap();
    assert_refused(&mut telling, "purser.connector.bank2").await;
    let payout = Subject::Connector { name: "bank1".into(), operation: "payout".into() };
    let (answer, ()) = tokio::join!(node.ask(&payout, Bytes::new(), LONG), async {
        let request = timeout(LONG, requests.next()).await.unwrap().unwrap();
        let reply = request.reply.unwrap();
        bank.publish(reply.clone(), Bytes::from_static(b"paid")).await.unwrap();
        // The right to answer is used up.
        bank.publish(reply, Bytes::from_static(b"paid twice")).await.unwrap();
    });
    assert_eq!(answer.unwrap(), "paid");
    assert_refused(&mut telling, "_INBOX_purser").await;
}
