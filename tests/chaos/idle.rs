//! Nodes without traffic cost next to nothing.

use super::nodes::Nodes;
use crate::{
    shops::plan::say,
    support::{nats::NatsServer, shared::free_port},
};
use serde_json::Value;
use std::time::Duration;
use tokio::{runtime::Runtime, time::sleep};

/// Until the start has died down.
const CALM: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(20);
/// Share of one processor that a node may use, in thousandths; a debug build, beside other tests.
const PER_MILLE: u128 = 20;
/// Messages in a second between all nodes and the broker.
const MESSAGES: u64 = 20;

/// Messages that the broker has received and sent, as its monitoring tells.
async fn messages(monitor: u16) -> u64 {
    let url = format!("http://127.0.0.1:{monitor}/varz");
    let told = reqwest::get(url).await.expect("the broker's monitoring answers");
    let told: Value = told.json().await.expect("JSON");
    ["in_msgs", "out_msgs"].iter().map(|name| told[name].as_u64().expect("a number")).sum()
}

#[test]
fn three_idle_nodes_use_next_to_no_processor_and_no_broker() {
    Runtime::new().expect("threads can be started").block_on(async {
        let monitor = free_port();
        let broker = NatsServer::with(&format!("http: '127.0.0.1:{monitor}'"));
        let mut nodes = Nodes::start_on(3, broker.url()).await;
        sleep(CALM).await;
        let usage = |nodes: &Nodes| -> Vec<_> {
            nodes.members.iter().map(|member| member.usage()).collect()
        };
        let (before, told) = (usage(&nodes), messages(monitor).await);
        sleep(MEASURED).await;
        let (after, told) = (usage(&nodes), messages(monitor).await - told);
        for (before, after) in before.iter().zip(&after) {
            let used = after.processor - before.processor;
            let share = used.as_millis() * 1_000 / MEASURED.as_millis();
            say(&format!("{share} per mille of a processor, {} MiB", after.memory_kib / 1024));
            assert!(share <= PER_MILLE, "an idle node used {used:?} in {MEASURED:?}");
        }
        say(&format!("{told} messages in {MEASURED:?}"));
        assert!(told <= MESSAGES * MEASURED.as_secs(), "{told} messages while idle");
        nodes.stop();
    });
}
