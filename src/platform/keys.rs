//! The master key: where it comes from, and whether it is the one that the store was made with.

use crate::{
    data_dir::DataDir,
    terminal::{Failure, chain, say},
    vault::{Created, MasterKey, Vault},
};
use purser_actors::ports::{Store, StoreError};
use std::{env, fmt, path::PathBuf};
use subtle::ConstantTimeEq;

/// Never an option: command lines are visible to every user of the machine.
const VARIABLE: &str = "PURSER_MASTER_KEY";
/// Setting of the store that tells which master key it was made with.
const CHECK_SETTING: &str = "master_key_check";

/// Where a master key came from.
enum Source {
    Variable,
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable => write!(f, "the environment variable {VARIABLE}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// The vault under the operator's key, which is made only where the store has no other yet.
pub(super) async fn open_vault(store: &dyn Store, dir: &DataDir) -> Result<Vault, Failure> {
    let path = dir.master_key();
    let from_variable = env::var(VARIABLE).ok().filter(|key| !key.is_empty());
    let is_new = store.setting(CHECK_SETTING).await.map_err(unreadable)?.is_none();
    let (key, source) = match from_variable {
        Some(hex) => {
            let key = MasterKey::from_hex(&hex)
                .map_err(|error| Failure::cannot_begin(format!("{VARIABLE}: {error}")))?;
            (key, Source::Variable)
        }
        None if !is_new && !path.exists() => {
            return Err(Failure::cannot_begin(format!(
                "the master key of this store is missing: put it back as {}, or set {VARIABLE} to it",
                path.display()
            )));
        }
        None => {
            let (key, created) = MasterKey::load_or_create(&path)
                .map_err(|error| Failure::cannot_begin(chain(&error)))?;
            if created == Created::Yes {
                say(&format!(
                    "Made the master key {}. Back it up now, apart from the database: without it \
                     stored cards and secrets are lost.",
                    path.display()
                ));
            }
            (key, Source::File(path))
        }
    };
    let vault = Vault::new(key);
    check(store, &vault, &source).await?;
    Ok(vault)
}

async fn check(store: &dyn Store, vault: &Vault, source: &Source) -> Result<(), Failure> {
    let ours = vault.check_value();
    let stored = store.init_setting(CHECK_SETTING, &ours).await.map_err(unreadable)?;
    if bool::from(stored.ct_eq(&ours)) {
        return Ok(());
    }
    Err(Failure::cannot_begin(format!(
        "the master key from {source} is not the one that this store was made with; start with the \
         right key in {VARIABLE} or in the file master.key of the data folder (the variable wins)"
    )))
}

fn unreadable(error: StoreError) -> Failure {
    Failure::cannot_begin(format!("the master key cannot be checked: {}", chain(&error)))
}
