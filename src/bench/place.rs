//! A server under a load over HTTP: a node that the bench starts for itself, or one that runs already.

use super::{
    embedded::Embedded,
    gate::Gate,
    ledger,
    limit::Engine,
    run::Run,
    shops,
    tally::{self, Mark},
    usage,
};
use crate::{
    admin::MerchantAccess, config::Config, platform, store::StoreTarget, telemetry::Metrics,
    terminal::Failure,
};
use purser_actors::{Client, Limits};
use serde_json::Value;
use std::net::SocketAddr;
use url::Url;

/// Payments settle after so many days, as is usual: not while they are measured.
const SETTLEMENT_DAYS: u16 = 2;

/// The server, and where it listens.
pub(super) struct Place {
    server: Server,
    address: SocketAddr,
}

enum Server {
    Embedded(Box<Embedded>, Metrics),
    Running(Url),
}

impl Place {
    /// The running server that the settings name, with the merchant of its data folder; or a new one, with
    /// a new merchant.
    pub(super) async fn find(run: &Run) -> Result<(Self, MerchantAccess), Failure> {
        if let Some(url) = run.settings.url.clone() {
            let address = shops::resolve(&url).await?;
            let access = shops::of_file(&run.config)?;
            return Ok((Self { server: Server::Running(url), address }, access));
        }
        let folder = run.settings.folder.as_deref();
        let mut embedded = Embedded::start(&run.config, folder, Limits::default()).await?;
        match open(&mut embedded, &run.metrics).await {
            Ok((address, access)) => {
                let server = Server::Embedded(Box::new(embedded), run.metrics.clone());
                Ok((Self { server, address }, access))
            }
            Err(failure) => {
                embedded.remove().await?;
                Err(failure)
            }
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its rows are.
    pub(super) fn target(&self, config: &Config) -> Result<StoreTarget, Failure> {
        match &self.server {
            Server::Embedded(embedded, _) => embedded.target(),
            Server::Running(_) => platform::store_target(config, &config.data_dir),
        }
    }

    /// Names of what keeps its rows and of what carries its messages.
    pub(super) fn engines(&self, target: &StoreTarget) -> (&'static str, &'static str) {
        match &self.server {
            Server::Embedded(embedded, _) => (embedded.store(), embedded.bus()),
            Server::Running(_) => (Engine::of_store(target).name(), "running"),
        }
    }

    /// Waits until the events up to `mark` are on the broker, if there is one of its own, and compares
    /// their counts.
    pub(super) async fn published(&self, mark: &Mark, gate: &mut Gate) -> Result<(), Failure> {
        if let Server::Embedded(embedded, _) = &self.server
            && let Some(events) = ledger::published(embedded).await?
        {
            gate.least("events on the broker", tally::end(mark), events);
        }
        Ok(())
    }

    /// The memory of this process, where the server is within it.
    pub(super) fn memory(&self) -> Option<(String, Value)> {
        let is_here = matches!(self.server, Server::Embedded(..));
        is_here.then(|| ("memory_mib".to_owned(), usage::memory_mib().into()))
    }

    /// Whom its entities are asked through, where the server is within this process.
    pub(super) fn client(&self) -> Option<Client> {
        match &self.server {
            Server::Embedded(embedded, _) => Some(embedded.client()),
            Server::Running(_) => None,
        }
    }

    /// Its metrics, as text.
    pub(super) async fn metrics(&self) -> Option<String> {
        match &self.server {
            Server::Embedded(_, metrics) => Some(metrics.render()),
            Server::Running(url) => {
                let answer = reqwest::get(url.join("/metrics").ok()?).await.ok()?;
                answer.text().await.ok()
            }
        }
    }

    /// Removes a node that was started, however the measurements ended.
    pub(super) async fn end(self, measured: Result<(), Failure>) -> Result<(), Failure> {
        match self.server {
            Server::Embedded(embedded, _) => embedded.end(measured).await,
            Server::Running(_) => measured,
        }
    }
}

/// Lets the node listen, and makes a merchant there.
async fn open(
    embedded: &mut Embedded,
    metrics: &Metrics,
) -> Result<(SocketAddr, MerchantAccess), Failure> {
    let address = embedded.listen(metrics).await?;
    Ok((address, shops::create(embedded, address, "Bench", SETTLEMENT_DAYS).await?))
}
