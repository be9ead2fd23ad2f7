//! What may happen to a node.

use super::proxy::Link;
use rand::{RngExt, rngs::StdRng};
use std::time::Duration;

/// Longer than a lease: others take the frozen node's work over, and it must not go on with it.
const FROZEN: Duration = Duration::from_secs(10);
/// Longest other disturbance, in milliseconds.
const LONGEST_MS: u64 = 8_000;

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// SIGKILL, and another start after the time.
    Kill,
    /// SIGTERM, and another start after the time.
    Stop,
    /// SIGSTOP, and SIGCONT after the time.
    Freeze,
    /// The way to the broker is cut.
    Broker(Link),
    /// The way to the database is cut.
    Database(Link),
}

/// What happens to which node, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) what: What,
    pub(crate) node: usize,
    pub(crate) time: Duration,
}

impl Fault {
    /// A fault for the node at `node`.
    pub(crate) fn random(random: &mut StdRng, node: usize) -> Self {
        let link = if random.random_ratio(1, 2) { Link::Silent } else { Link::Closed };
        let what = match random.random_range(0..10) {
            0..4 => What::Kill,
            4..6 => What::Stop,
            6 => What::Freeze,
            7 | 8 => What::Broker(link),
            _ => What::Database(link),
        };
        let time = match what {
            What::Freeze => FROZEN,
            _ => Duration::from_millis(random.random_range(0..LONGEST_MS)),
        };
        Self { what, node, time }
    }
}
