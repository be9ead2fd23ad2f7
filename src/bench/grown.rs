//! `purser bench ledger --grown N`: the same transfers on a fresh database and on one that has N postings,
//! one after the other on one node, and what is left of the rate.

use super::{
    accounts::Accounts,
    embedded::Embedded,
    figure::{Figure, rounded},
    fill::{self, Filled},
    harness::Meter,
    ledger::{self, Age},
    output::grouped,
    run::Run,
    spread::Spread,
    upkeep,
};
use crate::terminal::Failure;
use purser_actors::Limits;

/// Compares a fresh database with one of so many postings.
pub(super) async fn run(run: &mut Run, postings: u64) -> Result<(), Failure> {
    let folder = run.settings.folder.as_deref();
    let embedded = Embedded::start(&run.config, folder, Limits::default()).await?;
    let measured = measure(run, &embedded, postings).await;
    embedded.end(measured).await
}

async fn measure(run: &mut Run, embedded: &Embedded, postings: u64) -> Result<(), Failure> {
    let meter = Meter::shown("ledger");
    let accounts = Accounts::open(embedded.client(), run.settings.accounts, &meter).await?;
    meter.clear();
    let target = embedded.target()?;
    upkeep::catch_up(&target).await?;
    let first = run.figures.len();
    ledger::examine(run, embedded, &accounts, Spread::Uniform, Age::Fresh).await?;
    let payers = accounts.ids.len();
    let filled = fill::fill(&accounts, payers, postings, &target).await?;
    upkeep::catch_up(&target).await?;
    let second = run.figures.len();
    ledger::examine(run, embedded, &accounts, Spread::Uniform, Age::Grown).await?;
    let (before, after) = run.figures.split_at_mut(second);
    after.iter_mut().for_each(|figure| compare(figure, &before[first..], &filled));
    Ok(())
}

/// Adds what the same load came to on the fresh database. A grown figure counts no more than that one.
fn compare(grown: &mut Figure, fresh: &[Figure], filled: &Filled) {
    grown.particular.insert("grown_postings".to_owned(), filled.postings.into());
    grown.particular.insert("grown_in_s".to_owned(), rounded(filled.seconds).into());
    let same = |one: &&Figure| (one.pace, one.in_flight) == (grown.pace, grown.in_flight);
    let Some(fresh) = fresh.iter().find(same).filter(|_| grown.in_flight.is_some()) else { return };
    let ratio = grown.rate_per_s / fresh.rate_per_s.max(f64::MIN_POSITIVE);
    grown.particular.insert("fresh_rate_per_s".to_owned(), fresh.rate_per_s.into());
    grown.particular.insert("fresh_ratio".to_owned(), rounded(ratio).into());
    grown.notes.push(format!(
        "with {} postings it is at {:.0} % of the fresh {}/s",
        grouped(filled.postings as f64),
        ratio * 100.0,
        grouped(fresh.rate_per_s),
    ));
    grown.void_for(&fresh.void);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{figure::Subject, harness::Sample};

    fn figure(in_flight: usize, rate: f64) -> Figure {
        let mut figure = Figure::new(Subject::default(), "closed", Sample::default());
        (figure.in_flight, figure.rate_per_s) = (Some(in_flight), rate);
        figure
    }

    #[test]
    fn a_grown_figure_is_compared_with_the_fresh_one_of_as_many_callers() {
        let mut fresh = [figure(16, 500.0), figure(256, 1_000.0)];
        let filled = Filled { postings: 20_000, seconds: 2.0 };
        let mut grown = figure(256, 900.0);
        compare(&mut grown, &fresh, &filled);
        assert_eq!(grown.particular["fresh_ratio"], 0.9);
        assert_eq!(grown.notes, ["with 20 000 postings it is at 90 % of the fresh 1 000/s"]);
        assert!(grown.valid);
        fresh[1].void_for(&["rows: 1 instead of 2".to_owned()]);
        let mut grown = figure(256, 900.0);
        compare(&mut grown, &fresh, &filled);
        assert!(!grown.valid, "a void figure is nothing to be compared with");
    }
}
