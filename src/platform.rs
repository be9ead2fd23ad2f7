//! A running node with its ports: the one place where engines, bus, acquirer, issuer and clock are chosen.

mod acquirers;
mod bus;
mod keys;
mod neighbours;
mod supervisor;
mod target;

pub use bus::{check_bus, nats_settings};
pub use supervisor::Supervisor;
pub use target::store_target;

use crate::{
    admin::Operations,
    bus::nats::NatsBus,
    clock::SystemClock,
    config::{Config, Roles, SnapConfig},
    data_dir::DataDir,
    ingress::{self, IngressState, MAX_REQUESTS, gateway::notification::GatewayNotification},
    mailer::SmtpMailer,
    merchants::MerchantDirectory,
    messenger::{
        HttpMessenger, Render, SnapKey, SnapNotification, StandardNotification, guard::Guard,
    },
    store::{self, StoreTarget},
    terminal::{Failure, chain},
    vault::Vault,
};
use bus::OpenBus;
use purser_actors::{
    Client, HostProbe, Limits, Node, NodeConfig, Ports,
    ports::{Acquirer, Bus, CardIssuer, Clock, NodeId, Store},
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How long a lease lasts on a database that nodes share: a node that was killed is missed for at most
/// that long.
const LEASE: Duration = Duration::from_secs(4);
/// The same where the lock of the data folder keeps others out, so that nothing waits for it to end.
const LEASE_ALONE: Duration = Duration::from_secs(3_600);

/// A running node with its ports, or ports to nodes that run elsewhere.
pub struct Platform {
    node: Option<Arc<Node>>,
    ports: OwnPorts,
    /// Answers questions about the node as a NATS service.
    service: JoinSet<()>,
}

/// What a node and its visitors have in common.
struct OwnPorts {
    id: NodeId,
    lease: Duration,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    acquirer: Arc<dyn Acquirer>,
    issuer: Arc<dyn CardIssuer>,
    bus: Arc<dyn Bus>,
    /// The broker's own side of the bus, where there is a broker.
    nats: Option<Arc<NatsBus>>,
    client: Client,
    merchants: Arc<MerchantDirectory>,
    /// Where notifications may go.
    addresses: Arc<Guard>,
    /// How SNAP is spoken.
    snap: SnapConfig,
}

impl OwnPorts {
    /// Opens the store, and checks the master key against it.
    async fn open(config: &Config, dir: &DataDir) -> Result<Self, Failure> {
        let target = store_target(config, dir.path())?;
        let store = store::open(&target)
            .await
            .map_err(|error| Failure::cannot_begin(format!("store {target}: {}", chain(&error))))?;
        let lease = match target {
            StoreTarget::Sqlite(_) => LEASE_ALONE,
            StoreTarget::Postgres(_) => LEASE,
        };
        let vault = Arc::new(keys::open_vault(&*store, dir).await?);
        let id = dir.node_id().map(NodeId);
        let id = id.map_err(|error| Failure::cannot_begin(format!("the node's id: {error}")))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let OpenBus { port: bus, nats } = bus::open(config).await?;
        let NodeConfig { partitions, limits, .. } = NodeConfig::default();
        let acquirer = acquirers::router(config, &limits, &bus, &vault, &clock)?;
        let issuer = acquirers::issuers(config, &limits, &bus, &vault, &clock);
        let client = Client::new(Arc::clone(&bus), Arc::clone(&clock), partitions, "purser");
        let merchants =
            MerchantDirectory::new(client.clone(), Arc::clone(&store), Arc::clone(&vault));
        let merchants = Arc::new(merchants);
        let addresses = Arc::new(addresses(config, &merchants));
        Ok(Self {
            id,
            lease,
            store,
            vault,
            clock,
            acquirer,
            issuer,
            bus,
            nats,
            client,
            merchants,
            addresses,
            snap: config.snap.clone(),
        })
    }
}

impl Platform {
    /// Opens the store, checks the master key against it, and starts the node. The caller holds the lock
    /// of `dir`.
    ///
    /// # Errors
    /// [`Failure`] that says what to do.
    pub async fn start(config: &Config, dir: &DataDir) -> Result<Self, Failure> {
        Self::start_within(config, dir, Limits::default()).await
    }

    /// The same with other bounds than the usual ones.
    ///
    /// # Errors
    /// [`Failure`] that says what to do.
    pub async fn start_within(
        config: &Config,
        dir: &DataDir,
        limits: Limits,
    ) -> Result<Self, Failure> {
        Self::start_on(OwnPorts::open(config, dir).await?, config, limits).await
    }

    /// The same for as long as a verb takes: where nodes run on the database already, they are reached
    /// over NATS, and none is started.
    ///
    /// # Errors
    /// [`Failure`] that says what to do.
    pub async fn start_or_visit(config: &Config, dir: &DataDir) -> Result<Self, Failure> {
        let ports = OwnPorts::open(config, dir).await?;
        let others = neighbours::others(&*ports.store, ports.id).await?;
        if config.nats_url.is_some() && !others.is_empty() {
            return Ok(Self { node: None, ports, service: JoinSet::new() });
        }
        let config = Config { roles: Roles::ALL, ..config.clone() };
        Self::start_on(ports, &config, Limits::default()).await
    }

    async fn start_on(ports: OwnPorts, config: &Config, limits: Limits) -> Result<Self, Failure> {
        if config.nats_url.is_none() {
            neighbours::must_be_alone(&*ports.store, ports.id).await?;
        }
        let OwnPorts {
            store, vault, clock, acquirer, issuer, bus, nats, merchants, addresses, ..
        } = &ports;
        let node_ports = Ports {
            store: Arc::clone(store),
            bus: Arc::clone(bus),
            acquirer: Arc::clone(acquirer),
            issuer: Arc::clone(issuer),
            messenger: Arc::new(
                messenger(addresses, merchants, store, vault, clock)?
                    .with_mailer(mailer(config, merchants)?),
            ),
            clock: Arc::clone(clock),
        };
        let node = NodeConfig {
            id: ports.id,
            name: config.node_name.clone().unwrap_or_else(machine),
            shares: config.roles.shares(),
            lease: ports.lease,
            limits: Limits { retention: config.callback_retention(), ..limits },
            ..NodeConfig::default()
        };
        let node = Node::start(node, node_ports)
            .await
            .map_err(|error| Failure::cannot_begin(format!("cannot start: {}", chain(&error))))?;
        let node = Arc::new(node);
        let service = match nats {
            Some(nats) => bus::offer(nats, ports.id, Supervisor::new(&node), clock.now()).await,
            None => JoinSet::new(),
        };
        Ok(Self { node: Some(node), ports, service })
    }

    /// A look into the node.
    pub fn supervisor(&self) -> Supervisor {
        self.node.as_ref().map_or_else(Supervisor::of_none, Supervisor::new)
    }

    /// The operators' operations; merchants are told that the platform is at `base_url`.
    pub fn operations(&self, base_url: &str) -> Operations {
        let supervisor = self.supervisor();
        let (store, vault) = (Arc::clone(&self.ports.store), Arc::clone(&self.ports.vault));
        let acquirer = Arc::clone(&self.ports.acquirer);
        Operations::new(&self.ports.client, store, vault, acquirer, supervisor, base_url)
    }

    /// Every merchant-facing interface.
    pub fn ingress(&self) -> axum::Router {
        ingress::router(IngressState {
            client: self.ports.client.named("ingress"),
            store: Arc::clone(&self.ports.store),
            vault: Arc::clone(&self.ports.vault),
            clock: Arc::clone(&self.ports.clock),
            addresses: Arc::clone(&self.ports.addresses),
            max_requests: MAX_REQUESTS,
            snap: self.ports.snap.clone(),
        })
    }

    /// Asks entities, over the bus.
    pub fn client(&self) -> Client {
        self.ports.client.clone()
    }

    /// A way past the bus, where the node runs here.
    pub fn probe(&self) -> Option<HostProbe> {
        self.node.as_ref().map(|node| node.probe())
    }

    /// The store, for health checks and settings.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.ports.store
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.ports.clock
    }

    /// Returns when the node cannot go on, because another writer took over or the store is lost.
    pub async fn failed(&self) {
        match &self.node {
            Some(node) => node.failed().await,
            None => std::future::pending().await,
        }
    }

    /// Stops taking messages, finishes what was taken, and commits it.
    pub async fn stop(mut self, within: Duration) {
        self.service.shutdown().await;
        // Operations hold the node only for the moment of a look, and nobody serves them any more.
        match self.node.map(Arc::into_inner) {
            Some(Some(node)) => node.shutdown(within).await,
            Some(None) => tracing::error!("the node is still in use and was not stopped cleanly"),
            None => {}
        }
        // The last answers are on their way.
        self.ports.bus.close().await;
    }
}

