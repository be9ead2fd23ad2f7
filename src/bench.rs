//! The load tester: benches that put a node under load and say what it did, each compared with what the
//! machine can do at all.
//!
//! A bench is one module that implements [`run::Bench`]: it makes a load, says what bounds it, and tells
//! the gate what it finds of its calls elsewhere. The run examines it: closed loops, open loops,
//! overload, medians, limits. No figure counts that the gate refuses.

mod accounts;
mod actors;
mod batches;
mod bed;
mod bindings;
mod callbacks;
mod child;
mod database;
mod embedded;
mod figure;
mod fill;
mod gate;
mod grown;
mod harness;
mod held;
mod http;
mod ledger;
mod limit;
mod nats;
mod output;
mod overload;
mod payments;
mod place;
mod processor;
mod receiver;
mod report;
mod run;
mod scale;
mod settings;
mod shops;
mod spread;
mod tally;
mod upkeep;
mod usage;

pub use bed::Bed;
pub use http::Mix;
pub use settings::{Deliver, Rate, RateError, SWEEP, Settings};
pub use spread::Spread;

use crate::{config::Config, terminal::Failure};
use run::Run;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Questions to actors.
    Actors,
    /// Transfers into the journal.
    Ledger,
    /// Durable commands over the broker.
    Nats,
    /// Card payments over HTTP.
    Http,
    /// Card bindings over HTTP.
    Binding,
    /// Notices to registered endpoints.
    Callbacks,
    /// Many accounts: memory, and a node's start.
    Scale,
    /// What the machine can do at all.
    Limit,
    /// Everything.
    All,
}

/// Measures, and prints what it came to.
///
/// # Errors
/// [`Failure`] when it cannot begin, or when a result is void.
pub async fn run(what: What, settings: Settings, config: &Config) -> Result<(), Failure> {
    let mut run = Run::new(settings, config)?;
    let measured = measure(&mut run, what).await;
    output::results(&run.figures, &run.settings)?;
    if let Some(file) = &run.settings.report {
        report::write(file, &run.figures)?;
    }
    measured?;
    if run.figures.iter().all(|figure| figure.valid) {
        Ok(())
    } else {
        Err(Failure::failed("a result is void: counts differ, or the books do not balance"))
    }
}

async fn measure(run: &mut Run, what: What) -> Result<(), Failure> {
    if matches!(what, What::Limit | What::All) {
        limit::run(run).await?;
    }
    if matches!(what, What::Actors | What::All) {
        actors::run(run).await?;
    }
    let grown = run.settings.grown;
    if what == What::All || what == What::Ledger && grown.is_none() {
        ledger::run(run, &Spread::ALL).await?;
    }
    if let (What::Ledger | What::All, Some(postings)) = (what, grown) {
        grown::run(run, postings).await?;
    }
    if what == What::Nats || what == What::All && run.config.nats_url.is_some() {
        nats::run(run).await?;
    }
    if matches!(what, What::Http | What::All) {
        payments::run(run).await?;
    }
    if matches!(what, What::Binding | What::All) {
        bindings::run(run).await?;
    }
    if matches!(what, What::Callbacks | What::All) {
        callbacks::run(run).await?;
    }
    if matches!(what, What::Scale | What::All) {
        scale::run(run).await?;
    }
    Ok(())
}

/// What a client process does; see [`http`].
///
/// # Errors
/// [`Failure`] when a job cannot be read.
pub async fn client() -> Result<(), Failure> {
    http::work().await
}

/// What the node of [`scale`] does.
///
/// # Errors
/// [`Failure`] when it cannot begin.
pub async fn node() -> Result<(), Failure> {
    scale::work().await
}
