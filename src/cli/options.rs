//! Options of every verb.

use super::{
    nats_options::{NatsOptions, StreamOptions},
    smtp_options::SmtpOptions,
};
use crate::{
    config::{Config, SecretUrl, connector_keys},
    terminal::Failure,
};
use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};
use ipnet::IpNet;
use serde::{Serialize, Serializer};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

/// Where they stand in `--help`.
const COMMON: &str = "Options of every verb";

/// Options of every verb. Unset ones leave the setting to purser.toml and the defaults.
#[derive(Clone, Debug, Args, Serialize)]
#[command(next_help_heading = COMMON)]
pub struct Options {
    /// Configuration file [default: ./purser.toml if it is there]
    #[arg(long, global = true, value_name = "FILE", value_parser = path(), env = "PURSER_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Folder of this node's files [default: ./purser-data]
    #[arg(long, global = true, value_name = "DIR", value_parser = path(), env = "PURSER_DATA_DIR")]
    #[serde(skip_serializing_if = "no_path")]
    data_dir: Option<PathBuf>,
    /// PostgreSQL 15+; without it SQLite in the data folder
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "PURSER_DATABASE_URL",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "no_url")]
    database_url: Option<SecretUrl>,
    /// NATS servers, comma-separated; without them messages stay within the process
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "PURSER_NATS_URL",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "no_url")]
    nats_url: Option<SecretUrl>,
    #[command(flatten)]
    nats: NatsOptions,
    /// Log filter, such as "debug" or "info,purser=trace" [default: info for serve, else warn]
    #[arg(long, global = true, value_name = "FILTER", env = "PURSER_LOG")]
    #[serde(skip_serializing_if = "no_text")]
    log: Option<String>,
    /// How log lines look, human or json [default: human]
    #[arg(long, global = true, value_name = "FORMAT", env = "PURSER_LOG_FORMAT")]
    #[serde(skip_serializing_if = "no_text")]
    log_format: Option<String>,
}

/// Options of `serve` alone.
#[derive(Clone, Debug, Default, Args, Serialize)]
pub struct ServeOptions {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "PURSER_LISTEN")]
    #[serde(skip_serializing_if = "no_text")]
    listen: Option<String>,
    /// What this node does: any of ingress, actors, callbacks [default: all of them]
    #[arg(long, value_name = "ROLES", env = "PURSER_ROLES")]
    #[serde(skip_serializing_if = "no_text")]
    roles: Option<String>,
    /// What operators call this node [default: the name of the machine]
    #[arg(long, value_name = "NAME", env = "PURSER_NODE_NAME")]
    #[serde(skip_serializing_if = "no_text")]
    node_name: Option<String>,
    /// Address range that notifications may go to although it is not public, such as 10.1.0.0/16; may be
    /// repeated, or several with commas
    #[arg(
        long,
        value_name = "CIDR",
        env = "PURSER_CALLBACK_ALLOW",
        value_delimiter = ',',
        value_parser = range
    )]
    #[serde(skip_serializing_if = "no_ranges", serialize_with = "ranges")]
    callback_allow: Vec<Range>,
    /// Days that notifications and their attempts are kept [default: 30]
    #[arg(long, value_name = "DAYS", env = "PURSER_CALLBACK_RETENTION_DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_retention_days: Option<u16>,
    #[command(flatten)]
    smtp: SmtpOptions,
    #[command(flatten)]
    nats: StreamOptions,
}

/// A range, or nothing where an empty text stands.
#[derive(Clone, Debug)]
struct Range(Option<IpNet>);

/// An address alone is a range of one.
fn range(text: &str) -> Result<Range, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Range(None));
    }
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    range.map(|range| Range(Some(range))).map_err(|_| "no address range such as 10.1.0.0/16".into())
}

impl Options {
    /// The settings in force, with those of the verb itself.
    ///
    /// # Errors
    /// When the configuration file cannot be used.
    pub fn load(&self, serve: &ServeOptions) -> Result<Config, Failure> {
        let file = self.config.as_deref().filter(|path| !is_empty(path));
        let config = Config::load(file, (self, serve));
        let mut config = config.map_err(|error| Failure::cannot_begin(error.to_string()))?;
        let keys = connector_keys(std::env::vars_os()).map_err(Failure::cannot_begin)?;
        config.connectors.extend(keys);
        Ok(config)
    }
}

/// Takes an empty one too, which counts as not set; the parser of clap does not.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

pub(super) fn no_path(path: &Option<PathBuf>) -> bool {
    path.as_deref().is_none_or(is_empty)
}

pub(super) fn no_url(url: &Option<SecretUrl>) -> bool {
    url.as_ref().is_none_or(SecretUrl::is_empty)
}

fn no_ranges(ranges: &[Range]) -> bool {
    ranges.iter().all(|range| range.0.is_none())
}

fn ranges<S: Serializer>(ranges: &[Range], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ranges.iter().filter_map(|range| range.0))
}

pub(super) fn no_text(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::{CommandFactory, Parser};
    use std::path::Path;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_after_the_verb_and_empty_ones_count_as_unset() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = file.path().to_str().unwrap();
        let options = ["--data-dir", "/x", "--nats-url", "", "--listen", "", "--config", file];
        let line = ["purser", "serve"].into_iter().chain(options);
        let config = Cli::try_parse_from(line).unwrap().config().unwrap();
        assert_eq!(config.data_dir, Path::new("/x"));
        assert_eq!(config.nats_url, None);
        assert_eq!(config.listen, "127.0.0.1:8080");
    }
}
