//! Options that say how e-mails leave, for `serve`.

use super::options::{no_text, no_url};
use crate::config::SecretUrl;
use clap::Args;
use serde::Serialize;

/// How e-mails leave.
#[derive(Clone, Debug, Default, Args, Serialize)]
pub(super) struct SmtpOptions {
    /// Mail server, such as smtps://user:password@host; better its variable. Without it e-mails wait and
    /// can be seen with `purser mails`
    #[arg(long = "smtp-url", value_name = "URL", env = "PURSER_SMTP_URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "no_url")]
    url: Option<SecretUrl>,
    /// Whom e-mails are from, such as 'Purser <notices@pay.example>'
    #[arg(long = "smtp-from", value_name = "ADDRESS", env = "PURSER_SMTP_FROM")]
    #[serde(skip_serializing_if = "no_text")]
    from: Option<String>,
}
