//! One-time codes on their way to the issuer.

use super::CardError;
use crate::vault::Vault;
use purser_subjects::{BindingId, Sealed};
use zeroize::Zeroizing;

/// Purpose under which one-time codes are sealed in the vault.
const PURPOSE: &str = "otp";

/// Encrypts a one-time code for one binding.
pub fn seal_otp(vault: &Vault, binding: &BindingId, otp: &str) -> Sealed {
    vault.seal(PURPOSE, binding.as_str(), otp.as_bytes())
}

/// Decrypts a one-time code that was sealed for `binding`.
///
/// # Errors
/// [`CardError::Vault`] when it does not open, [`CardError::NotACard`] when it is no text.
pub fn open_otp(
    vault: &Vault,
    binding: &BindingId,
    sealed: &Sealed,
) -> Result<Zeroizing<String>, CardError> {
    let bytes = vault.open(PURPOSE, binding.as_str(), sealed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| CardError::NotACard)?;
    Ok(Zeroizing::new(text.to_owned()))
}
