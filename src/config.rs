//! What the operator can set: defaults, then purser.toml, then environment, then command line.

mod connectors;
mod nats;
mod roles;
mod secret_text;
mod secret_url;
mod smtp;
mod snap;

pub use connectors::connector_keys;
pub use nats::NatsConfig;
pub use roles::{Roles, RolesError};
pub use secret_text::SecretText;
pub use secret_url::SecretUrl;
pub use smtp::SmtpConfig;
pub use snap::SnapConfig;

use crate::acquirers::connector::ConnectorKey;
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use ipnet::IpNet;
use purser_subjects::connector::ConnectorName;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Read when `--config` names no other file; it need not exist.
pub const DEFAULT_FILE: &str = "purser.toml";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The settings in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of this node.
    pub data_dir: PathBuf,
    /// PostgreSQL; without it SQLite in the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_url: Option<SecretUrl>,
    /// NATS; without it messages stay within the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nats_url: Option<SecretUrl>,
    /// How NATS is used.
    pub nats: NatsConfig,
    /// Address that `serve` listens on.
    pub listen: String,
    /// What the node does.
    pub roles: Roles,
    /// What operators call the node; without it the name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
    /// Address ranges that notifications may go to although they are not public.
    #[serde(default)]
    pub callback_allow: Vec<IpNet>,
    /// Days that deliveries and their attempts are kept.
    pub callback_retention_days: u16,
    /// How e-mails leave.
    #[serde(default)]
    pub smtp: SmtpConfig,
    /// Log filter; each verb has its own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The SNAP interface.
    #[serde(default)]
    pub snap: SnapConfig,
    /// External acquirers: the key that is shared with each.
    #[serde(default, skip_serializing)]
    pub connectors: BTreeMap<ConnectorName, ConnectorKey>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "./purser-data".into(),
            database_url: None,
            nats_url: None,
            nats: NatsConfig::default(),
            listen: "127.0.0.1:8080".to_owned(),
            roles: Roles::ALL,
            node_name: None,
            callback_allow: Vec::new(),
            callback_retention_days: 30,
            smtp: SmtpConfig::default(),
            log: None,
            log_format: LogFormat::Human,
            snap: SnapConfig::default(),
            connectors: BTreeMap::new(),
        }
    }
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `--config` names a file that is not there.
    #[error("there is no configuration file {}", .0.display())]
    NoFile(PathBuf),
    /// A key is unknown.
    #[error("unknown key {key:?} in {place}; known are {known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        place: String,
        /// The keys there are.
        known: String,
    },
    /// The file is no TOML, or a value has the wrong type.
    #[error("{place}: {key}: {problem}")]
    Invalid {
        /// The key, if it is known.
        key: String,
        /// Where it stands.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

impl Config {
    /// Layers `overrides` (environment and command line, unset fields left out; those of every verb and
    /// those of one) over the file, and that over the defaults.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(
        file: Option<&Path>,
        overrides: (impl Serialize, impl Serialize),
    ) -> Result<Self, ConfigError> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            return Err(ConfigError::NoFile(file.to_owned()));
        }
        let file = file.unwrap_or(Path::new(DEFAULT_FILE));
        let mut settings = Figment::from(Serialized::defaults(Self::default()));
        if file.exists() {
            settings = settings.merge(Toml::file_exact(file));
        }
        settings
            .merge(Serialized::defaults(overrides.0))
            .merge(Serialized::defaults(overrides.1))
            .extract()
            .map_err(|error| explain(error, file))
    }
}

impl Config {
    /// Whether only this machine can reach the server.
    pub fn listens_on_loopback(&self) -> bool {
        match self.listen.parse::<SocketAddr>() {
            Ok(address) => address.ip().is_loopback(),
            Err(_) => self.listen.rsplit_once(':').is_some_and(|(host, _)| host == "localhost"),
        }
    }

    /// How long deliveries and their attempts are kept.
    pub fn callback_retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.callback_retention_days) * 86_400)
    }
}

fn explain(error: figment::Error, file: &Path) -> ConfigError {
    let in_file = error.metadata.as_ref().is_some_and(|source| source.name.contains("TOML"));
    let place = if in_file { file.display().to_string() } else { "command line".to_owned() };
    match &error.kind {
        figment::error::Kind::UnknownField(key, known) => {
            ConfigError::UnknownKey { key: key.clone(), place, known: known.join(", ") }
        }
        problem => {
            let problem = problem.to_string();
            ConfigError::Invalid { key: error.path.join("."), place, problem }
        }
    }
}

#[cfg(test)]
mod tests;
