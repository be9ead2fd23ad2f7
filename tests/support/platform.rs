//! A whole platform inside the test: real store, real bus, real HTTP server on a free port.

use super::nats;
use purser::{
    acquirers::{
        AcquirerRouter,
        connector::{ConnectorAcquirer, ConnectorKey},
        sandbox::SandboxAcquirer,
    },
    bus::memory::MemoryBus,
    clock::SystemClock,
    config::SmtpConfig,
    config::SnapConfig,
    ingress::{self, IngressState, MAX_REQUESTS, gateway::notification::GatewayNotification},
    issuers::{IssuerRouter, connector::ConnectorIssuer, sandbox::SandboxIssuer},
    mailer::SmtpMailer,
    merchants::MerchantDirectory,
    messenger::{
        HttpMessenger, Render, SnapKey, SnapNotification, StandardNotification, guard::Guard,
    },
    store::{self, StoreTarget},
    vault::{MasterKey, Vault},
};
use purser_actors::{
    AskOptions, Client, FaultHook, Limits, Node, NodeConfig, Ports, VerifyReport,
    ports::{Acquirer, Bus, CardIssuer, Clock, NodeId, NodeInfo, Share, Slot, Store},
    verify,
};
use purser_subjects::{
    AccountId, Ask, EntityId, Money, Rejection, SubjectPrefix,
    account::{AccountView, BalanceView, OpenAccount, ReadBalance, Side, Transfer, Transferred},
    connector::ConnectorName,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

/// Partitions of every deployment in tests.
pub(crate) const PARTITIONS: u32 = 64;

/// What the platform stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    /// SQLite and the memory bus.
    Sqlite,
    /// PostgreSQL and NATS.
    Postgres,
}

/// Where a platform keeps its state, for as long as somebody may come back to it.
struct Home {
    target: StoreTarget,
    /// URL of the broker and prefix there, if it has one.
    broker: Option<(String, SubjectPrefix)>,
    _folder: Option<TempDir>,
}

/// How the platform differs from the usual one.
#[derive(Clone)]
pub(crate) struct PlatformBuilder {
    engine: Engine,
    /// Another broker than the one that all tests share.
    broker: Option<String>,
    /// What an earlier platform left.
    home: Option<Arc<Home>>,
    /// The node, the same when it is started again.
    node: NodeId,
    shares: Vec<Share>,
    /// Another way to the database than the usual one.
    reached: Option<StoreTarget>,
    bus: Option<Arc<dyn Bus>>,
    limits: Limits,
    fault: Option<FaultHook>,
    clock: Option<Arc<dyn Clock>>,
    acquirer: Option<Arc<dyn Acquirer>>,
    issuer: Option<Arc<dyn CardIssuer>>,
    connectors: Vec<(ConnectorName, ConnectorKey)>,
    smtp: SmtpConfig,
    max_requests: usize,
    snap: SnapConfig,
}

/// A running platform. Dropping it checks that nothing was left undone and that the books are right.
pub(crate) struct TestPlatform {
    pub(crate) client: Client,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
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

    pub(crate) fn issuer(mut self, issuer: Arc<dyn CardIssuer>) -> Self {
        self.issuer = Some(issuer);
        self
    }

    pub(crate) fn acquirer(mut self, acquirer: Arc<dyn Acquirer>) -> Self {
        self.acquirer = Some(acquirer);
        self
    }

    /// Gives the node the key of a connector.
    pub(crate) fn connector(mut self, name: &str, key: &str) -> Self {
        self.connectors.push((name.parse().unwrap(), key.parse().unwrap()));
        self
    }

    /// Sends e-mails through the server at `url`.
    pub(crate) fn mail_server(mut self, url: &str) -> Self {
        let from = Some("Purser <notices@pay.example>".to_owned());
        self.smtp = SmtpConfig { url: Some(url.parse().unwrap()), from };
        self
    }

    /// Uses the broker at `url` in place of the one that all tests share.
    pub(crate) fn broker(mut self, url: &str) -> Self {
        self.broker = Some(url.to_owned());
        self
    }

