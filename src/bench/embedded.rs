//! A node that a bench starts for itself: in a temporary folder on SQLite, or in a database of its own on
//! the PostgreSQL that is named, and under a prefix of its own on the broker that is named. Nothing of
//! it is left afterwards, and nothing that was there before is touched.

use super::{database::OwnDatabase, limit::Engine};
use crate::{
    bus::nats::NatsBus,
    clock::SystemClock,
    config::{Config, NatsConfig, Roles},
    data_dir::{DataDir, DataDirLock},
    platform::{self, Platform},
    serve,
    store::StoreTarget,
    telemetry::Metrics,
    terminal::{Failure, chain},
    vault::MasterKey,
};
use purser_actors::{Client, Limits, NodeConfig};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::task::AbortHandle;
use uuid::Uuid;

/// How long the node may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// What the names of folders, databases and prefixes begin with, so that what a killed bench left behind
/// is known for what it is.
pub(super) const NAME: &str = "purser_bench";

/// A running node, and all that is its own.
pub(crate) struct Embedded {
    pub(super) platform: Platform,
    serving: Option<AbortHandle>,
    site: Site,
    _lock: DataDirLock,
}

/// Where a node has what it keeps, whether it runs or not.
pub(super) struct Site {
    config: Config,
    dir: DataDir,
    database: Option<OwnDatabase>,
    /// A connection of the callers' own, where there is a broker.
    callers: Option<Arc<NatsBus>>,
    _folder: TempDir,
}

impl Embedded {
    /// Starts it on the engines that `config` names, with these bounds.
    ///
    /// # Errors
    /// [`Failure`] that says what is missing.
    pub(crate) async fn start(
        config: &Config,
        parent: Option<&Path>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        platform::check_bus(config)?;
        let folder = folder(parent)?;
        let cannot = |error: &dyn std::error::Error| {
            Failure::cannot_begin(format!("bench: {}", chain(error)))
        };
        let dir = DataDir::create(folder.path()).map_err(|error| cannot(&error))?;
        let lock = dir.lock().map_err(|error| cannot(&error))?;
        MasterKey::load_or_create(&dir.master_key()).map_err(|error| cannot(&error))?;
        let database = match &config.database_url {
            Some(url) => Some(OwnDatabase::create(url).await?),
            None => None,
        };
        let prefix = format!("{NAME}_{}", Uuid::now_v7().simple());
        let own = Config {
            data_dir: folder.path().to_owned(),
            database_url: database.as_ref().map(OwnDatabase::url),
            nats: NatsConfig { prefix, ..config.nats.clone() },
            listen: "127.0.0.1:0".to_owned(),
            roles: Roles::ALL,
            node_name: Some("bench".to_owned()),
            ..config.clone()
        };
        let platform = Platform::start_within(&own, &dir, limits).await?;
        let callers = match platform::nats_settings(&own)? {
            Some(settings) => {
                let bus = NatsBus::connect(settings).await.map_err(|error| cannot(&error))?;
                Some(Arc::new(bus))
            }
            None => None,
        };
        let site = Site { config: own, dir, database, callers, _folder: folder };
        Ok(Self { platform, serving: None, site, _lock: lock })
    }

    /// Whom callers ask; over the broker if there is one.
    pub(crate) fn client(&self) -> Client {
        match &self.site.callers {
            Some(bus) => {
                let partitions = NodeConfig::default().partitions;
                Client::new(bus.clone(), Arc::new(SystemClock::new()), partitions, "bench")
            }
            None => self.platform.client(),
        }
    }

    /// What its rows are written by.
    pub(super) fn engine(&self) -> Engine {
        if self.site.database.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    /// The engine's name.
    pub(super) fn store(&self) -> &'static str {
        self.engine().name()
    }

    /// What carries its messages.
    pub(super) fn bus(&self) -> &'static str {
        if self.site.callers.is_some() { "nats" } else { "memory" }
    }

    /// The callers' connection to the broker.
    pub(super) fn broker(&self) -> Option<&Arc<NatsBus>> {
        self.site.callers.as_ref()
    }

    /// Where its rows are.
    pub(crate) fn target(&self) -> Result<StoreTarget, Failure> {
        self.site.target()
    }

    /// Lets it listen as `serve` does; tells where.
    pub(super) async fn listen(&mut self, metrics: &Metrics) -> Result<SocketAddr, Failure> {
        let connections = serve::listen(&self.site.config.listen).await?;
        let address = connections.address();
        let router = serve::routes(&self.platform, metrics);
        let serving = tokio::spawn(async move {
            // Ends only with this task.
            let _ = axum::serve(connections, router).await;
        });
        self.serving = Some(serving.abort_handle());
        Ok(address)
    }

    /// Stops the node, and leaves what it kept.
    pub(super) async fn stop(self) -> Site {
        if let Some(serving) = self.serving {
            serving.abort();
        }
        self.platform.stop(STOP_WITHIN).await;
        self.site
    }

    /// Stops the node, and removes everything.
    pub(crate) async fn remove(self) -> Result<(), Failure> {
        self.stop().await.remove().await
    }

    /// The same after measurements, however they ended.
    pub(super) async fn end(self, measured: Result<(), Failure>) -> Result<(), Failure> {
        let removed = self.remove().await;
        measured.and(removed)
    }
}

impl Site {
    /// What a node that runs on it is told.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Where its rows are.
    pub(super) fn target(&self) -> Result<StoreTarget, Failure> {
        platform::store_target(&self.config, self.dir.path())
    }

    /// Removes everything.
    pub(super) async fn remove(self) -> Result<(), Failure> {
        if let Some(bus) = self.callers {
            bus.remove_streams().await.map_err(|error| {
                Failure::failed(format!("the bench's streams stay behind: {}", chain(&error)))
            })?;
        }
        match self.database {
            Some(database) => database.remove().await,
            None => Ok(()),
        }
    }
}

/// A folder on the disk that is to be measured: below `parent`, or where the system has such folders.
pub(super) fn folder(parent: Option<&Path>) -> Result<TempDir, Failure> {
    let prefix = format!("{NAME}-");
    let mut folder = tempfile::Builder::new();
    folder.prefix(&prefix);
    let made = match parent {
        Some(parent) => folder.tempdir_in(parent),
        None => folder.tempdir(),
    };
    made.map_err(|error| Failure::cannot_begin(format!("a temporary folder: {error}")))
}
