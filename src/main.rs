//! The `purser` binary. The verbs are in the library, where tests reach them.

use clap::Parser;
use purser::{cli::Cli, terminal::Failure};
use std::process::ExitCode;

/// A quarter of the processor's time went into the system's allocator when commands from many threads
/// end in the journal's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// After so many tasks a thread looks for those that other threads have woken: actors, the journal and the
/// database's threads wake most of them.
const FOREIGN_TURN: u32 = 7;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let outcome = match runtime.global_queue_interval(FOREIGN_TURN).enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(cli.run());
            // What still runs was given its time to end, and holds nothing that is not stored.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::cannot_begin(format!("cannot start threads: {error}"))),
    };
    outcome.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}
