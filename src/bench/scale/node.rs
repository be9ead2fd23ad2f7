//! The process of a node that is started anew: it begins as `serve` does, activates accounts when it is
//! told to, and says what that took.

use crate::{
    bench::{
        accounts::{self, Accounts, activated},
        child::{say, told},
        harness::{Load, Meter, Outcome, Sample, Work, drive},
        usage,
    },
    config::Config,
    data_dir::DataDir,
    platform::Platform,
    serve,
    telemetry::Metrics,
    terminal::{Failure, chain},
};
use purser_actors::{AskOptions, Client, Limits};
use purser_subjects::account::ReadBalance;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// How long the node may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// One account in so many is activated before memory is looked at: what the first ones bring about is
/// there once and not for each.
const WARM_UP: usize = 20;
/// Longest time for the activation of all.
const PATIENCE: Duration = Duration::from_secs(1_500);

/// What the process is told first.
#[derive(Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) config: Config,
    /// Accounts that have to fit into memory.
    pub(super) active: usize,
}

/// What it says when it listens. Whether it is ready its health tells.
#[derive(Serialize, Deserialize)]
pub(super) struct Listens {
    pub(super) address: SocketAddr,
}

/// What it may be told then: activate so many accounts.
#[derive(Serialize, Deserialize)]
pub(super) struct Activate {
    pub(super) accounts: usize,
    pub(super) callers: usize,
}

/// What that came to.
#[derive(Serialize, Deserialize)]
pub(super) struct Activated {
    pub(super) sample: Box<Sample>,
    /// Accounts brought into memory, by the node's own count.
    pub(super) activated: u64,
    /// Bytes that each of them takes while nobody talks to it.
    pub(super) entity_bytes: u64,
    /// Memory of the whole process.
    pub(super) memory_kib: u64,
}

/// Runs the node until its input ends.
///
/// # Errors
/// [`Failure`] when it cannot begin.
pub(in crate::bench) async fn work() -> Result<(), Failure> {
    let Some(Begin { config, active }) = told().await? else { return Ok(()) };
    let cannot = |error: &dyn std::error::Error| Failure::cannot_begin(chain(error).to_string());
    let metrics = Metrics::install().map_err(Failure::cannot_begin)?;
    let dir = DataDir::create(&config.data_dir).map_err(|error| cannot(&error))?;
    let _lock = dir.lock().map_err(|error| cannot(&error))?;
    let connections = serve::listen(&config.listen).await?;
    let address = connections.address();
    let usual = Limits::default();
    // What was activated stays, so that all of it is counted.
    let active_entities = active.max(usual.active_entities);
    let limits = Limits { active_entities, idle: PATIENCE, ..usual };
    let platform = Platform::start_within(&config, &dir, limits).await?;
    let router = serve::routes(&platform, &metrics);
    let serving = tokio::spawn(async move {
        // Ends only with this task.
        let _ = axum::serve(connections, router).await;
    });
    say(&Listens { address })?;
    while let Some(activate) = told::<Activate>().await? {
        say(&activate_all(platform.client(), &metrics, &activate).await)?;
    }
    serving.abort();
    platform.stop(STOP_WITHIN).await;
    Ok(())
}

async fn activate_all(client: Client, metrics: &Metrics, what: &Activate) -> Activated {
    let first = (what.accounts / WARM_UP).max(1).min(what.accounts);
    let load = Load::closed(what.callers, Duration::ZERO, PATIENCE);
    let some = |from: usize, count: usize| {
        let load = Load { most_calls: count as u64, ..load.clone() };
        let waking = Waking { client: client.clone(), from };
        async move { drive(Arc::new(waking), &load, &Meter::hidden()).await }
    };
    let warm_up = some(0, first).await;
    let before = usage::memory_kib();
    let mut sample = some(first, what.accounts - first).await;
    let memory_kib = usage::memory_kib();
    let entity_bytes = memory_kib.saturating_sub(before) * 1024 / sample.totals.made().max(1);
    sample.totals.add(warm_up.totals);
    let activated = activated(&metrics.render());
    Activated { sample: Box::new(sample), activated, entity_bytes, memory_kib }
}

/// Asks one account after another for its balance.
struct Waking {
    client: Client,
    from: usize,
}

impl Work for Waking {
    async fn call(&self, number: u64) -> Outcome {
        let id = Accounts::id(self.from + number as usize).map_err(accounts::no_id)?;
        let asked = self.client.ask(id.entity_id(), ReadBalance::default(), AskOptions::default());
        asked.await.map(drop).map_err(accounts::fault)
    }
}
