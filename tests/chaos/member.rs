//! One node: its folder, its process, and its ways to broker and database.

use super::{
    fault::What,
    proxy::{Link, Proxy},
    usage::Usage,
};
use crate::{
    cli::process::{Place, Server},
    kill::site::{Site, check_log},
};
use std::net::SocketAddr;
use url::Url;

/// The master key that all nodes share.
const MASTER_KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// A node of the cluster.
pub(crate) struct Member {
    pub(crate) place: Place,
    broker: Proxy,
    database: Proxy,
    server: Option<Server>,
    is_frozen: bool,
}

impl Member {
    /// Starts node `number` on the database and the broker at these addresses.
    pub(crate) async fn start(number: usize, database: &Url, broker: &Url, prefix: &str) -> Self {
        let (broker_url, broker) = through(broker).await;
        let (database_url, database) = through(database).await;
        let place = Place::new()
            .with_env("PURSER_MASTER_KEY", MASTER_KEY)
            .with_env("PURSER_NODE_NAME", &format!("node-{number}"))
            .with_env("PURSER_NATS_PREFIX", prefix)
            .with_env("PURSER_NATS_URL", broker_url.as_str())
            .with_env("PURSER_DATABASE_URL", database_url.as_str());
        let server = Some(place.serve());
        Self { place, broker, database, server, is_frozen: false }
    }

    /// Where its HTTP interfaces are; none while it is stopped.
    pub(crate) fn address(&self) -> Option<&str> {
        Some(&self.server.as_ref()?.address)
    }

    /// What the system counts of its process.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.server.as_ref().expect("the node runs").id())
    }

    /// Begins `what`.
    pub(crate) fn strike(&mut self, what: What) {
        match what {
            What::Kill => Site::kill(self.server.take().expect("the node runs")),
            What::Stop => self.stop(),
            What::Freeze => {
                self.is_frozen = true;
                self.server.as_ref().expect("the node runs").signal("STOP");
            }
            What::Broker(link) => self.broker.set(link),
            What::Database(link) => self.database.set(link),
        }
    }

    /// Ends whatever was begun.
    pub(crate) fn heal(&mut self) {
        self.broker.set(Link::Up);
        self.database.set(Link::Up);
        match &self.server {
            Some(server) if self.is_frozen => server.signal("CONT"),
            Some(_) => {}
            None => self.server = Some(self.place.serve()),
        }
        self.is_frozen = false;
    }

    /// Stops the node as the system does; it hands its work over.
    pub(crate) fn stop(&mut self) {
        let ended = self.server.take().expect("the node runs").stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        check_log(&ended);
    }
}

/// The same URL by way of a proxy.
async fn through(url: &Url) -> (Url, Proxy) {
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let server = SocketAddr::new(host.parse().expect("a loopback address"), port);
    let proxy = Proxy::before(server).await;
    let mut url = url.clone();
    url.set_port(Some(proxy.port)).expect("a URL with a port");
    (url, proxy)
}
