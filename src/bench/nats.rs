//! `purser bench nats`: durable commands over the broker, end to end: a transfer is handed over, taken
//! by the node, committed, and its event arrives at whoever follows.

use super::{
    accounts::{Accounts, Transfers},
    embedded::Embedded,
    figure::Subject,
    gate::Gate,
    harness::{Fault, Load, Meter, Outcome, Sample, Totals, Work, drive},
    ledger,
    limit::{Limit, Shape},
    run::{Bench, Run},
    spread::Spread,
    tally::{self, Mark},
};
use crate::{
    bus::nats::{NatsBus, StreamCounts},
    telemetry::Metrics,
    terminal::{Failure, chain},
};
use async_trait::async_trait;
use purser_actors::{
    Limits, NodeConfig,
    ports::{Bus, Subscription},
};
use purser_subjects::{
    Address, EntityKey, EntityKind, Envelope, Subject as BusSubject, decode, encode,
};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, task::AbortHandle, time::timeout};
use uuid::Uuid;

/// What is told of every transfer that was booked.
const EVENTS: &str = "purser.evt.account.*.transferred";
/// An event that has not come by then does not come.
const EVENT: Duration = Duration::from_secs(60);

/// Durable transfers among all accounts.
struct Durable<'e> {
    embedded: &'e Embedded,
    bus: &'e Arc<NatsBus>,
    accounts: &'e Accounts,
    following: Following,
    mark: Mark,
    counts: StreamCounts,
    metrics: Metrics,
}

/// Runs it.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    if run.config.nats_url.is_none() {
        let why = "purser bench nats needs a broker and a database: --nats-url and --database-url";
        return Err(Failure::cannot_begin(why));
    }
    let embedded =
        Embedded::start(&run.config, run.settings.folder.as_deref(), Limits::default()).await?;
    let measured = measure(run, &embedded).await;
    embedded.end(measured).await
}

async fn measure(run: &mut Run, embedded: &Embedded) -> Result<(), Failure> {
    let meter = Meter::shown("nats");
    let accounts = Accounts::open(embedded.client(), run.settings.accounts, &meter).await?;
    meter.clear();
    ledger::published(embedded).await?;
    if let Some(bus) = embedded.broker() {
        let events = bus.follow(EVENTS).await;
        let events = events.map_err(|error| Failure::failed(format!("events: {error}")))?;
        let mut durable = Durable {
            following: Following::start(events),
            mark: tally::mark(&embedded.target()?).await?,
            counts: counts(bus).await?,
            embedded,
            bus,
            accounts: &accounts,
            metrics: run.metrics.clone(),
        };
        run.examine(&mut durable).await?;
    }
    Ok(())
}

async fn counts(bus: &NatsBus) -> Result<StreamCounts, Failure> {
    bus.stream_counts().await.map_err(|error| Failure::failed(chain(&error)))
}

#[async_trait]
impl Bench for Durable<'_> {
    fn subject(&self) -> Subject {
        Subject {
            bench: "nats".to_owned(),
            workload: "durable-transfer".to_owned(),
            store: self.embedded.store(),
            bus: self.embedded.bus(),
        }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit::NatsRequest, Limit::Append(self.embedded.engine(), Shape::Transfer)]
    }

    fn queue_bound(&self) -> u64 {
        // What is more waits on the broker, within the stream's bytes.
        Limits::default().durable_commands as u64
    }

    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure> {
        let work = Submitting {
            bus: self.bus.clone(),
            transfers: self.accounts.transfers(Spread::Uniform, true),
            partitions: NodeConfig::default().partitions,
            waiting: self.following.waiting.clone(),
        };
        Ok(drive(Arc::new(work), load, meter).await)
    }

    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        _: &Meter,
    ) -> Result<Map<String, Value>, Failure> {
        let events = ledger::published(self.embedded).await?.unwrap_or_default();
        let tally = tally::since(&self.embedded.target()?, &mut self.mark).await?;
        let stored = tally.of(EntityKind::Account, "transferred");
        gate.calls("transfers stored", totals, stored);
        gate.same("postings stored", 2 * stored, tally.postings);
        gate.same("events on the broker", tally::end(&self.mark), events);
        let counts = counts(self.bus).await?;
        gate.calls("commands on the broker", totals, counts.commands - self.counts.commands);
        gate.same("commands buried", 0, counts.dead - self.counts.dead);
        gate.same("commands that still wait", 0, counts.commands_waiting);
        self.counts = counts;
        Ok(Map::from_iter([("stored".to_owned(), stored.into())]))
    }

    async fn balance(&mut self, gate: &mut Gate, meter: &Meter) {
        match self.embedded.target() {
            Ok(target) => gate.books(&target, meter).await,
            Err(_) => gate.void("the books cannot be found"),
        }
    }

    async fn metrics(&mut self) -> Option<String> {
        Some(self.metrics.render())
    }
}

/// Who waits for the event of which command.
type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<()>>>>;

/// Hears of every booked transfer.
struct Following {
    waiting: Waiting,
    task: AbortHandle,
}

impl Following {
    fn start(mut events: Subscription) -> Self {
        let waiting = Waiting::default();
        let told = waiting.clone();
        let task = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                let envelope: Result<Envelope<IgnoredAny>, _> = decode(&event.payload);
                let caused_by = envelope.ok().and_then(|envelope| envelope.causation);
                if let Some(waiting) = caused_by.and_then(|id| lock(&told).remove(&id)) {
                    let _ = waiting.send(());
                }
            }
        });
        Self { waiting, task: task.abort_handle() }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Submitting {
    bus: Arc<NatsBus>,
    transfers: Transfers,
    partitions: u32,
    waiting: Waiting,
}

impl Work for Submitting {
    async fn call(&self, number: u64) -> Outcome {
        let (from, command) = self.transfers.command(number);
        let mut envelope = Envelope::new("bench", command);
        let id = envelope.id;
        envelope.key = Some(id.to_string());
        let entity = EntityKey::new(EntityKind::Account, from.entity_id().clone());
        let address = Address::new(entity, "transfer", self.partitions);
        let (booked, is_booked) = oneshot::channel();
        lock(&self.waiting).insert(id, booked);
        let bytes = encode(&envelope).into();
        let submitted =
            self.bus.submit(&BusSubject::Command(address), &id.to_string(), bytes).await;
        if let Err(error) = submitted {
            lock(&self.waiting).remove(&id);
            return Err(Fault::unknown(format!("not handed over: {error}")));
        }
        match timeout(EVENT, is_booked).await {
            Ok(Ok(())) => Ok(()),
            _ => {
                lock(&self.waiting).remove(&id);
                Err(Fault::unknown("no event within 60 s"))
            }
        }
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<()>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
