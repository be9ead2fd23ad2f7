//! The SNAP interface: how long things are valid, and where its pages are.

use serde::{Deserialize, Serialize};

/// The section `[snap]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapConfig {
    /// How far X-TIMESTAMP may be from the platform's time, before or after, in seconds.
    pub timestamp_window_secs: u32,
    /// How long an access token of a merchant's server is valid, in seconds.
    pub access_token_secs: u32,
    /// How long a customer has to bind a card, in seconds.
    pub session_ttl_secs: u32,
    /// How long a customer's token is valid, in seconds.
    pub customer_token_secs: u32,
    /// How long it can be replaced, in seconds.
    pub refresh_token_secs: u32,
    /// Where customers' browsers reach the platform, without a slash at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

impl Default for SnapConfig {
    fn default() -> Self {
        Self {
            timestamp_window_secs: 300,
            access_token_secs: 900,
            session_ttl_secs: 300,
            customer_token_secs: 15 * 86_400,
            refresh_token_secs: 30 * 86_400,
            public_url: None,
        }
    }
}
