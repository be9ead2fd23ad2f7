//! Name look-up with a look at what it gives.

use super::{Guard, Reachable, Refused};
use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Finds the addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of `host`.
    ///
    /// # Errors
    /// When it cannot be resolved.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the system's resolver.
#[derive(Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Resolves for an HTTP client, which connects to the addresses that it is given and looks nothing up
/// again: what was vetted is what is connected to.
pub(in crate::messenger) struct VettedResolver {
    guard: Arc<Guard>,
    reachable: Reachable,
}

impl VettedResolver {
    pub(in crate::messenger) fn new(guard: Arc<Guard>, reachable: Reachable) -> Arc<Self> {
        Arc::new(Self { guard, reachable })
    }
}

impl Resolve for VettedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, reachable) = (self.guard.clone(), self.reachable);
        Box::pin(async move {
            let found = guard.lookup.addresses(name.as_str()).await?;
            if found.is_empty() {
                return Err(Refused("the host name has no address".to_owned()).into());
            }
            // One that may not be reached refuses all: a name that has both is up to something.
            for ip in &found {
                guard.vet(*ip, reachable)?;
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
