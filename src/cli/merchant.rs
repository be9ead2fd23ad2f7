//! `purser merchant`.

mod api_key;
mod render;
mod snap;
mod terms;

pub use api_key::ApiKeyVerb;

use crate::{
    admin::{AdminAccess, MerchantSummary, NewMerchant, SnapChange},
    config::Config,
    terminal::{Failure, print},
};
use clap::{Subcommand, ValueEnum};
use purser_subjects::{MerchantId, Rejection, merchant::Environment};
use serde::Serialize;
use snap::SnapOptions;
use terms::TermsOptions;

const CREATE_EXAMPLES: &str = "\
Examples:
  purser merchant create --name 'Corner shop'
  purser merchant create --name Air --fee-percent 2.9 --fee-fixed 0.30EUR --fee-fixed 30JPY \\
      --settlement-days 2 --settlement-hour 6 --reserve-percent 10 --reserve-days 180 --json
  purser merchant create --name Air --environment live --acquirer nats:bank
";

/// Create and manage merchants. Works with a running server and without one.
#[derive(Debug, Subcommand)]
pub enum MerchantVerb {
    /// Create a merchant and show its credentials
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// Name for people, 1 to 100 characters
        #[arg(long)]
        name: String,
        /// Play money or real money; cannot be changed later
        #[arg(long, value_enum, default_value = "sandbox")]
        environment: EnvironmentName,
        /// Its terms.
        #[command(flatten)]
        terms: TermsOptions,
        /// Print one JSON document of the shape of sandbox.json
        #[arg(long)]
        json: bool,
    },
    /// List merchants with status and terms
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Stop new payments of a merchant; running ones go on
    Suspend {
        /// Its id
        merchant: MerchantId,
    },
    /// End a suspension
    Reinstate {
        /// Its id
        merchant: MerchantId,
    },
    /// Change fees, settlement and refund rules; what is not named stays
    ///
    /// Payments begun before keep the terms they began with.
    SetTerms {
        /// Its id
        merchant: MerchantId,
        /// The new terms.
        #[command(flatten)]
        terms: TermsOptions,
    },
    /// Change a merchant's SNAP client; what is not named stays
    SetSnap {
        /// Its id
        merchant: MerchantId,
        /// The changes.
        #[command(flatten)]
        snap: SnapOptions,
    },
    /// Make, list and revoke keys for Purser's own interface (/v1)
    #[command(subcommand)]
    ApiKey(ApiKeyVerb),
}

/// The environments as they are typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EnvironmentName {
    /// Play money; reaches only the sandbox acquirer
    Sandbox,
    /// Real money
    Live,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Self {
        match name {
            EnvironmentName::Sandbox => Self::Sandbox,
            EnvironmentName::Live => Self::Live,
        }
    }
}

pub(super) async fn run(verb: MerchantVerb, config: &Config) -> Result<(), Failure> {
    if let MerchantVerb::SetTerms { terms, .. } = &verb
        && terms.change()?.is_empty()
    {
        return Err(Failure::cannot_begin("name at least one term to change; see --help"));
    }
    if let MerchantVerb::SetSnap { snap, .. } = &verb
        && snap.change()? == SnapChange::default()
    {
        return Err(Failure::cannot_begin("name at least one thing to change; see --help"));
    }
    let admin = AdminAccess::open(config).await?;
    let outcome = act(verb, &admin).await;
    admin.close().await;
    outcome.and_then(print)
}

async fn act(verb: MerchantVerb, admin: &AdminAccess) -> Result<String, Failure> {
    let changed = |summary: MerchantSummary| render::table(&[summary]);
    match verb {
        MerchantVerb::Create { name, environment, terms, json: as_json } => {
            let new = NewMerchant { name, environment: environment.into(), terms: terms.change()? };
            let created = admin.create(&new).await.map_err(refused)?;
            if as_json { json(&created) } else { Ok(render::created(&new, &created)) }
        }
        MerchantVerb::List { json: as_json } => {
            let merchants = all(admin).await.map_err(refused)?;
            if as_json { json(&merchants) } else { Ok(render::table(&merchants)) }
        }
        MerchantVerb::Suspend { merchant } => {
            admin.suspend(&merchant).await.map(changed).map_err(refused)
        }
        MerchantVerb::Reinstate { merchant } => {
            admin.reinstate(&merchant).await.map(changed).map_err(refused)
        }
        MerchantVerb::SetTerms { merchant, terms } => {
            admin.set_terms(&merchant, &terms.change()?).await.map(changed).map_err(refused)
        }
        MerchantVerb::SetSnap { merchant, snap } => {
            let change = snap.change()?;
            let summary = admin.change_snap_client(&merchant, &change).await.map_err(refused)?;
            Ok(snap::changed(&summary))
        }
        MerchantVerb::ApiKey(verb) => api_key::act(verb, admin).await,
    }
}

async fn all(admin: &AdminAccess) -> Result<Vec<MerchantSummary>, Rejection> {
    let mut merchants = Vec::new();
    let mut after = None;
    loop {
        let page = admin.list(after.as_ref()).await?;
        merchants.extend(page.merchants);
        after = page.next;
        if after.is_none() {
            return Ok(merchants);
        }
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))
}

pub(super) fn refused(rejection: Rejection) -> Failure {
    Failure::failed(rejection.to_string())
}
