//! The disk: blocks of 4 KiB at the end of a file, each made durable by itself. No commit can take less
//! time than one of these, and no load of single commits can be faster.

use crate::{
    bench::{
        embedded,
        harness::{Distribution, Load, SLICE, Sample, Slice, Totals},
        settings::Settings,
    },
    telemetry::Stopwatch,
    terminal::Failure,
};
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    time::Duration,
};

const BLOCK: [u8; 4096] = [0x5a; 4096];

pub(super) async fn measure(load: &Load, settings: &Settings) -> Result<Sample, Failure> {
    let folder = embedded::folder(settings.folder.as_deref())?;
    let file = folder.path().join("blocks");
    let (warm_up, lasts) = (load.warm_up, load.lasts);
    let writing = tokio::task::spawn_blocking(move || write(&file, warm_up, lasts)).await;
    let sample = writing.map_err(io::Error::other).and_then(|sample| sample);
    sample.map_err(|error| Failure::failed(format!("the disk: {error}")))
}

fn write(file: &Path, warm_up: Duration, lasts: Duration) -> io::Result<Sample> {
    let mut file = File::create(file)?;
    let mut sample =
        Sample { seconds: lasts.as_secs_f64(), most_under_way: 1, ..Sample::default() };
    let mut latency = Distribution::default();
    let mut totals = Totals::default();
    let whole = Stopwatch::start();
    while whole.elapsed() < warm_up + lasts {
        let began = whole.elapsed();
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        let ended = whole.elapsed();
        totals.done += 1;
        let Some(within) = ended.checked_sub(warm_up).filter(|within| *within < lasts) else {
            continue;
        };
        latency.note(ended - began);
        sample.done += 1;
        let position = (within.as_nanos() / SLICE.as_nanos()) as usize;
        if sample.slices.len() <= position {
            sample.slices.resize(position + 1, Slice::default());
        }
        sample.slices[position].done += 1;
    }
    (sample.latency, sample.totals) = (latency, totals);
    Ok(sample)
}
