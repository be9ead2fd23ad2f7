//! What can be wrong with the master key or with sealed bytes. No message holds a part of either.

use std::{io, path::PathBuf};

/// Why a key was refused or sealed bytes did not open.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not 64 hex digits.
    #[error("a master key is 64 hex digits (32 bytes)")]
    MalformedKey,
    /// The key file could not be read or created.
    #[error("master key file {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The key file can be read by others than its owner.
    #[error(
        "master key file {} is open to other users (mode {mode:03o}); if none of them can have \
         read it, run: chmod 600 {}", path.display(), path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file does not hold a key.
    #[error(
        "master key file {} must hold 64 hex digits and a newline; restore it from a backup, or \
         delete it only if nothing has been stored under it yet", path.display()
    )]
    MalformedFile {
        /// The file.
        path: PathBuf,
    },
    /// Sealed by a newer version of Purser.
    #[error("sealed with the unknown version {0}")]
    UnknownVersion(u8),
    /// Sealed under another master key.
    #[error("sealed under another master key")]
    OtherKey,
    /// Changed since it was sealed, or sealed for another purpose or context.
    #[error("the sealed bytes were changed or belong elsewhere")]
    NotAuthentic,
}
