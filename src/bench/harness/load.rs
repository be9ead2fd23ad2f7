//! Making the calls of a load.

use super::{
    Meter, Recorder, Sample,
    pace::{self, Pace},
};
use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};

pub(super) use super::pace::Load;

/// How long calls that are under way at the end may take before they are given up.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// Calls under way in an open loop at which arrivals are counted as failed instead of begun: nothing
/// here grows without bound, and what was meant to be sent is not left out.
const MOST_UNDER_WAY: u64 = 20_000;

/// Pause of an open loop that has begun all that is due. Arrivals in between are begun late; their
/// latency counts from when they were due all the same.
const TICK: Duration = Duration::from_millis(1);

/// How a call ended.
pub(crate) type Outcome = Result<(), Fault>;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is counted: a code or a few words.
    pub(crate) kind: Cow<'static, str>,
    /// Whether it is certain that nothing was done.
    pub(crate) is_refusal: bool,
}

impl Fault {
    /// Nothing was done.
    pub(crate) fn refused(kind: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: kind.into(), is_refusal: true }
    }

    /// Whether it was done is not known.
    pub(crate) fn unknown(kind: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: kind.into(), is_refusal: false }
    }
}

/// What a bench has its callers do.
pub(crate) trait Work: Send + Sync + 'static {
    /// Makes the call with this number, which no other call of the same load has.
    fn call(&self, number: u64) -> impl Future<Output = Outcome> + Send;

    /// Messages that one call counts as.
    fn weight(&self) -> u64 {
        1
    }
}

/// Makes all calls of `load`, waits for their ends, and tells what they came to.
pub(crate) async fn drive<W: Work>(work: Arc<W>, load: &Load, meter: &Meter) -> Sample {
    let recorder = Arc::new(Recorder::new(load));
    let watching = meter.watch(load, &recorder);
    let callers = match &load.pace {
        Pace::Closed { in_flight } => closed(&work, &recorder, *in_flight, load.most_calls),
        Pace::Open { steps } => {
            let steps = steps.clone();
            open(&work, &recorder, &steps, load.most_calls).await
        }
    };
    end(callers, &recorder, work.weight()).await;
    watching.end();
    recorder.sample()
}

fn closed<W: Work>(
    work: &Arc<W>,
    recorder: &Arc<Recorder>,
    in_flight: usize,
    most_calls: u64,
) -> JoinSet<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..in_flight {
        let (work, recorder, next) = (work.clone(), recorder.clone(), next.clone());
        callers.spawn(async move {
            while !recorder.is_over() {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= most_calls {
                    break;
                }
                let due = recorder.elapsed();
                recorder.enter();
                let outcome = work.call(number).await;
                recorder.leave(caller, due, work.weight(), &outcome);
            }
        });
    }
    callers
}

async fn open<W: Work>(
    work: &Arc<W>,
    recorder: &Arc<Recorder>,
    steps: &[pace::Step],
    most_calls: u64,
) -> JoinSet<()> {
    let mut callers = JoinSet::new();
    let mut number = 0;
    while let Some(due) = pace::arrival(steps, number).filter(|_| number < most_calls) {
        if due > recorder.elapsed() {
            while callers.try_join_next().is_some() {}
            sleep(TICK).await;
            continue;
        }
        let caller = number as usize;
        if recorder.under_way() >= MOST_UNDER_WAY {
            let fault = Fault::refused("not sent: too many calls under way");
            recorder.note(caller, due, work.weight(), &Err(fault));
        } else {
            let (work, recorder) = (work.clone(), recorder.clone());
            recorder.enter();
            callers.spawn(async move {
                let outcome = work.call(number).await;
                recorder.leave(caller, due, work.weight(), &outcome);
            });
        }
        number += 1;
    }
    callers
}

/// Waits for the end of the load and for what is under way then. What does not end in time counts as
/// failed.
async fn end(mut callers: JoinSet<()>, recorder: &Recorder, weight: u64) {
    let ending = async { while callers.join_next().await.is_some() {} };
    if tokio::time::timeout(recorder.left() + LAST_CALLS, ending).await.is_err() {
        for _ in 0..recorder.under_way() {
            let fault = Fault::unknown("no end within 30 s after the load");
            recorder.leave(0, Duration::ZERO, weight, &Err(fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// Takes 5 ms, and every tenth call fails.
    struct Slow;

    impl Work for Slow {
        async fn call(&self, number: u64) -> Outcome {
            sleep(Duration::from_millis(5)).await;
            if number % 10 == 9 { Err(Fault::refused("every tenth")) } else { Ok(()) }
        }
    }

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn a_closed_loop_keeps_its_callers_busy_and_counts_what_they_do() {
        let load = Load::closed(4, 100 * MS, 400 * MS);
        let sample = drive(Arc::new(Slow), &load, &Meter::hidden()).await;
        assert!((0.39..0.42).contains(&sample.seconds), "{}", sample.seconds);
        assert!(sample.done > 50 && sample.done <= 4 * 90, "{}", sample.done);
        assert!(sample.failed() > 4, "{:?}", sample.errors);
        assert!(sample.totals.done > sample.done, "the warm-up counts for the gate alone");
        assert_eq!(sample.most_under_way, 4);
        assert!(sample.latency.ms_at(0.5) >= 5.0);
        assert_eq!(sample.slices.iter().map(|slice| slice.done).sum::<u64>(), sample.done);
    }

    #[tokio::test]
    async fn a_load_ends_after_its_most_calls() {
        let load = Load { most_calls: 10, ..Load::closed(4, Duration::ZERO, 60_000 * MS) };
        let sample = drive(Arc::new(Slow), &load, &Meter::hidden()).await;
        assert_eq!(sample.totals.made(), 10);
        assert!(sample.seconds < 10.0);
    }

    /// Stands still once, for 300 ms.
    struct Stalls(AtomicBool);

    impl Work for Stalls {
        async fn call(&self, number: u64) -> Outcome {
            if number == 20 {
                self.0.store(true, Ordering::Relaxed);
                sleep(300 * MS).await;
                self.0.store(false, Ordering::Relaxed);
            }
            while self.0.load(Ordering::Relaxed) {
                sleep(MS).await;
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_open_loop_measures_from_when_a_call_was_due() {
        let load = Load::open(200.0, Duration::ZERO, 600 * MS);
        let stalls = Arc::new(Stalls(AtomicBool::new(false)));
        let sample = drive(stalls, &load, &Meter::hidden()).await;
        assert_eq!(sample.totals.done, 120);
        // A stall of half the run is half of all latencies, not one of them.
        assert!(sample.latency.ms_at(0.75) > 100.0, "{}", sample.latency.ms_at(0.75));
        assert!(sample.latency.ms_at(0.1) < 50.0, "{}", sample.latency.ms_at(0.1));
    }
}
