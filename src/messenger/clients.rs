//! The HTTP clients: one that reaches what every merchant may, and one for sandbox merchants that reaches
//! this machine too, while the server can only be reached from there. Connections are kept apart, so
//! that one merchant's cannot serve another one who may not have it.

use super::{
    attempt::Unsendable,
    guard::{Guard, Reachable, Refused, VettedResolver},
};
use purser_subjects::MerchantId;
use reqwest::{Client, ClientBuilder};
use std::{sync::Arc, time::Duration};
use url::Url;

/// Idle connections kept per receiver, and for how long: enough for a burst to one merchant.
const IDLE_CONNECTIONS: usize = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Clients {
    guard: Arc<Guard>,
    public: Client,
    loopback: Client,
}

/// What one merchant may reach.
pub(super) struct Reach<'c> {
    guard: &'c Guard,
    client: &'c Client,
    reachable: Reachable,
}

impl Clients {
    pub(super) fn new(guard: Arc<Guard>, connect: Duration) -> Result<Self, reqwest::Error> {
        let of = |reachable| client(&guard, reachable, connect);
        let (public, loopback) = (of(Reachable::Public)?, of(Reachable::Loopback)?);
        Ok(Self { guard, public, loopback })
    }

    /// What `merchant` may reach.
    pub(super) async fn reach(&self, merchant: &MerchantId) -> Result<Reach<'_>, Unsendable> {
        let reachable = self.guard.reachable(merchant).await.map_err(Unsendable::Ours)?;
        let client = match reachable {
            Reachable::Public => &self.public,
            Reachable::Loopback => &self.loopback,
        };
        Ok(Reach { guard: &self.guard, client, reachable })
    }
}

impl Reach<'_> {
    /// The client for a URL whose host, if it is an address, may be reached. Names are vetted when they
    /// are resolved.
    pub(super) fn client_for(&self, url: &Url) -> Result<&Client, Refused> {
        self.guard.vet_host(url, self.reachable)?;
        Ok(self.client)
    }
}

fn client(
    guard: &Arc<Guard>,
    reachable: Reachable,
    connect: Duration,
) -> Result<Client, reqwest::Error> {
    let builder = || -> ClientBuilder {
        Client::builder()
            .tls_backend_rustls()
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(connect)
            .dns_resolver(VettedResolver::new(guard.clone(), reachable))
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
    };
    builder().build().or_else(|error| {
        // A system without root certificates can still reach receivers without TLS.
        tracing::warn!(
            cause = ?error,
            "notifications to https URLs will fail: install the system's CA certificates"
        );
        builder().tls_certs_only([]).build()
    })
}
