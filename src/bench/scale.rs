//! `purser bench scale`: what many accounts cost. A database with so many accounts, most of them idle, and
//! many postings; then a node that is started anew on it, in a process of its own: how long until it is
//! ready, what an account in memory takes, and what the whole process does.

mod node;

pub(super) use node::work;

use super::{
    accounts::Accounts,
    child::Child,
    embedded::{Embedded, Site},
    figure::{Figure, Subject, rounded},
    fill::{self, Filled},
    gate::Gate,
    harness::{Distribution, Meter, Sample, Totals},
    output::grouped,
    run::Run,
};
use crate::{
    telemetry::Stopwatch,
    terminal::{Failure, chain},
};
use node::{Activate, Activated, Begin, Listens};
use purser_actors::Limits;
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

/// Accounts of which one is activated, and postings of an account, unless others are asked for.
const ONE_ACTIVE_IN: usize = 10;
const POSTINGS_EACH: u64 = 10;
/// Accounts that pay the postings.
const PAYERS: usize = 64;
/// Callers that activate.
const CALLERS: usize = 256;
/// A node that is not ready by then never will be.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How often it is asked. No figure is off by more than this and an answer.
const LOOK: Duration = Duration::from_millis(1);
/// Longest time for the activation of all.
const ACTIVATION: Duration = Duration::from_secs(1_800);

/// What is on the database.
struct Scale {
    accounts: usize,
    active: usize,
    filled: Filled,
    opened_s: f64,
    subject: Subject,
}

/// Makes the database, and starts a node on it as often as the settings say.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    let folder = run.settings.folder.as_deref();
    let embedded = Embedded::start(&run.config, folder, Limits::default()).await?;
    let made = make(run, &embedded).await;
    let site = embedded.stop().await;
    let measured = match made {
        Ok(scale) => measure(run, &site, &scale).await,
        Err(failure) => Err(failure),
    };
    let removed = site.remove().await;
    measured.and(removed)
}

async fn make(run: &Run, embedded: &Embedded) -> Result<Scale, Failure> {
    let count = run.settings.accounts.max(2);
    let stopwatch = Stopwatch::start();
    let accounts = Accounts::named(embedded.client(), count)?;
    accounts.create().await?;
    let opened_s = rounded(stopwatch.elapsed().as_secs_f64());
    let payers = PAYERS.min(count);
    accounts.fund(payers).await?;
    let postings = run.settings.grown.unwrap_or(POSTINGS_EACH * count as u64);
    let filled = fill::fill(&accounts, payers, postings, &embedded.target()?).await?;
    let subject = Subject {
        bench: "scale".to_owned(),
        workload: String::new(),
        store: embedded.store(),
        bus: embedded.bus(),
    };
    let active = run.settings.active.unwrap_or(count / ONE_ACTIVE_IN).clamp(1, count);
    Ok(Scale { accounts: count, active, filled, opened_s, subject })
}

async fn measure(run: &mut Run, site: &Site, scale: &Scale) -> Result<(), Failure> {
    let meter = Meter::shown("scale");
    let first = run.figures.len();
    let mut starts = Vec::new();
    let mut activated = None;
    for repetition in 1..=run.settings.repeat.max(1) {
        meter.say(format!("starting a node, time {repetition}"));
        let (mut child, took) = start(site, scale).await?;
        starts.push(took);
        if repetition == run.settings.repeat.max(1) {
            meter.say(format!("activating {} accounts", grouped(scale.active as f64)));
            child.tell(&Activate { accounts: scale.active, callers: CALLERS })?;
            activated = Some(child.hear::<Activated>(ACTIVATION).await?);
        }
        child.end().await?;
    }
    run.add(cold_start(scale, &starts))?;
    if let Some(activated) = activated {
        run.add(activation(scale, activated))?;
    }
    let mut gate = Gate::default();
    gate.books(&site.target()?, &meter).await;
    meter.clear();
    let reasons = gate.reasons();
    run.figures[first..].iter_mut().for_each(|figure| figure.void_for(&reasons));
    Ok(())
}

/// Starts a node in a process of its own; how long until it could be sent requests.
async fn start(site: &Site, scale: &Scale) -> Result<(Child, Duration), Failure> {
    let stopwatch = Stopwatch::start();
    let mut child = Child::start("node")?;
    child.tell(&Begin { config: site.config().clone(), active: scale.active })?;
    let Listens { address } = child.hear(READY_WITHIN).await?;
    ready(address).await?;
    Ok((child, stopwatch.elapsed()))
}

/// Waits until the node's own word is that it is ready.
async fn ready(address: SocketAddr) -> Result<(), Failure> {
    let cannot = |error: &reqwest::Error| Failure::failed(format!("the node: {}", chain(error)));
    let http = reqwest::Client::builder().no_proxy().build().map_err(|error| cannot(&error))?;
    let url = format!("http://{address}/health/ready");
    let waited = Stopwatch::start();
    while waited.elapsed() < READY_WITHIN {
        let answer = http.get(&url).send().await.map_err(|error| cannot(&error))?;
        if answer.status().is_success() {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Err(Failure::failed("the node is not ready within two minutes"))
}

fn cold_start(scale: &Scale, starts: &[Duration]) -> Figure {
    let mut latency = Distribution::default();
    starts.iter().for_each(|took| latency.note(*took));
    let done = starts.len() as u64;
    let seconds = starts.iter().sum::<Duration>().as_secs_f64();
    let totals = Totals { done, ..Totals::default() };
    let sample = Sample { seconds, done, latency, totals, ..Sample::default() };
    let mut figure = figure(scale, "cold-start", sample, 1);
    let ready_ms = figure.p50_ms;
    figure.particular.insert("ready_ms".to_owned(), ready_ms.into());
    figure.particular.insert("opened_in_s".to_owned(), scale.opened_s.into());
    figure.particular.insert("grown_in_s".to_owned(), rounded(scale.filled.seconds).into());
    figure.notes.push(format!(
        "with {} accounts and {} postings a node is ready {ready_ms:.0} ms after its start",
        grouped(scale.accounts as f64),
        grouped(scale.filled.postings as f64),
    ));
    figure
}

fn activation(scale: &Scale, told: Activated) -> Figure {
    let Activated { sample, activated, entity_bytes, memory_kib } = told;
    let mut gate = Gate::default();
    gate.something(sample.done);
    gate.calls("accounts activated", sample.totals, activated);
    let memory_mib = memory_kib / 1024;
    let mut figure = figure(scale, "activate", *sample, CALLERS);
    figure.particular.insert("active".to_owned(), activated.into());
    figure.particular.insert("bytes_per_idle_entity".to_owned(), entity_bytes.into());
    figure.particular.insert("memory_mib".to_owned(), memory_mib.into());
    figure.notes.push(format!(
        "with {} of {} accounts in memory the process takes {memory_mib} MiB, each of them {} bytes",
        grouped(activated as f64),
        grouped(scale.accounts as f64),
        grouped(entity_bytes as f64),
    ));
    figure.void_for(&gate.reasons());
    figure
}

fn figure(scale: &Scale, workload: &str, sample: Sample, in_flight: usize) -> Figure {
    let subject = Subject { workload: workload.to_owned(), ..scale.subject.clone() };
    let mut figure = Figure::new(subject, "closed", sample);
    figure.in_flight = Some(in_flight);
    figure.particular.insert("accounts".to_owned(), scale.accounts.into());
    figure.particular.insert("postings".to_owned(), scale.filled.postings.into());
    figure
}