/// Where notifications may go.
fn addresses(config: &Config, merchants: &Arc<MerchantDirectory>) -> Guard {
    let guard = Guard::new(config.callback_allow.clone());
    if config.listens_on_loopback() { guard.with_loopback_for(merchants.clone()) } else { guard }
}

/// Every format in which merchants are notified.
fn messenger(
    addresses: &Arc<Guard>,
    merchants: &Arc<MerchantDirectory>,
    store: &Arc<dyn Store>,
    vault: &Arc<Vault>,
    clock: &Arc<dyn Clock>,
) -> Result<HttpMessenger, Failure> {
    let key = Arc::new(SnapKey::new(Arc::clone(store), Arc::clone(vault)));
    let renderers: [Arc<dyn Render>; 3] = [
        Arc::new(GatewayNotification::new(Arc::clone(merchants))),
        Arc::new(SnapNotification::new(Arc::clone(merchants), key)),
        Arc::new(StandardNotification::new(Arc::clone(vault))),
    ];
    HttpMessenger::new(Arc::clone(clock), Arc::clone(addresses), renderers)
        .map_err(|error| Failure::cannot_begin(chain(&error)))
}

/// How e-mails leave, if they do.
fn mailer(
    config: &Config,
    merchants: &Arc<MerchantDirectory>,
) -> Result<Option<SmtpMailer>, Failure> {
    let mailer = SmtpMailer::of(&config.smtp, Arc::clone(merchants) as _);
    mailer.map_err(|error| Failure::cannot_begin(error.to_string()))
}

/// The name of this machine.
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
