//! Where the journal's writer runs: as a rule on a thread of its own. A commit is a chain of short waits
//! for the database; among the tasks of a busy runtime each of them would wait for its turn too.

use super::ActorThreads;
use crate::host::Services;
use std::sync::Arc;
use tokio::{runtime::Builder, sync::oneshot, task::JoinSet};

/// The running writer; it stops when this is dropped.
pub(super) enum Writing {
    /// On a thread of its own, with what ends it.
    Own { _until: oneshot::Sender<()> },
    /// A task of the caller's runtime.
    Callers { _task: JoinSet<()> },
}

impl Writing {
    /// Starts it where `threads` has everything run.
    pub(super) fn start(services: &Arc<Services>, threads: ActorThreads) -> std::io::Result<Self> {
        let shared = services.clone();
        let committing = async move { shared.journal.run(shared.clone()).await };
        if threads == ActorThreads::Callers {
            let mut task = JoinSet::new();
            task.spawn(committing);
            return Ok(Self::Callers { _task: task });
        }
        let (_until, dropped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("purser-journal".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = dropped => {}
                    () = committing => {}
                }
            });
        })?;
        Ok(Self::Own { _until })
    }
}
