//! `purser bench ledger`: transfers, each a command of its own and durable when it is answered.

use super::{
    accounts::Accounts,
    embedded::Embedded,
    figure::Subject,
    gate::Gate,
    harness::{Load, Meter, Sample, Totals, drive},
    limit::{Limit, Shape},
    run::{Bench, Run},
    spread::Spread,
    tally::{self, Mark},
};
use crate::{telemetry::Metrics, terminal::Failure};
use async_trait::async_trait;
use purser_actors::Limits;
use purser_subjects::EntityKind;
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// How long events may be on their way to the broker without one arriving.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(20);

/// What is on the database before the transfers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Accounts and their money.
    Fresh,
    /// A long history.
    Grown,
}

/// Transfers, as they spread over accounts.
struct Ledger<'e> {
    embedded: &'e Embedded,
    accounts: &'e Accounts,
    spread: Spread,
    age: Age,
    keyed: bool,
    mark: Mark,
    metrics: Metrics,
}

/// Runs it for each of `spreads`, on one node.
pub(super) async fn run(run: &mut Run, spreads: &[Spread]) -> Result<(), Failure> {
    let embedded =
        Embedded::start(&run.config, run.settings.folder.as_deref(), Limits::default()).await?;
    let measured = measure(run, &embedded, spreads).await;
    embedded.end(measured).await
}

async fn measure(run: &mut Run, embedded: &Embedded, spreads: &[Spread]) -> Result<(), Failure> {
    let meter = Meter::shown("ledger");
    let accounts = Accounts::open(embedded.client(), run.settings.accounts, &meter).await?;
    meter.clear();
    for spread in spreads {
        examine(run, embedded, &accounts, *spread, Age::Fresh).await?;
    }
    Ok(())
}

/// Puts a node under transfers among `accounts`.
pub(super) async fn examine(
    run: &mut Run,
    embedded: &Embedded,
    accounts: &Accounts,
    spread: Spread,
    age: Age,
) -> Result<(), Failure> {
    published(embedded).await?;
    let mut ledger = Ledger {
        mark: tally::mark(&embedded.target()?).await?,
        embedded,
        accounts,
        spread,
        age,
        keyed: run.settings.keyed,
        metrics: run.metrics.clone(),
    };
    run.examine(&mut ledger).await
}

#[async_trait]
impl Bench for Ledger<'_> {
    fn subject(&self) -> Subject {
        let keyed = if self.keyed { "-keyed" } else { "" };
        let grown = if self.age == Age::Grown { "-grown" } else { "" };
        Subject {
            bench: "ledger".to_owned(),
            workload: format!("{}{keyed}{grown}", self.spread.name()),
            store: self.embedded.store(),
            bus: self.embedded.bus(),
        }
    }

    fn limits(&self) -> Vec<Limit> {
        let mut limits = vec![Limit::Append(self.embedded.engine(), Shape::Transfer)];
        if self.embedded.broker().is_some() {
            limits.push(Limit::NatsRequest);
        }
        limits
    }

    fn queue_bound(&self) -> u64 {
        Limits::default().commands as u64
    }

    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure> {
        let transfers = self.accounts.transfers(self.spread, self.keyed);
        Ok(drive(Arc::new(transfers), load, meter).await)
    }

    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        _: &Meter,
    ) -> Result<Map<String, Value>, Failure> {
        let broker = published(self.embedded).await?;
        let tally = tally::since(&self.embedded.target()?, &mut self.mark).await?;
        let stored = tally.of(EntityKind::Account, "transferred");
        gate.calls("transfers stored", totals, stored);
        gate.same("postings stored", 2 * stored, tally.postings);
        if let Some(events) = broker {
            gate.same("events on the broker", tally::end(&self.mark), events);
        }
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

/// Waits until all events are on the broker, if there is one; how many it has counted.
pub(super) async fn published(embedded: &Embedded) -> Result<Option<u64>, Failure> {
    let Some(bus) = embedded.broker() else { return Ok(None) };
    let mark = tally::mark(&embedded.target()?).await?;
    let (mut counted, mut last) = (0, Instant::now());
    loop {
        let counts = bus.stream_counts().await;
        let counts = counts.map_err(|error| Failure::failed(error.to_string()))?;
        if counts.events > counted {
            (counted, last) = (counts.events, Instant::now());
        }
        if counted >= tally::end(&mark) || last.elapsed() > PUBLISH_PATIENCE {
            return Ok(Some(counted));
        }
        sleep(Duration::from_millis(50)).await;
    }
}
