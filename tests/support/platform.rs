//! A whole platform inside the test: real store, real bus, real HTTP server on a free port.

use purser::{
    acquirers::sandbox::SandboxAcquirer,
    bus::memory::MemoryBus,
    clock::SystemClock,
    ingress::{self, IngressState, MAX_REQUESTS, gateway::notification::GatewayNotification},
    merchants::MerchantDirectory,
    messenger::{HttpMessenger, Render},
    store::{self, StoreTarget},
    vault::{MasterKey, Vault},
};
use purser_actors::{
    AskOptions, Client, FaultHook, Limits, Node, NodeConfig, Ports, VerifyReport,
    ports::{Acquirer, Bus, Clock, Store},
    verify,
};
use purser_subjects::{
    AccountId, Ask, EntityId, Money, Rejection,
    account::{AccountView, BalanceView, OpenAccount, ReadBalance, Side, Transfer, Transferred},
};
use secrecy::ExposeSecret;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

/// Where the platform keeps its state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Where a platform keeps its state, for as long as somebody may come back to it.
struct Home {
    target: StoreTarget,
    _folder: Option<TempDir>,
}

/// How the platform differs from the usual one.
#[derive(Clone)]
pub(crate) struct PlatformBuilder {
    engine: Engine,
    /// What an earlier platform left.
    home: Option<Arc<Home>>,
    limits: Limits,
    fault: Option<FaultHook>,
    clock: Option<Arc<dyn Clock>>,
    acquirer: Option<Arc<dyn Acquirer>>,
    max_requests: usize,
}

/// A running platform. Dropping it checks that nothing was left undone and that the books are right.
pub(crate) struct TestPlatform {
    pub(crate) client: Client,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    address: SocketAddr,
    home: Arc<Home>,
    builder: PlatformBuilder,
    server: JoinHandle<()>,
    node: Option<Node>,
}

impl PlatformBuilder {
    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(crate) fn fault(mut self, fault: FaultHook) -> Self {
        self.fault = Some(fault);
        self
    }

    pub(crate) fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    pub(crate) fn acquirer(mut self, acquirer: Arc<dyn Acquirer>) -> Self {
        self.acquirer = Some(acquirer);
        self
    }

    /// How many requests the interfaces take at once.
    pub(crate) fn max_requests(mut self, max_requests: usize) -> Self {
        self.max_requests = max_requests;
        self
    }

    async fn new_home(engine: Engine) -> Home {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
                Home { target, _folder: Some(folder) }
            }
            Engine::Postgres => {
                let target = super::postgres::new_database().await.parse().unwrap();
                Home { target, _folder: None }
            }
        }
    }

    pub(crate) async fn start(self) -> TestPlatform {
        let home = match &self.home {
            Some(home) => home.clone(),
            None => Arc::new(Self::new_home(self.engine).await),
        };
        let builder = Self { home: Some(home.clone()), ..self.clone() };
        let store = store::open(&home.target).await.unwrap();
        let vault = Arc::new(Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap()));
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new());
        let config = NodeConfig { limits: self.limits, fault: self.fault, ..NodeConfig::default() };
        let client = Client::new(bus.clone(), clock.clone(), config.partitions, "test");
        let merchants =
            Arc::new(MerchantDirectory::new(client.clone(), store.clone(), vault.clone()));
        let renderers: [Arc<dyn Render>; 1] = [Arc::new(GatewayNotification::new(merchants))];
        let messenger = Arc::new(HttpMessenger::new(clock.clone(), renderers).unwrap());
        let acquirer = self
            .acquirer
            .unwrap_or_else(|| Arc::new(SandboxAcquirer::new(vault.clone(), clock.clone())));
        let ports = Ports { store: store.clone(), bus, acquirer, messenger, clock: clock.clone() };
        let node = Node::start(config, ports).await.unwrap();
        let router = ingress::router(IngressState {
            client: client.named("ingress"),
            store: store.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            max_requests: self.max_requests,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        TestPlatform {
            client,
            vault,
            clock,
            store,
            address,
            home,
            builder,
            server,
            node: Some(node),
        }
    }
}

