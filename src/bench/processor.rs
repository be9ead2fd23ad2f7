//! Where the processors' time went during a load: what bounds it, when hardly any was idle.

use super::figure::rounded;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{collections::HashMap, fs};

/// This process's threads by what they do, as the first characters of their names.
const OWN: [(&str, &str); 5] = [
    ("tokio-rt", "HTTP, bus and calls"),
    ("actix-rt", "actors"),
    ("purser-journal", "journal"),
    ("purser-log", "disk"),
    ("sqlx-sqlite", "SQLite"),
];
/// The same for its other threads, for other processes, and for nobody.
const OWN_REST: &str = "other threads";
const OTHERS: &str = "other processes";
const IDLE: &str = "idle";
/// Parts smaller than this are not told apart.
const LEAST: f64 = 0.005;

/// Time that was spent so far, in the system's ticks.
pub(super) struct Spent {
    /// Of all processors, whatever they did.
    all: u64,
    idle: u64,
    /// Of this process's threads by their ids: the place of what they do, and their time. Threads of an earlier
    /// load may end meanwhile.
    own: HashMap<u32, (usize, u64)>,
}

/// Shares of the time of all processors, largest first. Callers, database and broker that are processes of their own
/// are among the other processes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shares(pub(crate) Vec<(&'static str, f64)>);

impl Spent {
    /// `None` where the system does not tell.
    pub(super) fn now() -> Option<Self> {
        let system = fs::read_to_string("/proc/stat").ok()?;
        let (all, idle) = of_system(&system)?;
        let mut own = HashMap::new();
        for thread in fs::read_dir("/proc/self/task").ok()?.flatten() {
            // It may have ended meanwhile.
            let Ok(line) = fs::read_to_string(thread.path().join("stat")) else { continue };
            let Some((id, name, ticks)) = of_thread(&line) else { continue };
            let place = OWN.iter().position(|(start, _)| name.starts_with(start));
            own.insert(id, (place.unwrap_or(OWN.len()), ticks));
        }
        Some(Self { all, idle, own })
    }

    /// What became of the time since `before`.
    pub(super) fn since(&self, before: &Self) -> Option<Shares> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)?;
        let idle = self.idle.saturating_sub(before.idle);
        let names = OWN.iter().map(|(_, what)| *what);
        let mut parts: Vec<_> = names.chain([OWN_REST]).map(|what| (what, 0)).collect();
        for (id, (place, ticks)) in &self.own {
            let then = before.own.get(id).map_or(0, |(_, ticks)| *ticks);
            parts[*place].1 += ticks.saturating_sub(then);
        }
        let known: u64 = idle + parts.iter().map(|(_, ticks)| ticks).sum::<u64>();
        parts.extend([(OTHERS, all.saturating_sub(known)), (IDLE, idle)]);
        let share = |(what, ticks): (_, u64)| (what, rounded(ticks as f64 / all as f64));
        let mut shares: Vec<_> =
            parts.into_iter().map(share).filter(|(_, share)| *share >= LEAST).collect();
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        Some(Shares(shares))
    }
}

/// Time of all processors, and how much of it was idle, from `/proc/stat` (proc(5)).
fn of_system(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user and nice.
    let ticks: Vec<u64> = line.split_whitespace().map_while(|tick| tick.parse().ok()).collect();
    let ticks = ticks.get(..8)?;
    Some((ticks.iter().sum(), ticks[3] + ticks[4]))
}

/// A thread's id, its name and its time, from its `stat`. A name may hold spaces and parentheses.
fn of_thread(line: &str) -> Option<(u32, &str, u64)> {
    let (id, rest) = line.split_once(" (")?;
    let (name, fields) = rest.rsplit_once(')')?;
    // The name is field 2; utime and stime are fields 14 and 15.
    let mut times = fields.split_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    Some((id.parse().ok()?, name, times.next()?? + times.next()??))
}

impl Serialize for Shares {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (what, share) in &self.0 {
            map.serialize_entry(what, share)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read() {
        let text = "cpu  100 0 50 300 20 1 2 3 40 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(of_system(text), Some((476, 320)));
        let line = "71 (a b) c) S 1 71 71 0 -1 4194560 10 0 0 0 25 17 0 0 20 0 1 0 99";
        assert_eq!(of_thread(line), Some((71, "a b) c", 42)));
        assert_eq!((of_system(""), of_thread("71")), (None, None));
    }

    #[test]
    fn the_shares_are_of_all_time_and_the_largest_comes_first() {
        let spent = |all, idle, ticks: &[(u32, usize, u64)]| {
            let own = ticks.iter().map(|(id, place, ticks)| (*id, (*place, *ticks)));
            Spent { all, idle, own: own.collect() }
        };
        let before = [(1, 0, 10), (2, 1, 20), (3, 2, 30), (4, 3, 40), (5, 4, 900), (6, 5, 5)];
        let before = spent(1_000, 500, &before);
        let after = [(1, 0, 310), (2, 1, 120), (3, 2, 80), (4, 3, 42), (7, 4, 200), (6, 5, 5)];
        let after = spent(2_000, 600, &after);
        let shares = after.since(&before).unwrap();
        let expected = vec![
            ("HTTP, bus and calls", 0.3),
            (OTHERS, 0.248),
            ("SQLite", 0.2),
            ("actors", 0.1),
            (IDLE, 0.1),
            ("journal", 0.05),
        ];
        assert_eq!(shares, Shares(expected), "what had 0.2 % is not told apart");
        assert_eq!(before.since(&after), None);
    }

    #[test]
    fn this_machine_tells() {
        let before = Spent::now().unwrap();
        assert!(before.all > 0 && before.all >= before.idle);
    }
}
