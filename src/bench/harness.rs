//! The harness of every bench: loads, what is recorded of them, and how far they are.
//!
//! A bench gives a [`Work`], which makes one call; the harness decides when calls are made and measures
//! them. It knows nothing of Purser.

mod distribution;
mod load;
mod pace;
mod progress;
mod recorder;
mod sample;

pub(crate) use distribution::Distribution;
pub(crate) use load::{Fault, Outcome, Work, drive};
pub(crate) use pace::{Load, Pace, Step};
pub(crate) use progress::Meter;
pub(crate) use recorder::Recorder;
pub(crate) use sample::{SLICE, Sample, Slice, Totals};
