//! `purser merchant api-key`.

use super::{json, refused};
use crate::{
    admin::{AdminAccess, ApiKeySummary, CreatedApiKey, NewApiKey},
    cli::table::{self, Table},
    terminal::Failure,
};
use clap::Subcommand;
use purser_subjects::{EntityId, MerchantId};

/// Make, list and revoke keys for Purser's own interface. Only digests of keys are stored.
#[derive(Debug, Subcommand)]
pub enum ApiKeyVerb {
    /// Make a key and show it, once
    Create {
        /// The merchant's id
        merchant: MerchantId,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the valid keys by name, without the keys themselves
    List {
        /// The merchant's id
        merchant: MerchantId,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End a key at once
    Revoke {
        /// The merchant's id
        merchant: MerchantId,
        /// Name of the key, as `list` shows it
        key: EntityId,
    },
}

pub(super) async fn act(verb: ApiKeyVerb, admin: &AdminAccess) -> Result<String, Failure> {
    match verb {
        ApiKeyVerb::Create { merchant, label, json: as_json } => {
            let new = NewApiKey { label };
            let created = admin.create_api_key(&merchant, &new).await.map_err(refused)?;
            if as_json { json(&created) } else { Ok(shown(&created)) }
        }
        ApiKeyVerb::List { merchant, json: as_json } => {
            let keys = admin.api_keys(&merchant).await.map_err(refused)?;
            if as_json { json(&keys) } else { Ok(rows(&keys)) }
        }
        ApiKeyVerb::Revoke { merchant, key } => {
            let gone = admin.revoke_api_key(&merchant, &key).await.map_err(refused)?;
            Ok(format!("Revoked the key {}, which ended in {}.", gone.name, gone.hint))
        }
    }
}

fn shown(created: &CreatedApiKey) -> String {
    format!("{}\n\nIts name is {}. It is not shown again.", created.key, created.summary.name)
}

fn rows(keys: &[ApiKeySummary]) -> String {
    let mut table = Table::new(["NAME", "ENDS IN", "MADE", "LABEL"]);
    for key in keys {
        table.row([&key.name, &key.hint, &table::time(key.created_at), &key.label]);
    }
    table.text()
}
