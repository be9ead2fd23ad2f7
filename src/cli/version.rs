//! `purser version`.

use purser_subjects::SCHEMA_VERSION;
use std::env::consts::{ARCH, OS};

/// Version of the program, of the messages it writes, and the platform it was built for.
pub(super) fn text() -> String {
    format!("purser {} (messages v{SCHEMA_VERSION}, {OS} {ARCH})", env!("CARGO_PKG_VERSION"))
}
