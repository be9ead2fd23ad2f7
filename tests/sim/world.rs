//! What all parts of a run share: time, dice, weather, and the record of what happened.

use super::{dice::Dice, trace::Trace, weather::Weather};
use purser_subjects::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

/// Monday, 2026-01-05T10:00:00Z: when every run begins.
const BEGINNING: i64 = 1_767_607_200_000;

/// One run.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) trace: Trace,
    weather: Weather,
    began: Instant,
    jumped_ms: AtomicI64,
    jumps: Notify,
    healed: AtomicBool,
    ids: AtomicU64,
}

impl World {
    /// Must be called on a runtime with paused time.
    pub(crate) fn new(dice: Dice, weather: Weather, is_printed: bool) -> Arc<Self> {
        Arc::new(Self {
            dice,
            trace: Trace::new(is_printed),
            weather,
            began: Instant::now(),
            jumped_ms: AtomicI64::new(0),
            jumps: Notify::new(),
            healed: AtomicBool::new(false),
            ids: AtomicU64::new(0),
        })
    }

    /// How long the run has gone on, by the clock that does not jump.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The true time of day.
    pub(crate) fn now(&self) -> Timestamp {
        let ms = self.elapsed().as_millis() as i64 + self.jumped_ms.load(Ordering::Relaxed);
        Timestamp::from_millis(BEGINNING + ms)
    }

    /// Everybody's clock jumps ahead to `at`.
    pub(crate) fn jump_to(&self, at: Timestamp) {
        let ahead = at.since(self.now()).as_millis() as i64;
        self.jumped_ms.fetch_add(ahead, Ordering::Relaxed);
        self.clocks_jumped();
    }

    /// Wakes whoever sleeps by the time of day, to look at it again.
    pub(crate) fn clocks_jumped(&self) {
        self.jumps.notify_waiters();
    }

    pub(crate) fn jumps(&self) -> &Notify {
        &self.jumps
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        self.healed.store(true, Ordering::Relaxed);
        self.note(format_args!("healed"));
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.healed.load(Ordering::Relaxed)
    }

    pub(crate) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Whether a fault of this kind happens now.
    pub(crate) fn hurts(&self, kind: impl Fn(&Weather) -> u64) -> bool {
        !self.is_healed() && self.dice.chance(kind(&self.weather))
    }

    /// How long a message is on its way.
    pub(crate) fn transit(&self) -> Duration {
        let ms = match self.hurts(|weather| weather.slow) {
            true => self.dice.between(20, 3_000),
            false => self.dice.below(3),
        };
        Duration::from_millis(ms)
    }

    /// An id of version 7 at `now`, the same in every run of a seed. The last 16 bits are zero: whoever
    /// derives further ids counts on in them.
    pub(crate) fn new_id(&self, now: Timestamp) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut rest = [0; 10];
        rest[..2].copy_from_slice(&self.dice.next().to_be_bytes()[..2]);
        rest[3..8].copy_from_slice(&number[3..]);
        let ms = u64::try_from(now.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &rest).into_uuid()
    }

    pub(crate) fn note(&self, step: std::fmt::Arguments<'_>) {
        self.trace.note(self.elapsed().as_millis(), step);
    }
}
