//! Options that say how NATS is reached and what it keeps.

use super::options::{no_path, no_text, path};
use crate::config::SecretText;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Where they stand in `--help`.
const HEADING: &str = "Options of NATS";

/// How NATS is reached, for every verb.
#[derive(Clone, Debug, Default, Args, Serialize)]
#[command(next_help_heading = HEADING)]
pub(super) struct NatsOptions {
    /// User; better in the URL or, with the password, in the environment
    #[arg(long = "nats-user", global = true, value_name = "NAME", env = "PURSER_NATS_USER")]
    #[serde(skip_serializing_if = "no_text")]
    user: Option<String>,
    /// Password; command lines are visible to others, so better its variable
    #[arg(
        long = "nats-password",
        global = true,
        value_name = "TEXT",
        env = "PURSER_NATS_PASSWORD",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "no_secret")]
    password: Option<SecretText>,
    /// Token in place of user and password; better its variable
    #[arg(
        long = "nats-token",
        global = true,
        value_name = "TEXT",
        env = "PURSER_NATS_TOKEN",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "no_secret")]
    token: Option<SecretText>,
    /// File with a JWT and its key, as nsc makes it
    #[arg(
        long = "nats-credentials",
        global = true,
        value_name = "FILE",
        value_parser = path(),
        env = "PURSER_NATS_CREDENTIALS"
    )]
    #[serde(skip_serializing_if = "no_path")]
    credentials: Option<PathBuf>,
    /// PEM file of the authority that signed the servers' certificates [default: the system's]
    #[arg(
        long = "nats-tls-ca",
        global = true,
        value_name = "FILE",
        value_parser = path(),
        env = "PURSER_NATS_TLS_CA"
    )]
    #[serde(skip_serializing_if = "no_path")]
    tls_ca: Option<PathBuf>,
    /// PEM file of the client's certificate
    #[arg(
        long = "nats-tls-cert",
        global = true,
        value_name = "FILE",
        value_parser = path(),
        env = "PURSER_NATS_TLS_CERT"
    )]
    #[serde(skip_serializing_if = "no_path")]
    tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key
    #[arg(
        long = "nats-tls-key",
        global = true,
        value_name = "FILE",
        value_parser = path(),
        env = "PURSER_NATS_TLS_KEY"
    )]
    #[serde(skip_serializing_if = "no_path")]
    tls_key: Option<PathBuf>,
    /// What subjects begin with; the same for all nodes of a deployment [default: purser]
    #[arg(long = "nats-prefix", global = true, value_name = "TEXT", env = "PURSER_NATS_PREFIX")]
    #[serde(skip_serializing_if = "no_text")]
    prefix: Option<String>,
}

/// What JetStream keeps, for `serve`.
#[derive(Clone, Debug, Default, Args, Serialize)]
#[command(next_help_heading = HEADING)]
pub(super) struct StreamOptions {
    /// Whether streams are created and changed; otherwise they must be there [default: true]
    #[arg(long = "nats-manage-streams", value_name = "BOOL", env = "PURSER_NATS_MANAGE_STREAMS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    manage_streams: Option<bool>,
    /// Servers that keep each message: 1, 3 or 5 [default: 1]
    #[arg(long = "nats-replicas", value_name = "COUNT", env = "PURSER_NATS_REPLICAS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u8>,
    /// How long events are kept [default: 7]
    #[arg(long = "nats-events-days", value_name = "DAYS", env = "PURSER_NATS_EVENTS_DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    events_days: Option<u32>,
    /// Events that are kept; past it the oldest go [default: 2048]
    #[arg(long = "nats-events-mib", value_name = "MIB", env = "PURSER_NATS_EVENTS_MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    events_mib: Option<u32>,
    /// Durable commands that may wait; past it new ones are refused [default: 512]
    #[arg(long = "nats-commands-mib", value_name = "MIB", env = "PURSER_NATS_COMMANDS_MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    commands_mib: Option<u32>,
    /// How long buried commands are kept [default: 30]
    #[arg(long = "nats-dead-days", value_name = "DAYS", env = "PURSER_NATS_DEAD_DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_days: Option<u32>,
    /// Buried commands that are kept; past it the oldest go [default: 128]
    #[arg(long = "nats-dead-mib", value_name = "MIB", env = "PURSER_NATS_DEAD_MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_mib: Option<u32>,
    /// Durable commands that all nodes together may be at work on [default: 4096]
    #[arg(
        long = "nats-commands-at-work",
        value_name = "COUNT",
        env = "PURSER_NATS_COMMANDS_AT_WORK"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    commands_at_work: Option<u32>,
}

fn no_secret(text: &Option<SecretText>) -> bool {
    text.as_ref().is_none_or(SecretText::is_empty)
}
