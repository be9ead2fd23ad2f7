//! The node and the accounts that `purser bench ledger` measures, on a runtime of their own.

use purser::bench::{self, Spread};
use std::path::Path;
use tokio::runtime::Runtime;

/// A running node and its accounts.
pub(crate) struct Bed {
    pub(crate) runtime: Runtime,
    bed: Option<bench::Bed>,
}

impl Bed {
    /// Starts a node in a new folder and opens so many guarded accounts with money on them.
    pub(crate) fn with_accounts(count: usize) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let bed = runtime.block_on(bench::Bed::start(parent, count));
        Self { runtime, bed: Some(bed.expect("the node starts and the accounts can be opened")) }
    }

    /// A call that moves one minor unit; with an idempotency key if `keyed`. The money must arrive.
    pub(crate) fn transfer(
        &self,
        spread: Spread,
        keyed: bool,
    ) -> impl Fn(u64) -> futures_util::future::BoxFuture<'static, ()> + Clone + Send + use<> {
        self.bed.as_ref().expect("it ends with this").transfer(spread, keyed)
    }
}

impl Drop for Bed {
    /// A figure counts only if the books are right after it.
    fn drop(&mut self) {
        let Some(bed) = self.bed.take() else { return };
        self.runtime.block_on(bed.end()).expect("the books are right");
    }
}
