//! Real nats-server with JetStream for tests: one server for all test processes with a prefix for each
//! test, or a server of its own for a test that stops it.

mod process;

pub(crate) use process::NatsServer;

use crate::support::shared::{self, Share};
use async_nats::jetstream::{self, message::StreamMessage};
use purser::bus::nats::{NatsBus, NatsSettings, StreamSettings};
use purser_subjects::SubjectPrefix;
use std::{path::Path, sync::OnceLock, time::Duration};

/// Address of the server that all tests share.
pub(crate) fn shared_url() -> String {
    static SERVER: OnceLock<Share> = OnceLock::new();
    let server = SERVER.get_or_init(|| shared::join("nats", running_port, make));
    format!("nats://127.0.0.1:{}", server.port)
}

/// A prefix that no other test has.
pub(crate) fn new_prefix() -> SubjectPrefix {
    format!("t{}", uuid::Uuid::now_v7().simple()).parse().expect("a valid prefix")
}

/// Settings for a small bus of its own on the server at `url`.
pub(crate) fn settings(url: &str, prefix: &SubjectPrefix) -> NatsSettings {
    const MIB: u64 = 1 << 20;
    NatsSettings {
        prefix: prefix.clone(),
        streams: StreamSettings {
            events_bytes: 64 * MIB,
            commands_bytes: 64 * MIB,
            dead_bytes: 64 * MIB,
            ..StreamSettings::default()
        },
        // A busy machine may take its time.
        patience: Duration::from_secs(30),
        ..NatsSettings::new(url.parse().expect("a valid URL"))
    }
}

/// A bus with `prefix` on the server at `url`.
pub(crate) async fn connect(url: &str, prefix: &SubjectPrefix) -> NatsBus {
    NatsBus::connect(settings(url, prefix)).await.expect("the test server accepts connections")
}

/// Removes the streams of `prefix`, so that the shared server does not fill up.
pub(crate) async fn remove_streams(url: &str, prefix: &SubjectPrefix) {
    let client = async_nats::connect(url).await.expect("the test server accepts connections");
    let jetstream = jetstream::new(client);
    let name = prefix.as_str().to_ascii_uppercase().replace('.', "_");
    for kind in ["CMD", "EVT", "DEAD"] {
        let _ = jetstream.delete_stream(format!("{name}_{kind}")).await;
    }
}

/// The events that are kept for `prefix` by now, in the order they were taken.
pub(crate) async fn stored_events(url: &str, prefix: &SubjectPrefix) -> Vec<StreamMessage> {
    let client = async_nats::connect(url).await.expect("the test server accepts connections");
    let name = format!("{}_EVT", prefix.as_str().to_ascii_uppercase().replace('.', "_"));
    let stream = jetstream::new(client).get_stream(name).await.expect("the stream is there");
    let state = stream.cached_info().state.clone();
    let mut events = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let event = stream.get_raw_message(sequence).await.expect("the event can be read");
        events.push(event);
    }
    events
}

/// What the shared server calls itself, so that no other one is taken for it.
fn server_name(folder: &Path) -> String {
    folder.file_name().expect("a folder has a name").to_string_lossy().into_owned()
}

fn running_port(folder: &Path) -> Option<u16> {
    let port = shared::noted_port(folder)?;
    process::greeting(port)?.contains(&server_name(folder)).then_some(port)
}

fn make(folder: &Path) -> (u16, Vec<String>) {
    let port = shared::free_port();
    let config = process::config(folder, port, &server_name(folder), "");
    let process = process::start_detached(folder, &config, port);
    (port, ["kill", "-9", &process.to_string()].map(str::to_owned).into())
}
