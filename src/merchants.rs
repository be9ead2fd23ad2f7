//! Who the merchants are, for whatever needs to know it on every call: log-ins, profiles and secrets.
//!
//! Profiles and log-ins are cached for a moment, so a change of credentials or terms takes up to
//! [`KNOWN_FOR`] to be seen everywhere. Secrets stay sealed in the cache.

use crate::{
    messenger::guard::Sandboxes,
    vault::{Vault, VaultError},
};
use async_trait::async_trait;
use moka::{Expiry, future::Cache};
use purser_actors::{
    AskOptions, Client,
    ports::{Store, StoreError},
};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    merchant::{Credential, Environment, MerchantProfile, ReadProfile},
};
use std::{
    fmt,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// How long a merchant that was found is remembered.
pub const KNOWN_FOR: Duration = Duration::from_secs(5);
/// How long it is remembered that there is no such merchant; short, so that a new one can start at once.
pub const UNKNOWN_FOR: Duration = Duration::from_millis(500);
/// Merchants and log-ins remembered, each.
const CAPACITY: u64 = 20_000;
/// How long a profile is waited for.
const PROFILE_TIMEOUT: Duration = Duration::from_secs(10);
/// Purpose under which credentials are sealed in the vault.
const CREDENTIAL_PURPOSE: &str = "credential";

/// Finds merchants by log-in and by id, and opens their secrets.
pub struct MerchantDirectory {
    client: Client,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    logins: Cache<(Box<str>, Box<str>), Option<MerchantId>>,
    profiles: Cache<MerchantId, Option<Arc<MerchantProfile>>>,
}

/// Why the directory has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The store failed or cannot be reached.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// The merchant's actor refused or could not be reached.
    #[error(transparent)]
    Rejected(#[from] Arc<Rejection>),
}

impl MerchantDirectory {
    /// A directory with empty caches.
    pub fn new(client: Client, store: Arc<dyn Store>, vault: Arc<Vault>) -> Self {
        Self { client, store, vault, logins: cache(), profiles: cache() }
    }

    /// The merchant that logs in with `name` in `scheme`.
    ///
    /// # Errors
    /// [`DirectoryError`]; a name that nobody has is `None`.
    pub async fn by_login(
        &self,
        scheme: &str,
        name: &str,
    ) -> Result<Option<MerchantId>, DirectoryError> {
        let key = (scheme.into(), name.into());
        let find = self.store.merchant_by_credential(scheme, name);
        Ok(self.logins.try_get_with(key, find).await?)
    }

    /// The profile of a merchant.
    ///
    /// # Errors
    /// [`DirectoryError`]; an id that nobody has is `None`.
    pub async fn by_id(
        &self,
        merchant: &MerchantId,
    ) -> Result<Option<Arc<MerchantProfile>>, DirectoryError> {
        let read = async {
            let options = AskOptions { timeout: PROFILE_TIMEOUT, ..AskOptions::default() };
            match self.client.ask(merchant.entity_id(), ReadProfile {}, options).await {
                Ok(profile) => Ok(Some(Arc::new(profile))),
                Err(rejection) if rejection.code == ErrorCode::NotFound => Ok(None),
                Err(rejection) => Err(rejection),
            }
        };
        Ok(self.profiles.try_get_with(merchant.clone(), read).await?)
    }

    /// Opens the secret of a credential.
    ///
    /// # Errors
    /// [`VaultError`] when it was sealed under another key or for another log-in.
    pub fn secret(&self, credential: &Credential) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let context = format!("{}:{}", credential.scheme, credential.name);
        self.vault.open(CREDENTIAL_PURPOSE, &context, &credential.secret)
    }
}

#[async_trait]
impl Sandboxes for MerchantDirectory {
    async fn is_sandbox(&self, merchant: &MerchantId) -> Result<bool, String> {
        let profile = self.by_id(merchant).await.map_err(|error| error.to_string())?;
        Ok(profile.is_some_and(|profile| profile.environment == Environment::Sandbox))
    }
}

impl fmt::Debug for MerchantDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MerchantDirectory")
    }
}

/// Remembers what was found longer than what was not.
struct Found;

impl<K, V> Expiry<K, Option<V>> for Found {
    fn expire_after_create(&self, _: &K, value: &Option<V>, _: Instant) -> Option<Duration> {
        Some(if value.is_some() { KNOWN_FOR } else { UNKNOWN_FOR })
    }
}

fn cache<K, V>() -> Cache<K, Option<V>>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(CAPACITY).expire_after(Found).build()
}
