//! `purser merchant set-snap`.

use crate::{
    admin::{SnapChange, SnapSummary},
    terminal::Failure,
};
use clap::{Args, ValueEnum};
use std::{fs, path::PathBuf};

/// Changes to a SNAP client.
#[derive(Debug, Args)]
pub struct SnapOptions {
    /// File with its public RSA key in PEM, of 2,048 bits at least
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Which path it signs
    #[arg(long, value_enum)]
    path: Option<PathName>,
    /// Where it is told of bindings and payments; empty: nowhere
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// End its access tokens
    #[arg(long)]
    revoke_tokens: bool,
}

/// Path profiles as they are typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PathName {
    /// The path alone
    WithoutQuery,
    /// The path with ? and the query as it is sent
    WithQuery,
}

impl SnapOptions {
    /// What is to change.
    ///
    /// # Errors
    /// [`Failure`] when the key's file cannot be read.
    pub(super) fn change(&self) -> Result<SnapChange, Failure> {
        let read = |file: &PathBuf| {
            let unreadable = |error| Failure::cannot_begin(format!("{}: {error}", file.display()));
            fs::read_to_string(file).map_err(unreadable)
        };
        let path = self.path.map(|path| match path {
            PathName::WithoutQuery => "without_query",
            PathName::WithQuery => "with_query",
        });
        Ok(SnapChange {
            public_key_pem: self.public_key.as_ref().map(read).transpose()?,
            path: path.map(str::to_owned),
            notify_url: self.notify_url.clone(),
            revoke_tokens: self.revoke_tokens,
        })
    }
}

/// The client for people.
pub(super) fn changed(summary: &SnapSummary) -> String {
    format!(
        "clientKey {}, partnerId {}, merchantId {}, channelId {}, signs {}, is told at {}; \
         {} access tokens ended",
        summary.client_key,
        summary.partner_id,
        summary.merchant_id,
        summary.channel_id,
        summary.path,
        summary.notify_url.as_deref().unwrap_or("no URL"),
        summary.revoked_tokens,
    )
}
