//! The platform's RSA key, by which merchants know its notifications. It is made once, when it is first
//! needed, and stands sealed under the master key among the settings, where all nodes find it.

use crate::vault::{Vault, VaultError};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use purser_actors::ports::{Store, StoreError};
use purser_subjects::Sealed;
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// Setting of the store that holds it.
const SETTING: &str = "snap_signing_key";
/// Purpose under which it is sealed.
const PURPOSE: &str = "snap-signing-key";
/// Characters of a line of PEM (RFC 7468, 2).
const PEM_LINE: usize = 64;

/// The key, once it is needed.
pub struct SnapKey {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    private: OnceCell<Arc<Zeroizing<Vec<u8>>>>,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SnapKeyError {
    /// The store failed or cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It could not be made, or is none.
    #[error("the RSA key cannot be made or read")]
    Key,
}

impl SnapKey {
    /// The key of a store.
    pub fn new(store: Arc<dyn Store>, vault: Arc<Vault>) -> Self {
        Self { store, vault, private: OnceCell::new() }
    }

    /// The private key in PKCS #8 (DER).
    ///
    /// # Errors
    /// [`SnapKeyError`].
    pub async fn private(&self) -> Result<Arc<Zeroizing<Vec<u8>>>, SnapKeyError> {
        self.private.get_or_try_init(|| self.load_or_make()).await.cloned()
    }

    /// The public key in PEM (SubjectPublicKeyInfo).
    ///
    /// # Errors
    /// [`SnapKeyError`].
    pub async fn public_pem(&self) -> Result<String, SnapKeyError> {
        let private = self.private().await?;
        let pair = KeyPair::from_pkcs8(&private).map_err(|_| SnapKeyError::Key)?;
        let der: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| SnapKeyError::Key)?;
        Ok(pem(der.as_ref()))
    }

    async fn load_or_make(&self) -> Result<Arc<Zeroizing<Vec<u8>>>, SnapKeyError> {
        let stored = match self.store.setting(SETTING).await? {
            Some(stored) => stored,
            None => {
                let made =
                    tokio::task::spawn_blocking(make).await.map_err(|_| SnapKeyError::Key)?;
                let sealed = self.vault.seal(PURPOSE, SETTING, &made?);
                // Of several nodes that make one, the first one's counts.
                self.store.init_setting(SETTING, sealed.ciphertext()).await?
            }
        };
        let opened = self.vault.open(PURPOSE, SETTING, &Sealed::from_ciphertext(stored))?;
        Ok(Arc::new(opened))
    }
}

impl fmt::Debug for SnapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapKey")
    }
}

fn make() -> Result<Zeroizing<Vec<u8>>, SnapKeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SnapKeyError::Key)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SnapKeyError::Key)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(PEM_LINE)
        .map(|from| &text[from..text.len().min(from + PEM_LINE)])
        .collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
