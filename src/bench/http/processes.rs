//! The client processes, seen from the bench that runs them.

use super::{job::Job, worker::Word};
use crate::{
    bench::{
        child::Child,
        harness::{Meter, Sample},
    },
    telemetry::Stopwatch,
    terminal::Failure,
};
use futures_util::future::try_join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Longer than a process is silent: it tells its progress all the time.
const SILENCE: Duration = Duration::from_secs(100);

/// Client processes: this binary again, with a verb that no help tells of.
pub(crate) struct Clients {
    processes: Vec<Child>,
}

impl Clients {
    /// Starts so many, at least one.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub(crate) fn start(count: usize) -> Result<Self, Failure> {
        let processes = (0..count.max(1)).map(|_| Child::start("client"));
        Ok(Self { processes: processes.collect::<Result<_, _>>()? })
    }

    /// Has all of them do their part of a job at the same time.
    ///
    /// # Errors
    /// When a process ends or says nothing any more.
    pub(crate) async fn run(&mut self, job: &Job, meter: &Meter) -> Result<Sample, Failure> {
        let parts = self.processes.len();
        let (whole, stopwatch) = (job.load.whole(), Stopwatch::start());
        let done: Arc<[AtomicU64]> = (0..parts).map(|_| AtomicU64::new(0)).collect();
        let running = self.processes.iter_mut().enumerate().map(|(number, process)| {
            let part = job.part(number, parts);
            let (done, meter) = (done.clone(), meter.clone());
            async move {
                process.tell(&part)?;
                loop {
                    match process.hear(SILENCE).await? {
                        Word::Over(sample) => return Ok::<_, Failure>(sample),
                        Word::Done(calls) => {
                            done[number].store(calls, Ordering::Relaxed);
                            let all = done.iter().map(|calls| calls.load(Ordering::Relaxed)).sum();
                            meter.set(stopwatch.elapsed(), whole, all);
                        }
                    }
                }
            }
        });
        let samples = try_join_all(running).await?;
        meter.say("");
        let mut all = Sample::default();
        samples.iter().for_each(|sample| all.add(sample));
        Ok(all)
    }
}
