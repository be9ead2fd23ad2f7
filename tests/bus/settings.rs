//! How the bus is let in, and what it makes of its streams.

use super::fixture::{LONG, answer_as, event, ping, rest};
use crate::support::nats::{self, NatsServer};
use async_nats::jetstream::{self, stream::Config};
use bytes::Bytes;
use purser::bus::nats::{NatsBus, NatsError, NatsLogin, NatsSettings, NatsTls};
use purser_actors::ports::{Bus, BusError};
use purser_subjects::SubjectPrefix;
use std::{path::PathBuf, sync::Arc, time::Duration};

fn settings(url: &str) -> NatsSettings {
    nats::settings(url, &SubjectPrefix::default())
}

fn certificate(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bus/tls").join(file)
}

async fn refusal(settings: NatsSettings) -> NatsError {
    NatsBus::connect(settings).await.err().expect("the broker refuses")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_lets_in_from_the_settings_and_from_the_url() {
    let server = NatsServer::with("authorization { user: purser, password: 's3/cret' }");
    let mut with_password = settings(&server.url());
    with_password.login = Some(NatsLogin::Password("purser".into(), "s3/cret".into()));
    NatsBus::connect(with_password.clone()).await.unwrap();

    let url = server.url().replace("nats://", "nats://purser:s3%2Fcret@");
    NatsBus::connect(settings(&url)).await.unwrap();

    with_password.login = Some(NatsLogin::Password("purser".into(), "wrong".into()));
    for settings in [with_password, settings(&server.url())] {
        let error = tokio::time::timeout(LONG / 2, refusal(settings)).await.expect("told at once");
        assert!(matches!(error, NatsError::Login(_)), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_in() {
    let server = NatsServer::with("authorization { token: 's3cret' }");
    let mut with_token = settings(&server.url());
    with_token.login = Some(NatsLogin::Token("s3cret".into()));
    NatsBus::connect(with_token).await.unwrap();
    let url = server.url().replace("nats://", "nats://s3cret@");
    NatsBus::connect(settings(&url)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_cannot_be_read_are_told_by_their_file() {
    let server = NatsServer::start();
    let mut with_file = settings(&server.url());
    with_file.login = Some(NatsLogin::Credentials("/nowhere/nats.creds".into()));
    let error = refusal(with_file).await;
    assert!(error.to_string().contains("/nowhere/nats.creds"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_both_sides_are_checked() {
    let file = |name| certificate(name).display().to_string();
    let server = NatsServer::with(&format!(
        "tls {{ cert_file: '{}', key_file: '{}', ca_file: '{}', verify: true }}",
        file("server.pem"),
        file("server.key"),
        file("ca.pem")
    ));
    let client = Some((certificate("client.pem"), certificate("client.key")));
    let mut with_tls = settings(&server.url().replace("nats://", "tls://"));
    with_tls.patience = Duration::from_secs(1);
    with_tls.tls = NatsTls { authority: Some(certificate("ca.pem")), client: client.clone() };
    let bus: Arc<dyn Bus> = Arc::new(NatsBus::connect(with_tls.clone()).await.unwrap());
    answer_as(&bus, "purser.ask.>", None, "answer").await;
    assert_eq!(ping(&*bus, "alice", LONG).await.unwrap(), "answer");

    let unknown_authority = NatsTls { authority: None, client };
    let no_certificate = NatsTls { authority: Some(certificate("ca.pem")), client: None };
    let missing = NatsTls { authority: Some("/nowhere/ca.pem".into()), client: None };
    for (tls, hint) in [
        (unknown_authority, "no NATS server"),
        (no_certificate, "no NATS server"),
        (missing, "/nowhere/ca.pem"),
    ] {
        let error = refusal(NatsSettings { tls, ..with_tls.clone() }).await;
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_with_different_prefixes_do_not_hear_each_other() {
    let url = nats::shared_url();
    let (one_prefix, two_prefix) = (nats::new_prefix(), nats::new_prefix());
    let one = nats::connect(&url, &one_prefix).await;
    let two: Arc<dyn Bus> = Arc::new(nats::connect(&url, &two_prefix).await);
    answer_as(&two, "purser.ask.>", None, "two").await;
    let mut events = two.subscribe("purser.>", None).await.unwrap();
    assert_eq!(ping(&one, "alice", LONG).await, Err(BusError::NoResponder));
    one.publish(&event("alice"), "a", Bytes::new()).await.unwrap();
    assert_eq!(rest(&mut events).await, [""; 0]);
    for prefix in [one_prefix, two_prefix] {
        nats::remove_streams(&url, &prefix).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_follow_the_settings_and_keep_what_they_hold() {
    let server = NatsServer::start();
    let mut small = settings(&server.url());
    small.streams.events_age = Duration::from_secs(3600);
    let bus = NatsBus::connect(small.clone()).await.unwrap();
    bus.publish(&event("alice"), "a", Bytes::new()).await.unwrap();
    small.streams.events_age = Duration::from_secs(7200);
    small.streams.commands_at_work = 7;
    let _again = NatsBus::connect(small).await.unwrap();
    let jetstream = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let events = jetstream.get_stream("PURSER_EVT").await.unwrap();
    let info = events.cached_info();
    assert_eq!((info.config.max_age.as_secs(), info.state.messages), (7200, 1));
    let commands = jetstream.get_stream("PURSER_CMD").await.unwrap();
    let consumer = commands.consumer_info("purser").await.unwrap();
    assert_eq!(consumer.config.max_ack_pending, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_only_checked_where_somebody_else_manages_them() {
    let server = NatsServer::start();
    let mut careful = settings(&server.url());
    careful.streams.manage = false;
    let error = refusal(careful.clone()).await;
    assert!(error.to_string().contains("PURSER_CMD"), "{error}");
    NatsBus::connect(settings(&server.url())).await.unwrap();
    careful.streams.events_age = Duration::from_secs(3600);
    NatsBus::connect(careful).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_others_are_left_alone() {
    let server = NatsServer::start();
    let jetstream = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let foreign =
        Config { name: "PURSER_EVT".into(), subjects: vec!["other.>".into()], ..Config::default() };
    jetstream.create_stream(foreign).await.unwrap();
    let error = refusal(settings(&server.url())).await;
    assert!(error.to_string().contains("another deployment"), "{error}");
    let there = jetstream.get_stream("PURSER_EVT").await.unwrap();
    assert_eq!(there.cached_info().config.subjects, ["other.>"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_jetstream_is_refused() {
    let server = NatsServer::with_exactly("");
    // A server that is given a folder for streams, but not told to keep any.
    let error = refusal(settings(&server.url())).await;
    assert!(error.to_string().contains("JetStream"), "{error}");
}
