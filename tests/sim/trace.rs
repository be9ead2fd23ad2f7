//! What happened in a run, as one number, and in words when somebody wants to read it.

use std::{fmt::Write, sync::Mutex};

/// A hash over every step of a run. Two runs of a seed must come to the same.
pub(crate) struct Trace {
    inner: Mutex<Inner>,
    is_printed: bool,
}

struct Inner {
    hash: u64,
    steps: u64,
    line: String,
}

impl Trace {
    pub(crate) fn new(is_printed: bool) -> Self {
        let inner = Inner { hash: 0xcbf2_9ce4_8422_2325, steps: 0, line: String::new() };
        Self { inner: Mutex::new(inner), is_printed }
    }

    /// A step at `ms` milliseconds into the run.
    pub(crate) fn note(&self, ms: u128, step: std::fmt::Arguments<'_>) {
        let inner = &mut *self.inner.lock().unwrap();
        inner.line.clear();
        let _ = write!(inner.line, "{ms:>9} {step}");
        for byte in inner.line.bytes() {
            inner.hash = (inner.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        inner.steps += 1;
        if self.is_printed {
            println!("{}", inner.line);
        }
    }

    /// The hash of all steps, and how many there were.
    pub(crate) fn sum(&self) -> (u64, u64) {
        let inner = self.inner.lock().unwrap();
        (inner.hash, inner.steps)
    }
}
