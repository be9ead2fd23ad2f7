//! The data folder of a node: who may use it, and how files get into it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Owner only; the folder holds keys and ciphertext.
const FOLDER_MODE: u32 = 0o700;
/// Owner only.
const FILE_MODE: u32 = 0o600;
/// Holds the node's id.
const NODE_ID: &str = "node-id";

/// The folder that a node keeps its files in.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

/// Proof that this process alone uses a data folder; ends with the process at the latest.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// Why the folder could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "another purser process uses the data folder {}; stop it, or choose another --data-dir",
        .0.display()
    )]
    Taken(PathBuf),
    /// The lock file cannot be opened.
    #[error("cannot lock the data folder {}: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl DataDir {
    /// The folder at `path`, absolute from here on; made with mode 700 if it is not there.
    ///
    /// # Errors
    /// When it can neither be found nor made.
    pub fn create(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
        Self::existing(path)
    }

    /// The folder at `path`, absolute from here on.
    ///
    /// # Errors
    /// When it is not there.
    pub fn existing(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        if !path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self { path })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with the master key.
    pub fn master_key(&self) -> PathBuf {
        self.path.join("master.key")
    }

    /// The file with the sandbox merchant's credentials.
    pub fn sandbox_file(&self) -> PathBuf {
        self.path.join("sandbox.json")
    }

    /// The id of the node that lives in this folder, made with the first call. A node that is started
    /// again is known by it as the same, and goes on at once with what it had. Only the holder of the
    /// lock may call this.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn node_id(&self) -> io::Result<Uuid> {
        match fs::read_to_string(self.path.join(NODE_ID)) {
            Ok(text) => text.trim().parse().map_err(|error| {
                let path = self.path.join(NODE_ID);
                io::Error::other(format!("{}: {error}", path.display()))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let id = Uuid::now_v7();
                self.write_private(NODE_ID, format!("{id}\n").as_bytes())?;
                Ok(id)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the folder for this process, without waiting.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn lock(&self) -> Result<DataDirLock, LockError> {
        let io_error = |error| LockError::Io { path: self.path.clone(), error };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(FILE_MODE)
            .open(self.path.join("lock"))
            .map_err(io_error)?;
        match file.try_lock() {
            Ok(()) => Ok(DataDirLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(io_error(error)),
        }
    }

    /// Writes a file with mode 600 so that readers see the old one or the new one, never a part, even
    /// across a power cut.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then still there.
    pub fn write_private(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file =
            OpenOptions::new().create_new(true).write(true).mode(FILE_MODE).open(&new)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_folder_is_made_for_its_owner_only() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::create(&root.path().join("a/b")).unwrap();
        assert_eq!(mode(dir.path()), 0o700);
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::create(root.path()).unwrap();
        let first = dir.lock().unwrap();
        assert!(matches!(dir.lock(), Err(LockError::Taken(_))));
        drop(first);
        dir.lock().unwrap();
    }

    #[test]
    fn a_folder_names_its_node_for_good() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::create(root.path()).unwrap();
        let id = dir.node_id().unwrap();
        assert_eq!(dir.node_id().unwrap(), id);
        assert_eq!(mode(&dir.path().join(NODE_ID)), 0o600);
        fs::write(dir.path().join(NODE_ID), "no id").unwrap();
        assert!(dir.node_id().unwrap_err().to_string().contains("node-id"));
    }

    #[test]
    fn a_private_file_is_replaced_whole_and_stays_private() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::create(root.path()).unwrap();
        fs::write(dir.path().join("sandbox.json.new"), "left by a crash").unwrap();
        dir.write_private("sandbox.json", b"long old contents").unwrap();
        dir.write_private("sandbox.json", b"new").unwrap();
        assert_eq!(fs::read(dir.sandbox_file()).unwrap(), b"new");
        assert_eq!(mode(&dir.sandbox_file()), 0o600);
        assert!(!dir.path().join("sandbox.json.new").exists());
    }
}
