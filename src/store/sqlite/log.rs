//! When what was committed is on the disk. The writer's commits leave it in the write-ahead log; a thread of its
//! own has the system put the log on the disk, while the next batch is being written.
//!
//! SQLite could wait for the disk in each commit (`synchronous=FULL`); it would do the same, but nothing could be
//! written meanwhile. Frames of the log are chained by checksums, so after a power cut the log ends before the
//! first one that is missing: no commit survives without all before it.

use super::Failure;
use std::{
    fs::File,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

/// The log of the one connection that writes. Commits are numbered.
#[derive(Debug)]
pub(super) struct Log {
    /// Number of the last commit that was begun; whoever reads may see it.
    begun: AtomicU64,
    wanted: Arc<Wanted>,
    synced: watch::Receiver<Synced>,
}

/// What is to be on the disk.
#[derive(Debug, Default)]
struct Wanted {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Number of the last commit that has ended.
    ended: u64,
    is_closed: bool,
}

/// What is on the disk.
#[derive(Clone, Copy, Debug)]
struct Synced {
    upto: u64,
    /// The system could not do it once. What it kept of the log is not known then, so nothing after is certain.
    has_failed: bool,
}

/// A commit that is under way. It has ended when this is dropped.
pub(super) struct Begun {
    number: u64,
    wanted: Arc<Wanted>,
}

impl Log {
    /// Puts the log of the database at `path` on the disk, which is open and in WAL mode.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        let of_log = |source| Failure::File { path: name.display().to_string(), source };
        let file = File::open(&name).map_err(of_log)?;
        let wanted = Arc::<Wanted>::default();
        let (sender, synced) = watch::channel(Synced { upto: 0, has_failed: false });
        let shared = wanted.clone();
        std::thread::Builder::new()
            .name("purser-log".into())
            .spawn(move || shared.sync(|| file.sync_data(), &sender))
            .map_err(of_log)?;
        Ok(Self { begun: AtomicU64::new(0), wanted, synced })
    }

    /// Whether anything more may be written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.synced.borrow().has_failed { Err(Failure::NotOnDisk) } else { Ok(()) }
    }

    /// To be called before a commit may be seen. There is one at a time.
    pub(super) fn begin(&self) -> Begun {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        Begun { number, wanted: self.wanted.clone() }
    }

    /// Resolves when a commit that has ended is on the disk.
    pub(super) fn durable(
        &self,
        commit: Begun,
    ) -> impl Future<Output = Result<(), Failure>> + Send + use<> {
        let number = commit.number;
        drop(commit);
        wait(self.synced.clone(), number)
    }

    /// Returns when everything is on the disk that could be read before.
    pub(super) async fn settled(&self) -> Result<(), Failure> {
        wait(self.synced.clone(), self.begun.load(Ordering::SeqCst)).await
    }
}

async fn wait(mut synced: watch::Receiver<Synced>, number: u64) -> Result<(), Failure> {
    let is_known = |synced: &Synced| synced.upto >= number || synced.has_failed;
    match synced.wait_for(is_known).await {
        Ok(synced) if synced.has_failed => Err(Failure::NotOnDisk),
        Ok(_) => Ok(()),
        // The thread has ended.
        Err(_) => Err(Failure::NotOnDisk),
    }
}

impl Wanted {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Syncs whenever a commit has ended, until it is closed and nothing is left to do.
    fn sync(&self, on_disk: impl Fn() -> std::io::Result<()>, told: &watch::Sender<Synced>) {
        let mut upto = 0;
        loop {
            let is_idle = |state: &mut State| state.ended == upto && !state.is_closed;
            let state = self.changed.wait_while(self.state(), is_idle);
            let ended = state.unwrap_or_else(PoisonError::into_inner).ended;
            if ended == upto {
                return;
            }
            if let Err(error) = on_disk() {
                tracing::error!(%error, "the write-ahead log cannot be put on the disk; nothing is \
                    answered from now on: look at the disk, then start anew");
                told.send_replace(Synced { upto, has_failed: true });
                return;
            }
            upto = ended;
            told.send_replace(Synced { upto, has_failed: false });
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let mut state = self.wanted.state();
        state.ended = state.ended.max(self.number);
        drop(state);
        self.wanted.changed.notify_one();
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.wanted.state().is_closed = true;
        self.wanted.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io,
        sync::{atomic::AtomicUsize, mpsc},
        time::Duration,
    };

    /// A log whose disk is a closure.
    fn log(on_disk: impl Fn() -> io::Result<()> + Send + 'static) -> Log {
        let wanted = Arc::<Wanted>::default();
        let (sender, synced) = watch::channel(Synced { upto: 0, has_failed: false });
        let shared = wanted.clone();
        std::thread::spawn(move || shared.sync(on_disk, &sender));
        Log { begun: AtomicU64::new(0), wanted, synced }
    }

    async fn soon<F: Future>(future: F) -> Option<F::Output> {
        tokio::time::timeout(Duration::from_millis(100), future).await.ok()
    }

    #[tokio::test]
    async fn what_has_ended_is_told_when_it_is_on_the_disk() {
        let (held, let_go) = mpsc::sync_channel::<()>(0);
        let syncs = Arc::<AtomicUsize>::default();
        let count = syncs.clone();
        let log = log(move || {
            let _ = let_go.recv();
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        log.settled().await.unwrap();
        let mut first = Box::pin(log.durable(log.begin()));
        assert!(soon(&mut first).await.is_none(), "the disk is slow");
        let others: Vec<_> = (0..5).map(|_| log.durable(log.begin())).collect();
        assert!(soon(log.settled()).await.is_none());
        drop(held);
        first.await.unwrap();
        for other in others {
            other.await.unwrap();
        }
        log.settled().await.unwrap();
        assert_eq!(syncs.load(Ordering::SeqCst), 2, "those that came meanwhile go together");
    }

    #[tokio::test]
    async fn what_is_being_committed_may_be_seen_and_is_waited_for() {
        let log = log(|| Ok(()));
        let commit = log.begin();
        assert!(soon(log.settled()).await.is_none(), "a reader may see it already");
        drop(commit);
        log.settled().await.unwrap();
    }

    #[tokio::test]
    async fn after_a_failure_nothing_is_certain() {
        let log = log(|| Err(io::Error::other("the disk is gone")));
        log.settled().await.unwrap();
        log.check().unwrap();
        let commit = log.begin();
        assert!(matches!(log.durable(commit).await, Err(Failure::NotOnDisk)));
        assert!(matches!(log.settled().await, Err(Failure::NotOnDisk)));
        assert!(matches!(log.check(), Err(Failure::NotOnDisk)));
        let next = log.begin();
        assert!(matches!(log.durable(next).await, Err(Failure::NotOnDisk)));
    }
}
