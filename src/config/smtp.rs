//! How e-mails leave.

use super::SecretUrl;
use serde::{Deserialize, Serialize};

/// The section `[smtp]`. Without a URL e-mails stay in the store, to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// The mail server: `smtps://user:password@host`, or `smtp://user:password@host:587?tls=required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<SecretUrl>,
    /// Whom they are from, such as `Purser <notices@pay.example>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}
