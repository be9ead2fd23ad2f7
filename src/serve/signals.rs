//! SIGTERM and SIGINT.

use std::{io, process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code when a second signal cuts the stop short.
const CUT_SHORT: i32 = 1;

/// The signals that ask the process to end. From its making on, they no longer end it by themselves.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one and tells its name.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Ends the process at the next one, without finishing anything. Nothing that was answered is lost by
    /// that; it was committed before.
    pub(super) async fn exit_at_next(mut self) {
        let signal = self.next().await;
        tracing::warn!(signal, "second signal: ending at once");
        process::exit(CUT_SHORT);
    }
}
