//! What this process uses.

use std::fs;

/// Memory that is in use now, in MiB; 0 where the system does not tell.
pub(super) fn memory_mib() -> u64 {
    memory_kib() / 1024
}

/// The same in KiB.
pub(super) fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.unwrap_or(0)
}
