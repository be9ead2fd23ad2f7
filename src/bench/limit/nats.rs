//! Raw requests over the broker, from one connection to another, answered at once.

use crate::{
    bench::{
        embedded::NAME,
        harness::{Fault, Load, Meter, Outcome, Sample, Work, drive},
    },
    bus::nats::NatsBus,
    config::{Config, NatsConfig},
    platform,
    terminal::{Failure, chain},
};
use async_nats::Client;
use bytes::Bytes;
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

/// Bytes of a request and of its answer: about those of a transfer.
const SIZE: usize = 256;
const ANSWER: Duration = Duration::from_secs(10);

struct Requests {
    client: Client,
    subject: String,
    payload: Bytes,
}

impl Work for Requests {
    async fn call(&self, _: u64) -> Outcome {
        let request = self.client.request(self.subject.clone(), self.payload.clone());
        match timeout(ANSWER, request).await {
            Ok(Ok(answer)) if answer.payload.len() == SIZE => Ok(()),
            _ => Err(Fault::unknown("no answer")),
        }
    }
}

pub(super) async fn measure(
    load: &Load,
    meter: &Meter,
    config: &Config,
) -> Result<Sample, Failure> {
    let prefix = format!("{NAME}_{}", Uuid::now_v7().simple());
    let nats = NatsConfig { prefix: prefix.clone(), ..config.nats.clone() };
    let settings = platform::nats_settings(&Config { nats, ..config.clone() })?;
    let settings = settings.ok_or_else(|| Failure::cannot_begin("there is no broker"))?;
    let failed = |error: &dyn std::error::Error| Failure::failed(format!("NATS: {}", chain(error)));
    let asking = NatsBus::connect(settings.clone()).await.map_err(|error| failed(&error))?;
    let answering = NatsBus::connect(settings).await.map_err(|error| failed(&error))?;
    let subject = format!("{prefix}.limit");
    let requests = answering.client().subscribe(subject.clone()).await;
    let mut requests = requests.map_err(|error| failed(&error))?;
    answering.client().flush().await.map_err(|error| failed(&error))?;
    let client = answering.client().clone();
    let serving = tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let Some(reply) = request.reply else { continue };
            if client.publish(reply, request.payload).await.is_err() {
                return;
            }
        }
    });
    let payload = Bytes::from(vec![0x5a; SIZE]);
    let work = Requests { client: asking.client().clone(), subject, payload };
    let sample = drive(Arc::new(work), load, meter).await;
    serving.abort();
    asking.remove_streams().await.map_err(|error| failed(&error))?;
    Ok(sample)
}
