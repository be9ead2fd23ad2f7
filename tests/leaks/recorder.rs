//! Hears all that goes over a broker: requests, answers, events, and what JetStream says.

use super::scanner::Report;
use futures_util::StreamExt;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What was heard so far.
pub(super) struct Recorder {
    messages: Arc<Mutex<Vec<async_nats::Message>>>,
}

impl Recorder {
    /// Listens on every subject of the broker at `url`.
    pub(super) async fn listen(url: &str) -> Self {
        let client = async_nats::connect(url).await.expect("the broker accepts connections");
        let mut all = client.subscribe(">").await.expect("everything can be heard");
        client.flush().await.expect("the broker hears of it");
        let messages = Arc::<Mutex<Vec<_>>>::default();
        let heard = messages.clone();
        tokio::spawn(async move {
            // The connection lives as long as its subscription is read.
            let _client = client;
            while let Some(message) = all.next().await {
                heard.lock().expect("no test thread panicked").push(message);
            }
        });
        Self { messages }
    }

    /// Looks through what was heard.
    pub(super) async fn scan(&self, report: &mut Report) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let messages = std::mem::take(&mut *self.messages.lock().expect("no test thread panicked"));
        let on = |part: &str| messages.iter().filter(|m| m.subject.contains(part)).count();
        assert!(on("purser.ask.") > 20, "requests were heard: {}", on("purser.ask."));
        assert!(on("_INBOX_purser") > 20, "and answers: {}", on("_INBOX_purser"));
        assert!(on("purser.evt.") > 20, "and events: {}", on("purser.evt."));
        for message in messages {
            let name = format!("message on {}", message.subject);
            report.scan_binary("subject", message.subject.as_bytes(), &[]);
            report.scan_binary(&name, &message.payload, &[]);
            let headers = format!("{:?}", message.headers);
            report.scan_text(&name, headers.as_bytes(), &[]);
        }
    }
}
