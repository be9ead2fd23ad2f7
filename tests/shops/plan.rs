//! How long a run is, and what it depends on.

use rand::{SeedableRng, rngs::StdRng};
use std::{env, str::FromStr};

/// The seed from the environment variable `name`, or a new one. It is told, so that a failure can be
/// repeated.
pub(crate) fn seed(name: &str, test: &str) -> u64 {
    let seed = variable(name).unwrap_or_else(|| uuid::Uuid::now_v7().as_u64_pair().1);
    say(&format!("{test}: {name}={seed}"));
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

/// A number from the environment.
pub(crate) fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    let Ok(value) = text.parse() else { panic!("{name}={text} is no number") };
    Some(value)
}
