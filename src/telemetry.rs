//! What a node tells about itself: log lines on standard error, and metrics.
//!
//! Neither ever holds a request's body, its query, a header's value or a secret.

mod http;
mod metrics;
mod stopwatch;

pub use http::{CorrelationId, measure, trace};
pub use metrics::Metrics;
pub use stopwatch::Stopwatch;

use crate::config::{Config, LogFormat};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Starts the log. `default_filter` is used where the configuration has none.
///
/// # Errors
/// A sentence for people, when the configured filter cannot be read.
pub fn start_log(config: &Config, default_filter: &str) -> Result<(), String> {
    let filter = config.log.as_deref().unwrap_or(default_filter);
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("log filter {filter:?}: {error}; try \"info,purser=debug\""))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match config.log_format {
        LogFormat::Human => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(|error| format!("log: {error}"))
}
