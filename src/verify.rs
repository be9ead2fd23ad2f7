//! `purser verify`: replays everything that is stored and tells the first difference. The checks are in
//! the actors crate; here are the progress bar and the report.

mod report;

use crate::{
    config::Config,
    platform::store_target,
    store,
    telemetry::Stopwatch,
    terminal::{Failure, chain, print},
};
use indicatif::{ProgressBar, ProgressStyle};
use purser_actors::{Progress, VerifyError};

const BAR: &str =
    "{spinner} {wide_bar} {percent:>3} %  {human_pos} of {human_len}  {per_sec}  {eta} left";

/// Checks one consistent view of the store, which may be in use.
///
/// # Errors
/// [`Failure`] with exit code 1 at the first difference, with 2 when the store cannot be read.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let target = store_target(config, &config.data_dir)?;
    let cannot = |error: &dyn std::error::Error| {
        Failure::cannot_begin(format!("cannot verify {target}: {}", chain(error)))
    };
    let audit = store::audit(&target).await.map_err(|error| cannot(&error))?;
    let bar = bar();
    let stopwatch = Stopwatch::start();
    let outcome = purser_actors::verify(audit, |progress: Progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })
    .await;
    bar.finish_and_clear();
    match outcome {
        Ok(report) => print(report::clean(&target, &report, stopwatch.elapsed())),
        Err(VerifyError::Difference(difference)) => {
            Err(Failure::failed(report::difference(&target, &difference)))
        }
        Err(VerifyError::Store(error)) => Err(cannot(&error)),
    }
}

/// Shown on a terminal only; indicatif writes to standard error.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template(BAR) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
