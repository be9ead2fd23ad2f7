//! `purser migrate`.

use crate::{
    config::Config,
    data_dir::DataDir,
    platform::store_target,
    store::{self, StoreTarget},
    terminal::{Failure, chain, print},
};

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let target = store_target(config, &config.data_dir)?;
    if matches!(target, StoreTarget::Sqlite(_)) {
        DataDir::create(&config.data_dir).map_err(|error| {
            Failure::cannot_begin(format!("data folder {}: {error}", config.data_dir.display()))
        })?;
    }
    let cannot = |error| Failure::cannot_begin(format!("store {target}: {}", chain(&error)));
    let before = store::schema_version(&target).await.map_err(cannot)?;
    store::migrate(&target)
        .await
        .map_err(|error| Failure::failed(format!("store {target}: {}", chain(&error))))?;
    let after = store::schema_version(&target).await.map_err(cannot)?;
    print(match (before, after.unwrap_or_default()) {
        (Some(from), to) if from == to => format!("{target} is up to date at version {to}."),
        (Some(from), to) => format!("Brought {target} from version {from} to version {to}."),
        (None, to) => format!("Made {target} at version {to}."),
    })
}
