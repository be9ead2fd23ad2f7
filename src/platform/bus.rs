//! Which bus the configuration asks for.

use super::Supervisor;
use crate::{
    bus::{
        memory::MemoryBus,
        nats::{
            NatsBus, NatsLogin, NatsServers, NatsSettings, NatsTls, ServiceNode, StreamSettings,
        },
    },
    config::{Config, NatsConfig, SecretUrl},
    terminal::{Failure, chain},
};
use purser_actors::ports::{Bus, NodeId};
use purser_subjects::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Refuses a configuration with which no bus can be opened, before anything is begun.
///
/// # Errors
/// [`Failure`] that says what to change.
pub fn check_bus(config: &Config) -> Result<(), Failure> {
    if nats_settings(config)?.is_some() && config.database_url.is_none() {
        return Err(Failure::cannot_begin(
            "--nats-url needs --database-url (PURSER_DATABASE_URL): nodes that share a broker share \
             one PostgreSQL database too. Without --nats-url one process runs on SQLite",
        ));
    }
    Ok(())
}

/// An open bus: the port, and the broker's own side where there is a broker.
pub(super) struct OpenBus {
    pub(super) port: Arc<dyn Bus>,
    pub(super) nats: Option<Arc<NatsBus>>,
}

/// The bus of the configuration: NATS where there is a URL for it, else one within the process.
pub(super) async fn open(config: &Config) -> Result<OpenBus, Failure> {
    let Some(settings) = nats_settings(config)? else {
        return Ok(OpenBus { port: Arc::new(MemoryBus::new()), nats: None });
    };
    let bus = NatsBus::connect(settings).await;
    let bus = Arc::new(bus.map_err(|error| Failure::cannot_begin(chain(&error)))?);
    Ok(OpenBus { port: Arc::clone(&bus) as Arc<dyn Bus>, nats: Some(bus) })
}

/// Lets programs that look for NATS services find the node. It works as well without.
pub(super) async fn offer(
    nats: &NatsBus,
    node: NodeId,
    supervisor: Supervisor,
    started: Timestamp,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let id = node.0.to_string();
    let statistics = Box::new(move || supervisor.statistics());
    match nats.serve_questions(ServiceNode { id, started, statistics }).await {
        Ok(serving) => {
            tasks.spawn(serving);
        }
        Err(error) => tracing::warn!(%error, "the node cannot be found as a NATS service"),
    }
    tasks
}

/// How the configured NATS is reached; `None` when there is none.
///
/// # Errors
/// When the settings contradict each other or cannot be used.
pub fn nats_settings(config: &Config) -> Result<Option<NatsSettings>, Failure> {
    config.nats_url.as_ref().map(|url| read(url, &config.nats)).transpose()
}

fn read(url: &SecretUrl, nats: &NatsConfig) -> Result<NatsSettings, Failure> {
    let servers: NatsServers =
        url.expose().parse().map_err(|e| Failure::cannot_begin(format!("--nats-url: {e}")))?;
    let prefix =
        nats.prefix.parse().map_err(|e| Failure::cannot_begin(format!("--nats-prefix: {e}")))?;
    Ok(NatsSettings {
        login: login(nats)?,
        tls: NatsTls { authority: nats.tls_ca.clone(), client: client_certificate(nats)? },
        prefix,
        streams: streams(nats)?,
        ..NatsSettings::new(servers)
    })
}

fn login(nats: &NatsConfig) -> Result<Option<NatsLogin>, Failure> {
    let password = match (&nats.user, &nats.password) {
        (Some(user), Some(password)) => {
            Some(NatsLogin::Password(user.clone(), password.secret().clone()))
        }
        (None, None) => None,
        _ => {
            return Err(Failure::cannot_begin(
                "NATS: a user needs a password, and a password a user",
            ));
        }
    };
    let token = nats.token.as_ref().map(|token| NatsLogin::Token(token.secret().clone()));
    let credentials = nats.credentials.clone().map(NatsLogin::Credentials);
    let mut given: Vec<_> = [password, token, credentials].into_iter().flatten().collect();
    if given.len() > 1 {
        let why = "NATS: give one of user and password, token, or credentials";
        return Err(Failure::cannot_begin(why));
    }
    Ok(given.pop())
}

fn client_certificate(
    nats: &NatsConfig,
) -> Result<Option<(std::path::PathBuf, std::path::PathBuf)>, Failure> {
    match (&nats.tls_cert, &nats.tls_key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate.clone(), key.clone()))),
        (None, None) => Ok(None),
        _ => Err(Failure::cannot_begin("NATS: tls_cert and tls_key go together")),
    }
}

fn streams(nats: &NatsConfig) -> Result<StreamSettings, Failure> {
    if !matches!(nats.replicas, 1..=5) {
        return Err(Failure::cannot_begin("--nats-replicas is between 1 and 5"));
    }
    let numbers = [
        ("events-days", nats.events_days),
        ("events-mib", nats.events_mib),
        ("commands-mib", nats.commands_mib),
        ("dead-days", nats.dead_days),
        ("dead-mib", nats.dead_mib),
        ("commands-at-work", nats.commands_at_work),
    ];
    if let Some((name, _)) = numbers.iter().find(|(_, number)| *number == 0) {
        return Err(Failure::cannot_begin(format!("--nats-{name} is at least 1")));
    }
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    let mib = |mib: u32| u64::from(mib) << 20;
    Ok(StreamSettings {
        manage: nats.manage_streams,
        replicas: nats.replicas.into(),
        events_age: days(nats.events_days),
        events_bytes: mib(nats.events_mib),
        commands_bytes: mib(nats.commands_mib),
        dead_age: days(nats.dead_days),
        dead_bytes: mib(nats.dead_mib),
        commands_at_work: nats.commands_at_work,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(change: impl FnOnce(&mut NatsConfig)) -> Result<NatsSettings, Failure> {
        let mut nats = NatsConfig::default();
        change(&mut nats);
        read(&"nats://localhost".parse().unwrap(), &nats)
    }

    #[test]
    fn the_configuration_has_the_defaults_of_the_bus() {
        assert_eq!(settings(|_| {}).unwrap().streams, StreamSettings::default());
    }

    #[test]
    fn half_and_double_logins_are_refused() {
        assert!(settings(|nats| nats.user = Some("u".into())).is_err());
        assert!(settings(|nats| nats.tls_cert = Some("c".into())).is_err());
        assert!(
            settings(|nats| {
                nats.token = Some("t".parse().unwrap());
                nats.credentials = Some("c".into());
            })
            .is_err()
        );
        let token = settings(|nats| nats.token = Some("t".parse().unwrap())).unwrap();
        assert!(matches!(token.login, Some(NatsLogin::Token(_))));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(settings(|nats| nats.replicas = 6).is_err());
        assert!(settings(|nats| nats.events_days = 0).is_err());
        assert!(settings(|nats| nats.prefix = "a..b".into()).is_err());
        let large = settings(|nats| nats.events_mib = u32::MAX).unwrap();
        assert_eq!(large.streams.events_bytes, u64::from(u32::MAX) << 20);
    }
}
