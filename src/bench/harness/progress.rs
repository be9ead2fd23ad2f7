//! How far a load is, for people who wait for it.

use super::{Load, Recorder};
use indicatif::{ProgressBar, ProgressStyle};
use std::{sync::Arc, time::Duration};
use tokio::task::AbortHandle;

const BAR: &str = "{spinner} {prefix:.bold} {wide_bar} {elapsed} of {len} s  {msg}";
const COUNTING: &str =
    "{spinner} {prefix:.bold} {wide_bar} {human_pos} of {human_len} {msg}, {eta} left";
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(200);

/// Shows how far a load is, on a terminal or to the process that asked for it.
#[derive(Clone)]
pub(crate) struct Meter {
    bar: ProgressBar,
    tell: Option<Arc<dyn Fn(u64) + Send + Sync>>,
    /// Whether the bar is of what is done, and not of time.
    counts: bool,
}

/// Shows it until this is dropped.
pub(crate) struct Watching {
    bar: ProgressBar,
    task: AbortHandle,
}

impl Meter {
    /// A bar on standard error, if that is a terminal.
    pub(crate) fn shown(name: &str) -> Self {
        Self { bar: bar(name, 0, BAR), tell: None, counts: false }
    }

    /// The same for a load that ends when so many of something are done, however long that takes.
    pub(crate) fn counting(name: &str, whole: u64, what: &'static str) -> Self {
        let bar = bar(name, whole, COUNTING).with_message(what);
        Self { bar, tell: None, counts: true }
    }

    /// Nothing.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), tell: None, counts: false }
    }

    /// Tells `tell` every now and then how many calls have succeeded.
    pub(crate) fn told(tell: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { bar: ProgressBar::hidden(), tell: Some(Arc::new(tell)), counts: false }
    }

    /// Something else than a load is being done.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// So many seconds of `whole` have passed, and so many calls have succeeded.
    pub(crate) fn set(&self, elapsed: Duration, whole: Duration, done: u64) {
        self.bar.set_length(whole.as_secs().max(1));
        self.bar.set_position(elapsed.as_secs().min(whole.as_secs()));
        let rate = done as f64 / elapsed.as_secs_f64().max(0.001);
        self.bar.set_message(format!("{done} done, {rate:.0}/s"));
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn watch(&self, load: &Load, recorder: &Arc<Recorder>) -> Watching {
        let (meter, recorder, whole) = (self.clone(), recorder.clone(), load.whole());
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                if meter.counts {
                    // What is done together may be more than there was to do.
                    meter.bar.set_position(recorder.done().min(meter.bar.length().unwrap_or(0)));
                } else {
                    meter.set(recorder.elapsed(), whole, recorder.done());
                }
                if let Some(tell) = &meter.tell {
                    tell(recorder.done());
                }
            }
        });
        Watching { bar: self.bar.clone(), task: task.abort_handle() }
    }
}

fn bar(name: &str, length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_prefix(name.to_owned());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

impl Watching {
    /// The load is over.
    pub(super) fn end(self) {
        self.bar.set_message("");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}
