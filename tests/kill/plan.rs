//! How long a run is, and what it depends on.

use rand::{SeedableRng, rngs::StdRng};
use std::{env, str::FromStr};

/// Kills in the short form.
const ROUNDS: u32 = 5;

/// Kills of one run, from `PURSER_KILL_ROUNDS`.
pub(crate) fn rounds() -> u32 {
    variable("PURSER_KILL_ROUNDS").unwrap_or(ROUNDS)
}

/// The seed from `PURSER_KILL_SEED`, or a new one. It is told, so that a failure can be repeated.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = variable("PURSER_KILL_SEED").unwrap_or_else(|| uuid::Uuid::now_v7().as_u64_pair().1);
    say(&format!("{test}: PURSER_KILL_SEED={seed}"));
    seed
}

/// Random numbers of their own for each `part` of a run.
pub(crate) fn random(seed: u64, part: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Tells whoever runs the test; shown after a failure, or with `--nocapture`.
#[expect(clippy::print_stderr, reason = "the log of a test")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    let Ok(value) = text.parse() else { panic!("{name}={text} is no number") };
    Some(value)
}
