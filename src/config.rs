//! What the operator can set: defaults, then purser.toml, then environment, then command line.

mod secret_url;

pub use secret_url::SecretUrl;

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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
    /// NATS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nats_url: Option<SecretUrl>,
    /// Address that `serve` listens on.
    pub listen: String,
    /// Log filter; each verb has its own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// How log lines look.
    pub log_format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "./purser-data".into(),
            database_url: None,
            nats_url: None,
            listen: "127.0.0.1:8080".to_owned(),
            log: None,
            log_format: LogFormat::Human,
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
