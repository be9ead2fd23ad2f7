//! The master key and the file that keeps it.

use super::VaultError;
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const HEX_DIGITS: usize = 2 * KEY_BYTES;
/// Enough to tell a key with its newline from a longer file.
const READ_LIMIT_BYTES: u64 = HEX_DIGITS as u64 + 8;

/// 32 secret bytes. Cannot be printed; wiped from memory when dropped.
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

/// Whether the key file was made by this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was there before.
    No,
    /// It is new; the operator should back it up.
    Yes,
}

impl MasterKey {
    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// [`VaultError::MalformedKey`].
    pub fn from_hex(hex: &str) -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        hex::decode_to_slice(hex, &mut *key).map_err(|_| VaultError::MalformedKey)?;
        Ok(Self(key))
    }

    /// Reads the key from the file `path`, or makes a random one there, readable by its owner alone.
    ///
    /// # Errors
    /// [`VaultError`] when the file cannot be used; its message says what to do.
    pub fn load_or_create(path: &Path) -> Result<(Self, Created), VaultError> {
        let failed = |error| VaultError::Io { path: path.to_owned(), error };
        match File::open(path) {
            Ok(file) => {
                let key = Self::read(file, path)?;
                // There only if the process that made the key was killed while it did.
                let _ = fs::remove_file(unfinished(path));
                Ok((key, Created::No))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::generate();
                key.write_new(path).map_err(failed)?;
                Ok((key, Created::Yes))
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    fn generate() -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        aws_lc_rs::rand::fill(&mut *key).expect("the random source of the system works");
        Self(key)
    }

    fn read(file: File, path: &Path) -> Result<Self, VaultError> {
        let failed = |error| VaultError::Io { path: path.to_owned(), error };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::OpenToOthers { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(2 * HEX_DIGITS));
        file.take(READ_LIMIT_BYTES).read_to_end(&mut text).map_err(failed)?;
        let malformed = || VaultError::MalformedFile { path: path.to_owned() };
        let text = std::str::from_utf8(&text).map_err(|_| malformed())?;
        Self::from_hex(text.trim_ascii_end()).map_err(|_| malformed())
    }

    /// Fails when the file exists. It gets its name only when it is written whole, so that a kill leaves
    /// no part of a key where the next start would look for one.
    fn write_new(&self, path: &Path) -> io::Result<()> {
        let new = unfinished(path);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = self.write_and_sync(&new).and_then(|()| fs::hard_link(&new, path));
        let _ = fs::remove_file(&new);
        written?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn write_and_sync(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut text = Zeroizing::new([b'\n'; HEX_DIGITS + 1]);
        hex::encode_to_slice(*self.0, &mut text[..HEX_DIGITS]).map_err(io::Error::other)?;
        file.write_all(&*text)?;
        file.sync_all()
    }
}

/// Where a new key file is written.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let (made, created) = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(created, Created::Yes);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 65);
        assert!(text.ends_with('\n'));
        let (read, created) = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(created, Created::No);
        assert_eq!(made.bytes(), read.bytes());
    }

    #[test]
    fn a_file_open_to_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = MasterKey::load_or_create(&path).unwrap_err();
            assert!(matches!(error, VaultError::OpenToOthers { .. }));
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_malformed_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        let good = "ab".repeat(32);
        for bad in ["", "\n", "ab", &good[1..], &format!("{good}00\n"), &"zz".repeat(32)] {
            fs::write(&path, bad).unwrap();
            let error = MasterKey::load_or_create(&path).unwrap_err();
            assert!(matches!(error, VaultError::MalformedFile { .. }), "{bad:?}");
            assert!(error.to_string().contains("backup"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), bad);
        }
    }

    #[test]
    fn what_a_killed_process_began_to_write_is_no_obstacle_and_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        fs::write(unfinished(&path), "0f0f").unwrap();
        let (made, created) = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(created, Created::Yes);
        assert!(!unfinished(&path).exists());
        fs::hard_link(&path, unfinished(&path)).unwrap();
        let (read, _) = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(made.bytes(), read.bytes());
        assert!(!unfinished(&path).exists());
    }

    #[test]
    fn hex_of_another_length_is_no_key() {
        assert!(MasterKey::from_hex(&"0f".repeat(32)).is_ok());
        for bad in ["", "0f", &"0f".repeat(31), &"0f".repeat(33), &"xy".repeat(32)] {
            assert!(matches!(MasterKey::from_hex(bad), Err(VaultError::MalformedKey)));
        }
    }

    #[test]
    fn debug_output_never_holds_the_key() {
        let key = MasterKey::from_hex(&"0f".repeat(32)).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey");
    }
}