    /// The bus that it shares with others.
    pub(crate) fn bus(mut self, bus: Arc<dyn Bus>) -> Self {
        self.bus = Some(bus);
        self
    }

    /// The node `id` with a share in these.
    pub(crate) fn member(mut self, id: NodeId, shares: &[Share]) -> Self {
        (self.node, self.shares) = (id, shares.to_vec());
        self
    }

    /// Reaches its database by `target`.
    pub(crate) fn reaching(mut self, target: StoreTarget) -> Self {
        self.reached = Some(target);
        self
    }

    /// With a database of its own already, which further platforms share.
    pub(crate) async fn with_home(mut self) -> Self {
        self.home = Some(Arc::new(self.new_home().await));
        self
    }

    /// Where its state is, once it has a home.
    pub(crate) fn target(&self) -> StoreTarget {
        self.home.as_ref().unwrap().target.clone()
    }

    /// URL of its PostgreSQL database, once it has a home.
    pub(crate) fn database_url(&self) -> SecretString {
        match self.target() {
            StoreTarget::Postgres(url) => url,
            StoreTarget::Sqlite(_) => panic!("it is on SQLite"),
        }
    }

    /// How many requests the interfaces take at once.
    pub(crate) fn max_requests(mut self, max_requests: usize) -> Self {
        self.max_requests = max_requests;
        self
    }

    /// How SNAP is spoken.
    pub(crate) fn snap(mut self, change: impl FnOnce(&mut SnapConfig)) -> Self {
        change(&mut self.snap);
        self
    }

