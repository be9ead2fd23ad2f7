//! Where notifications may go. A merchant names the URL, and this server can reach what merchants must
//! not: so every address that a name has is looked at, and the connection goes to one of those.

mod addresses;
mod resolver;

pub(super) use resolver::VettedResolver;
pub use resolver::{Lookup, SystemLookup};

use async_trait::async_trait;
use ipnet::IpNet;
use purser_subjects::MerchantId;
use std::{fmt, net::IpAddr, sync::Arc};
use url::{Host, Url};

/// Why a URL or an address is refused, in words for the merchant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// What a merchant may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// Public addresses, and those that the operator opened.
    Public,
    /// Loopback too.
    Loopback,
}

/// Knows which merchants use play money.
#[async_trait]
pub trait Sandboxes: Send + Sync {
    /// Whether the merchant is one of the sandbox; the error is for the log.
    async fn is_sandbox(&self, merchant: &MerchantId) -> Result<bool, String>;
}

/// Decides where notifications may go.
pub struct Guard {
    /// Ranges that the operator opened.
    allowed: Vec<IpNet>,
    /// Asked only while sandbox merchants may use loopback.
    sandboxes: Option<Arc<dyn Sandboxes>>,
    lookup: Arc<dyn Lookup>,
}

impl Guard {
    /// Lets notifications go to public addresses and to the ranges `allowed`.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed, sandboxes: None, lookup: Arc::new(SystemLookup) }
    }

    /// Lets merchants of the sandbox use loopback, too. Only for a server that listens on nothing else.
    #[must_use]
    pub fn with_loopback_for(mut self, sandboxes: Arc<dyn Sandboxes>) -> Self {
        self.sandboxes = Some(sandboxes);
        self
    }

    /// Resolves names with `lookup`.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Arc<dyn Lookup>) -> Self {
        self.lookup = lookup;
        self
    }

    /// What the merchant may reach; the error is for the log.
    ///
    /// # Errors
    /// When its environment cannot be found out.
    pub async fn reachable(&self, merchant: &MerchantId) -> Result<Reachable, String> {
        match &self.sandboxes {
            Some(sandboxes) if sandboxes.is_sandbox(merchant).await? => Ok(Reachable::Loopback),
            _ => Ok(Reachable::Public),
        }
    }

    /// Checks a URL before it is registered: its form, and its host if that is an address. Names are
    /// looked up at every attempt, since what they stand for may change.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn check(&self, text: &str, merchant: &MerchantId) -> Result<Url, Refused> {
        let url = url(text)?;
        let reachable = self.reachable(merchant).await;
        self.vet_host(&url, reachable.unwrap_or(Reachable::Public))?;
        Ok(url)
    }

    /// Vets a host that is an address. The URL's parser has turned every spelling of one (octal, hex,
    /// without dots) into the usual form before.
    pub(super) fn vet_host(&self, url: &Url, reachable: Reachable) -> Result<(), Refused> {
        match url.host() {
            Some(Host::Ipv4(ip)) => self.vet(ip.into(), reachable),
            Some(Host::Ipv6(ip)) => self.vet(ip.into(), reachable),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Refused("the URL has no host".to_owned())),
        }
    }

    pub(super) fn vet(&self, ip: IpAddr, reachable: Reachable) -> Result<(), Refused> {
        let is_allowed = self.allowed.iter().any(|range| range.contains(&ip));
        let is_open = reachable == Reachable::Loopback && addresses::is_plain_loopback(ip);
        if is_allowed || is_open || addresses::is_public(ip) {
            return Ok(());
        }
        Err(Refused(format!("the address {ip} is not public; the operator would have to open it")))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

/// Parses a URL that a notification may have.
///
/// # Errors
/// [`Refused`] for another scheme than http and https, and for a URL with a user or a password.
pub fn url(text: &str) -> Result<Url, Refused> {
    let refused = |why: String| Err(Refused(why));
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refused(format!("the URL is not valid: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("the URL does not begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("the URL names a user or a password".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
