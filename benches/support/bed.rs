//! A node on a SQLite file and the bus of one process, as `purser serve` runs it, with open accounts.

use super::load::closed_loop;
use indicatif::ProgressBar;
use purser::{
    acquirers::sandbox::SandboxAcquirer,
    bus::memory::MemoryBus,
    clock::SystemClock,
    messenger::HttpMessenger,
    store::{self, StoreTarget},
    vault::{MasterKey, Vault},
};
use purser_actors::{AskOptions, Client, Node, NodeConfig, Ports, ports::Clock, verify};
use purser_subjects::{
    AccountId, Answer, Ask, Money,
    account::{OpenAccount, Side, Transfer, TransferBatch},
};
use std::{pin::Pin, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What every account begins with, in minor units; no measurement spends it.
const FUNDS: i64 = 1_000_000_000_000;

/// Transfers of one funding command.
const FUNDING_BATCH: usize = 500;

/// How long the node may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Callers that set the accounts up.
const SET_UP_CALLERS: usize = 256;

/// One call under way.
pub(crate) type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A running node and its accounts.
pub(crate) struct Bed {
    pub(crate) runtime: Runtime,
    accounts: Arc<[AccountId]>,
    client: Client,
    target: StoreTarget,
    node: Option<Node>,
    _folder: TempDir,
}

impl Bed {
    /// Starts a node in a new folder and opens so many guarded accounts with money on them.
    pub(crate) fn with_accounts(count: usize) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.expect("the target folder can be written");
        let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
        let (node, client) = runtime.block_on(start(&target));
        let accounts: Arc<[AccountId]> =
            (0..count).map(|n| account(&format!("bench-{n}"))).collect();
        runtime.block_on(open_all(&client, &accounts));
        Self { runtime, accounts, client, target, node: Some(node), _folder: folder }
    }

    /// A call that moves one minor unit between the accounts that `pick` names for the number of the
    /// call; with an idempotency key if `keyed`. The money must arrive.
    pub(crate) fn transfer<P>(
        &self,
        keyed: bool,
        pick: P,
    ) -> impl Fn(u64) -> Call + Clone + Send + use<P>
    where
        P: Fn(u64, usize) -> (usize, usize) + Clone + Send + 'static,
    {
        transfers(&self.client, &self.accounts, keyed, pick)
    }
}

fn transfers<P>(
    client: &Client,
    accounts: &Arc<[AccountId]>,
    keyed: bool,
    pick: P,
) -> impl Fn(u64) -> Call + Clone + Send + use<P>
where
    P: Fn(u64, usize) -> (usize, usize) + Clone + Send + 'static,
{
    let (client, accounts) = (client.clone(), accounts.clone());
    move |number| {
        let (from, to) = pick(number, accounts.len());
        let (client, accounts) = (client.clone(), accounts.clone());
        Box::pin(async move {
            let key = keyed.then(|| format!("bench-{number}"));
            let options = AskOptions { key, ..AskOptions::default() };
            let command = transfer(&accounts[to], 1);
            let moved = client.ask(accounts[from].entity_id(), command, options).await;
            moved.expect("a transfer that is covered is booked");
        })
    }
}

impl Drop for Bed {
    /// A figure counts only if the books are right after it.
    fn drop(&mut self) {
        let Some(node) = self.node.take() else { return };
        let target = self.target.clone();
        self.runtime.block_on(async {
            node.settle_commits().await.expect("the journal runs");
            let audit = store::audit(&target).await.expect("the store can be read");
            verify(audit, |_| {}).await.expect("the books are right");
            node.shutdown(STOP_WITHIN).await;
        });
    }
}

async fn start(target: &StoreTarget) -> (Node, Client) {
    let store = store::open(target).await.expect("the store can be created");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let key = MasterKey::from_hex(&"5a".repeat(32)).expect("64 hex digits");
    let messenger = HttpMessenger::new(clock.clone(), []).expect("TLS roots are found");
    let ports = Ports {
        store,
        bus: Arc::new(MemoryBus::new()),
        acquirer: Arc::new(SandboxAcquirer::new(Arc::new(Vault::new(key)), clock.clone())),
        messenger: Arc::new(messenger),
        clock,
    };
    let node = Node::start(NodeConfig::default(), ports).await.expect("the node starts");
    let client = node.client();
    (node, client)
}

async fn open_all(client: &Client, accounts: &Arc<[AccountId]>) {
    let progress = ProgressBar::new(accounts.len() as u64).with_message("opening accounts");
    let currency = "EUR".parse().expect("a currency");
    let bank = OpenAccount { currency, side: Side::Debit, floor: None, ceiling: None };
    ask(client, &account("bank"), bank).await;
    let open = {
        let (client, accounts, progress) = (client.clone(), accounts.clone(), progress.clone());
        move |number: u64| {
            let (client, accounts, progress) = (client.clone(), accounts.clone(), progress.clone());
            async move {
                let (side, floor) = (Side::Credit, Some(0));
                let guarded = OpenAccount { currency, side, floor, ceiling: None };
                ask(&client, &accounts[number as usize], guarded).await;
                progress.inc(1);
            }
        }
    };
    closed_loop(SET_UP_CALLERS, 0, accounts.len() as u64, open).await;
    for some in accounts.chunks(FUNDING_BATCH) {
        let transfers = some.iter().map(|to| transfer(to, FUNDS)).collect();
        let funded = ask(client, &account("bank"), TransferBatch { transfers }).await;
        assert!(funded.results.iter().all(|result| matches!(result, Answer::Ok(_))));
    }
    // An account that was credited by others reads its balance when it first spends; done here once.
    let round =
        transfers(client, accounts, false, |n, count| (n as usize, (n as usize + 1) % count));
    closed_loop(SET_UP_CALLERS, 0, accounts.len() as u64, round).await;
    progress.finish_and_clear();
}

async fn ask<A: Ask>(client: &Client, id: &AccountId, command: A) -> A::Reply {
    let answer = client.ask(id.entity_id(), command, AskOptions::default()).await;
    answer.expect("the accounts are set up")
}

fn transfer(to: &AccountId, minor: i64) -> Transfer {
    let amount = Money::new(minor, "EUR".parse().expect("a currency"));
    Transfer { to: to.clone(), amount, effective: None, memo: None }
}

fn account(id: &str) -> AccountId {
    id.parse().expect("a valid id")
}
