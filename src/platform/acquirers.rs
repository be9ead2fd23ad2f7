//! The acquirers and issuers of a node: the sandbox, and a connector for each configured key, which may
//! stand for either.

use crate::{
    acquirers::{AcquirerRouter, connector::ConnectorAcquirer, sandbox::SandboxAcquirer},
    config::Config,
    issuers::{IssuerRouter, connector::ConnectorIssuer, sandbox::SandboxIssuer},
    terminal::Failure,
    vault::Vault,
};
use purser_actors::{
    Limits,
    ports::{Acquirer, Bus, CardIssuer, Clock},
};
use std::sync::Arc;

/// Chooses the acquirer of every operation.
///
/// # Errors
/// When there are connectors and no broker on which they could be reached.
pub(super) fn router(
    config: &Config,
    limits: &Limits,
    bus: &Arc<dyn Bus>,
    vault: &Arc<Vault>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Acquirer>, Failure> {
    if let Some(name) = config.connectors.keys().next()
        && config.nats_url.is_none()
    {
        return Err(Failure::cannot_begin(format!(
            "the connector {name} has a key, but connectors are reached over NATS: set --nats-url too"
        )));
    }
    let (vault, clock) = (|| Arc::clone(vault), || Arc::clone(clock));
    let connectors = config.connectors.iter().map(|(name, key)| {
        let connector = ConnectorAcquirer::new(
            name.clone(),
            key.clone(),
            Arc::clone(bus),
            vault(),
            clock(),
            limits.acquirer_timeout,
        );
        (name.clone(), connector)
    });
    let sandbox = SandboxAcquirer::new(vault(), clock());
    Ok(Arc::new(AcquirerRouter::new(sandbox, connectors.collect())))
}

/// Chooses the issuer of every card that is bound.
pub(super) fn issuers(
    config: &Config,
    limits: &Limits,
    bus: &Arc<dyn Bus>,
    vault: &Arc<Vault>,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn CardIssuer> {
    let connectors = config.connectors.iter().map(|(name, key)| {
        let connector = ConnectorIssuer::new(
            name.clone(),
            key.clone(),
            Arc::clone(bus),
            Arc::clone(vault),
            Arc::clone(clock),
            limits.acquirer_timeout,
        );
        (name.clone(), connector)
    });
    let sandbox = SandboxIssuer::new(Arc::clone(vault), Arc::clone(clock));
    Arc::new(IssuerRouter::new(sandbox, connectors.collect()))
}
