//! File handles. Each connection takes one, and of the 1,024 that most systems give a process by default
//! the store and notifications need some too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Left for the store, notifications and files: 512 deliveries at once, and as many for the rest, above all
/// for connections to receivers that are kept for a while.
const RESERVED: u64 = 1_024;

/// Raises the process's limit as far as `wanted` connections need it and the system lets it; tells how
/// many there may be.
pub(crate) fn for_connections(wanted: usize) -> usize {
    let wanted = wanted as u64;
    let limit = raise(wanted + RESERVED);
    let possible = usable(limit, wanted);
    if possible < wanted {
        tracing::warn!(limit, possible, "fewer connections than planned: raise `ulimit -n`");
    }
    usize::try_from(possible).unwrap_or(usize::MAX)
}

/// The limit in force after it was raised to `needed`, if that could be.
fn raise(needed: u64) -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current.unwrap_or(u64::MAX);
    let target = needed.min(maximum.unwrap_or(u64::MAX));
    let raised = Rlimit { current: Some(target), maximum };
    if current < target && setrlimit(Resource::Nofile, raised).is_ok() { target } else { current }
}

/// What is left of `limit` for connections; half of it where the reserve would be more than that.
fn usable(limit: u64, wanted: u64) -> u64 {
    limit.saturating_sub(RESERVED).max(limit / 2).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_left_for_the_rest_under_every_limit() {
        for (limit, connections) in [(20_000, 8192), (9216, 8192), (2048, 1024), (256, 128)] {
            assert_eq!(usable(limit, 8192), connections, "{limit}");
        }
    }
}