    async fn new_home(&self) -> Home {
        match self.engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
                Home { target, broker: None, _folder: Some(folder) }
            }
            Engine::Postgres => {
                let target = super::postgres::new_database().await.parse().unwrap();
                let url = self.broker.clone().unwrap_or_else(nats::shared_url);
                Home { target, broker: Some((url, nats::new_prefix())), _folder: None }
            }
        }
    }

    pub(crate) async fn start(self) -> TestPlatform {
        let home = match &self.home {
            Some(home) => home.clone(),
            None => Arc::new(self.new_home().await),
        };
        let builder = Self { home: Some(home.clone()), ..self.clone() };
        let target = self.reached.as_ref().unwrap_or(&home.target);
        let store = store::open(target).await.unwrap();
        let vault = Arc::new(Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap()));
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let bus: Arc<dyn Bus> = match (self.bus, &home.broker) {
            (Some(bus), _) => bus,
            (None, None) => Arc::new(MemoryBus::new()),
            (None, Some((url, prefix))) => Arc::new(nats::connect(url, prefix).await),
        };
        let lease = match self.engine {
            // Nobody else can have the file, and renewals would only be in the way.
            Engine::Sqlite => Duration::from_secs(3_600),
            Engine::Postgres => NodeConfig::default().lease,
        };
        let config = NodeConfig {
            id: self.node,
            shares: self.shares,
            lease,
            limits: self.limits,
            fault: self.fault,
            ..NodeConfig::default()
        };
        let client = Client::new(bus.clone(), clock.clone(), config.partitions, "test");
        let merchants =
            Arc::new(MerchantDirectory::new(client.clone(), store.clone(), vault.clone()));
        let guard = Arc::new(Guard::new(Vec::new()).with_loopback_for(merchants.clone()));
        let mailer = SmtpMailer::of(&self.smtp, merchants.clone()).unwrap();
        let key = Arc::new(SnapKey::new(store.clone(), vault.clone()));
        let renderers: [Arc<dyn Render>; 3] = [
            Arc::new(GatewayNotification::new(merchants.clone())),
            Arc::new(SnapNotification::new(merchants.clone(), key)),
            Arc::new(StandardNotification::new(vault.clone())),
        ];
        let messenger = HttpMessenger::new(clock.clone(), guard.clone(), renderers).unwrap();
        let messenger = Arc::new(messenger.with_mailer(mailer));
        let time_limit = config.limits.acquirer_timeout;
        let issuing = self.connectors.iter().map(|(name, key)| {
            let (bus, vault, clock) = (bus.clone(), vault.clone(), clock.clone());
            let issuer =
                ConnectorIssuer::new(name.clone(), key.clone(), bus, vault, clock, time_limit);
            (name.clone(), issuer)
        });
        let sandbox = SandboxIssuer::new(vault.clone(), clock.clone());
        let issuers = IssuerRouter::new(sandbox, issuing.collect());
        let issuer = self.issuer.unwrap_or_else(|| Arc::new(issuers));
        let connectors = self.connectors.into_iter().map(|(name, key)| {
            let (bus, vault, clock) = (bus.clone(), vault.clone(), clock.clone());
            let connector =
                ConnectorAcquirer::new(name.clone(), key, bus, vault, clock, time_limit);
            (name, connector)
        });
        let sandbox = SandboxAcquirer::new(vault.clone(), clock.clone());
        let router = AcquirerRouter::new(sandbox, connectors.collect());
        let acquirer = self.acquirer.unwrap_or_else(|| Arc::new(router));
        let ports = Ports {
            store: store.clone(),
            bus: bus.clone(),
            acquirer,
            issuer,
            messenger,
            clock: clock.clone(),
        };
        let node = Node::start(config, ports).await.unwrap();
        let router = ingress::router(IngressState {
            client: client.named("ingress"),
            store: store.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            addresses: guard,
            max_requests: self.max_requests,
            snap: self.snap,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        TestPlatform {
            client,
            vault,
            clock,
            store,
            bus,
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
            broker: None,
            home: None,
            node: NodeId(uuid::Uuid::now_v7()),
            shares: Share::ALL.to_vec(),
            reached: None,
            bus: None,
            limits: Limits::default(),
            fault: None,
            clock: None,
            acquirer: None,
            issuer: None,
            connectors: Vec::new(),
            smtp: SmtpConfig::default(),
            max_requests: MAX_REQUESTS,
            snap: SnapConfig::default(),
        }
    }

    /// Ends the node without shutting it down, as if the process had been killed, and gives the builder
    /// of a platform that goes on with what is stored. Calls to acquirer and receivers that are under
    /// way go on; nobody hears their answers.
    pub(crate) async fn kill(mut self) -> PlatformBuilder {
        drop(self.node.take());
        // The broker notices at once when a process is gone.
        self.bus.close().await;
        if let StoreTarget::Postgres(url) = &self.home.target {
            super::postgres::end_sessions(url.expose_secret()).await;
        }
        self.builder.clone()
    }

    /// URL of its broker and its prefix there, if it has one.
    pub(crate) fn broker(&self) -> Option<(&str, &SubjectPrefix)> {
        self.home.broker.as_ref().map(|(url, prefix)| (url.as_str(), prefix))
    }

    /// Ends the node as [`TestPlatform::kill`] does, and leaves those alone that share its database.
    pub(crate) async fn vanish(mut self) -> PlatformBuilder {
        self.server.abort();
        drop(self.node.take());
        // What it had subscribed to ends with its tasks.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.builder.clone()
    }

    /// Stops the node as SIGTERM does, with whatever is under way.
    pub(crate) async fn stop(mut self) {
        if let Some(node) = self.node.take() {
            node.shutdown(Duration::from_secs(4)).await;
        }
    }

    /// This platform's node as another process would call itself that takes its journal over.
    pub(crate) fn node_info(&self) -> NodeInfo {
        let (id, shares) = (self.builder.node, self.builder.shares.clone());
        NodeInfo { id, name: "another".to_owned(), shares, partitions: PARTITIONS }
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
            let slots: Vec<_> = Slot::all(&Share::ALL, PARTITIONS).collect();
            self.store.outbox(&slots, 0, 1).await.unwrap().is_empty()
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
        self.bus.close().await;
        if let Some((url, prefix)) = &self.home.broker {
            nats::remove_streams(url, prefix).await;
        }
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