impl TestPlatform {
    pub(crate) fn on(engine: Engine) -> PlatformBuilder {
        PlatformBuilder {
            engine,
            home: None,
            limits: Limits::default(),
            fault: None,
            clock: None,
            acquirer: None,
            max_requests: MAX_REQUESTS,
        }
    }

    /// Ends the node without shutting it down, as if the process had been killed, and gives the builder
    /// of a platform that goes on with what is stored. Calls to acquirer and receivers that are under
    /// way go on; nobody hears their answers.
    pub(crate) async fn kill(mut self) -> PlatformBuilder {
        drop(self.node.take());
        if let StoreTarget::Postgres(url) = &self.home.target {
            super::postgres::end_sessions(url.expose_secret()).await;
        }
        self.builder.clone()
    }

    pub(crate) fn node(&self) -> &Node {
        self.node.as_ref().unwrap()
    }

    /// Where the interfaces are, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn ask<A: Ask>(&self, id: &str, command: A) -> Result<A::Reply, Rejection> {
        self.client.ask(&entity(id), command, AskOptions::default()).await
    }

    pub(crate) async fn ask_once<A: Ask>(
        &self,
        id: &str,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        let options = AskOptions { key: Some(key.to_owned()), ..AskOptions::default() };
        self.client.ask(&entity(id), command, options).await
    }

    /// Opens a customer's account: guarded, and given `funds` by the bank.
    pub(crate) async fn open_funded(&self, id: &str, floor: i64, funds: i64) -> AccountView {
        let view = self.ask(id, guarded(floor)).await.unwrap();
        if funds > 0 {
            self.fund(id, funds).await;
        }
        view
    }

    /// Moves money from the bank's unguarded account, which is opened if needed.
    pub(crate) async fn fund(&self, id: &str, funds: i64) -> Transferred {
        let bank = OpenAccount {
            currency: eur(0).currency,
            side: Side::Debit,
            floor: None,
            ceiling: None,
        };
        let _ = self.ask("bank", bank).await;
        self.ask("bank", transfer(id, funds)).await.unwrap()
    }

    pub(crate) async fn balance(&self, id: &str) -> BalanceView {
        self.ask(id, ReadBalance::default()).await.unwrap()
    }

    /// Replays everything that is stored.
    pub(crate) async fn verify(&self) -> VerifyReport {
        self.node().settle_commits().await.unwrap();
        let audit = store::audit(&self.home.target).await.unwrap();
        verify(audit, |_| {}).await.unwrap_or_else(|error| panic!("the books are wrong: {error}"))
    }

    /// Waits until no message between entities is on its way.
    pub(crate) async fn outbox_is_empty(&self) {
        eventually("the outbox is empty", async || {
            self.store.outbox(0, 1).await.unwrap().is_empty()
        })
        .await;
    }

    async fn finish(&mut self) {
        self.outbox_is_empty().await;
        self.verify().await;
        let Some(node) = self.node.take() else { return };
        let quarantined = node.quarantined();
        assert!(quarantined.is_empty(), "left: {quarantined:?}");
        node.shutdown(Duration::from_secs(10)).await;
    }
}

impl Drop for TestPlatform {
    fn drop(&mut self) {
        self.server.abort();
        if self.node.is_some() && !std::thread::panicking() {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(self.finish());
            });
        }
    }
}

/// Waits until `check` says yes, for at most 20 s.
#[allow(clippy::disallowed_methods, reason = "only measures how long the test waits")]
pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !check().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn entity(id: &str) -> EntityId {
    id.parse().unwrap()
}

pub(crate) fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub(crate) fn guarded(floor: i64) -> OpenAccount {
    OpenAccount { currency: eur(0).currency, side: Side::Credit, floor: Some(floor), ceiling: None }
}

pub(crate) fn transfer(to: &str, minor: i64) -> Transfer {
    Transfer { to: account(to), amount: eur(minor), effective: None, memo: None }
}
