//! What the system counts of a process.

use std::{fs, time::Duration};

/// Clock ticks of Linux in a second, as `/proc` tells times.
const TICKS: u64 = 100;

/// Processor time and memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) processor: Duration,
    pub(crate) memory_kib: u64,
}

impl Usage {
    /// Of the process `id`.
    pub(crate) fn of(id: u32) -> Self {
        let read = |file: &str| {
            fs::read_to_string(format!("/proc/{id}/{file}")).expect("the process runs")
        };
        let stat = read("stat");
        // The name, in brackets, may hold spaces; user and system time are fields 14 and 15.
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |field: usize| fields[field - 3].parse::<u64>().expect("a number");
        let status = read("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = resident.and_then(|line| line.split_whitespace().next());
        Self {
            processor: Duration::from_millis((ticks(14) + ticks(15)) * 1_000 / TICKS),
            memory_kib: memory.expect("a resident size").parse().expect("a number"),
        }
    }
}
