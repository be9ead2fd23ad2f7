//! What must be known to reach a broker and to set it up.

use async_nats::ServerAddr;
use purser_subjects::SubjectPrefix;
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, path::PathBuf, str::FromStr, time::Duration};
use url::Url;

/// How the bus reaches its broker.
#[derive(Clone, Debug)]
pub struct NatsSettings {
    /// The servers of one cluster.
    pub servers: NatsServers,
    /// Who Purser is there. Wins over what the URLs say.
    pub login: Option<NatsLogin>,
    /// Certificates; without them the system's authorities count.
    pub tls: NatsTls,
    /// What subjects begin with.
    pub prefix: SubjectPrefix,
    /// What JetStream keeps.
    pub streams: StreamSettings,
    /// How long the start waits for a broker.
    pub patience: Duration,
}

impl NatsSettings {
    /// The usual settings for `servers`.
    pub fn new(servers: NatsServers) -> Self {
        Self {
            servers,
            login: None,
            tls: NatsTls::default(),
            prefix: SubjectPrefix::default(),
            streams: StreamSettings::default(),
            patience: Duration::from_secs(10),
        }
    }
}

/// How Purser proves who it is.
#[derive(Clone, Debug)]
pub enum NatsLogin {
    /// User and password.
    Password(String, SecretString),
    /// A token.
    Token(SecretString),
    /// A file with a JWT and its key, as `nsc` makes it.
    Credentials(PathBuf),
}

/// Certificates in PEM files.
#[derive(Clone, Debug, Default)]
pub struct NatsTls {
    /// The authority that signed the servers' certificates.
    pub authority: Option<PathBuf>,
    /// The client's certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl NatsTls {
    pub(super) fn is_set(&self) -> bool {
        self.authority.is_some() || self.client.is_some()
    }
}

/// What JetStream keeps, for how long, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Whether streams and consumer are created and changed; otherwise they must be there.
    pub manage: bool,
    /// Servers that keep each message: 1, or 3 or 5 in a cluster.
    pub replicas: usize,
    /// How long events are kept.
    pub events_age: Duration,
    /// Events that are kept, in bytes; past it the oldest go.
    pub events_bytes: u64,
    /// Durable commands that may wait, in bytes; past it new ones are refused.
    pub commands_bytes: u64,
    /// How long buried commands are kept.
    pub dead_age: Duration,
    /// Buried commands that are kept, in bytes; past it the oldest go.
    pub dead_bytes: u64,
    /// Durable commands that all nodes together may be at work on.
    pub commands_at_work: u32,
}

impl Default for StreamSettings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        const MIB: u64 = 1 << 20;
        Self {
            manage: true,
            replicas: 1,
            events_age: 7 * DAY,
            events_bytes: 2048 * MIB,
            commands_bytes: 512 * MIB,
            dead_age: 30 * DAY,
            dead_bytes: 128 * MIB,
            commands_at_work: 4096,
        }
    }
}

/// Addresses of the servers of one cluster, without the passwords they were given with.
#[derive(Clone, Debug)]
pub struct NatsServers {
    pub(super) addresses: Vec<ServerAddr>,
    pub(super) login: Option<NatsLogin>,
    pub(super) needs_tls: bool,
}

/// The text names no NATS servers. Never shows it, since it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a NATS URL is not of the form nats://host:port or tls://host:port, or a comma-separated list of such: {0}"
)]
pub struct NatsServersError(String);

impl FromStr for NatsServers {
    type Err = NatsServersError;

    /// Reads a comma-separated list of `nats://` or `tls://` URLs. The user and password, or the token, of
    /// the first that has one count for all.
    fn from_str(text: &str) -> Result<Self, NatsServersError> {
        let mut servers = Self { addresses: Vec::new(), login: None, needs_tls: false };
        for part in text.split(',').map(str::trim) {
            let with_scheme =
                if part.contains("://") { part.to_owned() } else { format!("nats://{part}") };
            let mut url = Url::parse(&with_scheme).map_err(|e| NatsServersError(e.to_string()))?;
            if !matches!(url.scheme(), "nats" | "tls") || url.host_str().is_none_or(str::is_empty) {
                return Err(NatsServersError("unknown scheme, or no host".to_owned()));
            }
            servers.needs_tls |= url.scheme() == "tls";
            servers.login = servers.login.or(login(&url)?);
            let cleared = url.set_username("").and_then(|()| url.set_password(None));
            cleared.map_err(|()| NatsServersError("a user without a host".to_owned()))?;
            let address = ServerAddr::from_url(url).map_err(|e| NatsServersError(e.to_string()))?;
            servers.addresses.push(address);
        }
        Ok(servers)
    }
}

fn login(url: &Url) -> Result<Option<NatsLogin>, NatsServersError> {
    let plain = |text: &str| {
        // Only percent signs mean something in this part of a URL.
        let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        let decoded = form_urlencoded::parse(text.as_bytes()).next();
        let decoded = decoded.map(|(name, _)| name.into_owned());
        decoded.ok_or_else(|| NatsServersError("an empty user".to_owned()))
    };
    Ok(match (url.username(), url.password()) {
        ("", None) => None,
        (token, None) => Some(NatsLogin::Token(plain(token)?.into())),
        (user, Some(password)) => Some(NatsLogin::Password(plain(user)?, plain(password)?.into())),
    })
}

impl fmt::Display for NatsServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, address) in self.addresses.iter().enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            write!(f, "{comma}{}://{}:{}", address.scheme(), address.host(), address.port())?;
        }
        Ok(())
    }
}

impl NatsLogin {
    /// User and password.
    pub(super) fn apply(
        &self,
        options: async_nats::ConnectOptions,
    ) -> std::io::Result<async_nats::ConnectOptions> {
        Ok(match self {
            Self::Password(user, password) => {
                options.user_and_password(user.clone(), password.expose_secret().to_owned())
            }
            Self::Token(token) => options.token(token.expose_secret().to_owned()),
            Self::Credentials(file) => {
                let text = SecretString::from(std::fs::read_to_string(file)?);
                options.credentials(text.expose_secret())?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> NatsServers {
        text.parse().unwrap()
    }

    #[test]
    fn a_list_of_servers_is_read_and_shown_without_its_password() {
        let list = servers("nats://purser:h%40nter2@a:4222, b ,tls://[::1]:5222");
        assert_eq!(list.to_string(), "nats://a:4222, nats://b:4222, tls://::1:5222");
        assert!(list.needs_tls);
        let Some(NatsLogin::Password(user, password)) = &list.login else { panic!("{list:?}") };
        assert_eq!((user.as_str(), password.expose_secret()), ("purser", "h@nter2"));
        assert!(!format!("{list:?}").contains("nter2"), "{list:?}");
    }

    #[test]
    fn a_name_alone_is_a_token() {
        let Some(NatsLogin::Token(token)) = servers("nats://s3+cret@a").login else { panic!() };
        assert_eq!(token.expose_secret(), "s3+cret");
        assert!(servers("a:1,b:2").login.is_none());
    }

    #[test]
    fn other_urls_are_refused_without_being_shown() {
        for text in ["", "http://a", "nats://", "nats://u:hunter2@a,,b", "ws://u:hunter2@a"] {
            let told = text.parse::<NatsServers>().unwrap_err().to_string();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
