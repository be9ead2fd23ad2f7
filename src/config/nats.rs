//! How NATS is reached, and what it keeps.

use super::SecretText;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The section `[nats]`. Its URL is `nats_url`, beside `database_url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatsConfig {
    /// User, with a password; wins over those in the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretText>,
    /// Token, in place of user and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretText>,
    /// File with a JWT and its key, in place of user and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<PathBuf>,
    /// PEM file of the authority that signed the servers' certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_ca: Option<PathBuf>,
    /// PEM file of the client's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// What subjects begin with.
    pub prefix: String,
    /// Whether streams are created and changed; otherwise they must be there.
    pub manage_streams: bool,
    /// Servers that keep each message.
    pub replicas: u8,
    /// How long events are kept, in days.
    pub events_days: u32,
    /// Events that are kept, in MiB.
    pub events_mib: u32,
    /// Durable commands that may wait, in MiB.
    pub commands_mib: u32,
    /// How long buried commands are kept, in days.
    pub dead_days: u32,
    /// Buried commands that are kept, in MiB.
    pub dead_mib: u32,
    /// Durable commands that all nodes together may be at work on.
    pub commands_at_work: u32,
}

impl Default for NatsConfig {
    fn default() -> Self {
        Self {
            user: None,
            password: None,
            token: None,
            credentials: None,
            tls_ca: None,
            tls_cert: None,
            tls_key: None,
            prefix: "purser".to_owned(),
            manage_streams: true,
            replicas: 1,
            events_days: 7,
            events_mib: 2048,
            commands_mib: 512,
            dead_days: 30,
            dead_mib: 128,
            commands_at_work: 4096,
        }
    }
}
