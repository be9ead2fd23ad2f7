//! A running node with its ports: the one place where engines, bus, acquirer and clock are chosen.

mod keys;
mod supervisor;
mod target;

pub use supervisor::Supervisor;
pub use target::store_target;

use crate::{
    acquirers::sandbox::SandboxAcquirer,
    admin::Operations,
    bus::memory::MemoryBus,
    clock::SystemClock,
    config::Config,
    data_dir::DataDir,
    ingress::{self, IngressState, MAX_REQUESTS, gateway::notification::GatewayNotification},
    merchants::MerchantDirectory,
    messenger::{HttpMessenger, Render},
    store,
    terminal::{Failure, chain},
    vault::Vault,
};
use purser_actors::{
    Client, Node, NodeConfig, Ports,
    ports::{Bus, Clock, Store},
};
use std::{sync::Arc, time::Duration};

/// A running node with its ports.
pub struct Platform {
    node: Arc<Node>,
    client: Client,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl Platform {
    /// Opens the store, checks the master key against it, and starts the node. The caller holds the lock
    /// of `dir`.
    ///
    /// # Errors
    /// [`Failure`] that says what to do.
    pub async fn start(config: &Config, dir: &DataDir) -> Result<Self, Failure> {
        let target = store_target(config, dir.path())?;
        let store = store::open(&target)
            .await
            .map_err(|error| Failure::cannot_begin(format!("store {target}: {}", chain(&error))))?;
        let vault = Arc::new(keys::open_vault(&*store, dir).await?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new());
        let node = NodeConfig::default();
        let client = Client::new(Arc::clone(&bus), Arc::clone(&clock), node.partitions, "purser");
        let merchants =
            MerchantDirectory::new(client.clone(), Arc::clone(&store), Arc::clone(&vault));
        let ports = Ports {
            store: Arc::clone(&store),
            bus,
            acquirer: Arc::new(SandboxAcquirer::new(Arc::clone(&vault), Arc::clone(&clock))),
            messenger: Arc::new(messenger(merchants, &clock)?),
            clock: Arc::clone(&clock),
        };
        let node = Node::start(node, ports)
            .await
            .map_err(|error| Failure::cannot_begin(format!("cannot start: {}", chain(&error))))?;
        Ok(Self { node: Arc::new(node), client, store, vault, clock })
    }

    /// A look into the node.
    pub fn supervisor(&self) -> Supervisor {
        Supervisor::new(&self.node)
    }

    /// The operators' operations; merchants are told that the platform is at `base_url`.
    pub fn operations(&self, base_url: &str) -> Operations {
        let supervisor = self.supervisor();
        let (store, vault) = (Arc::clone(&self.store), Arc::clone(&self.vault));
        Operations::new(&self.client, store, vault, supervisor, base_url)
    }

    /// Every merchant-facing interface.
    pub fn ingress(&self) -> axum::Router {
        ingress::router(IngressState {
            client: self.client.named("ingress"),
            store: Arc::clone(&self.store),
            vault: Arc::clone(&self.vault),
            clock: Arc::clone(&self.clock),
            max_requests: MAX_REQUESTS,
        })
    }

    /// The store, for health checks and settings.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns when the node cannot go on, because another writer took over or the store is lost.
    pub async fn failed(&self) {
        self.node.failed().await;
    }

    /// Stops taking messages, finishes what was taken, and commits it.
    pub async fn stop(self, within: Duration) {
        // Operations hold the node only for the moment of a look, and nobody serves them any more.
        match Arc::into_inner(self.node) {
            Some(node) => node.shutdown(within).await,
            None => tracing::error!("the node is still in use and was not stopped cleanly"),
        }
    }
}

/// Every format in which merchants are notified.
fn messenger(
    merchants: MerchantDirectory,
    clock: &Arc<dyn Clock>,
) -> Result<HttpMessenger, Failure> {
    let renderers: [Arc<dyn Render>; 1] = [Arc::new(GatewayNotification::new(Arc::new(merchants)))];
    HttpMessenger::new(Arc::clone(clock), renderers)
        .map_err(|error| Failure::cannot_begin(chain(&error)))
}
