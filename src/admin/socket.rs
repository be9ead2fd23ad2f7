//! The control socket of a data folder.

use crate::data_dir::DataDir;
use std::{
    fs::{self, File, Permissions},
    io,
    os::{fd::AsRawFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
};
use tokio::net::{UnixListener, UnixStream};

const NAME: &str = "control.sock";
/// Owner only: whoever may connect may create merchants and read their secrets.
const MODE: u32 = 0o600;
/// `sockaddr_un` holds 108 bytes, the last one zero.
const PATH_LIMIT_BYTES: usize = 107;

/// Why the control socket cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("control socket: {0}")]
pub enum SocketError {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The path is too long for a socket and this system has no way around it.
    #[error("the path {} is too long for a socket; choose a shorter --data-dir", .0.display())]
    PathTooLong(PathBuf),
}

/// Where the control socket of a data folder is.
#[derive(Debug)]
pub struct ControlSocket {
    path: PathBuf,
    // A path through /proc leads over this open folder.
    _folder: Option<File>,
}

impl ControlSocket {
    /// The socket of `dir`. A path that is too long for a socket is replaced by a short one to the same
    /// file, through the open folder.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn of(dir: &DataDir) -> Result<Self, SocketError> {
        let path = dir.path().join(NAME);
        if path.as_os_str().len() <= PATH_LIMIT_BYTES {
            return Ok(Self { path, _folder: None });
        }
        let folder = File::open(dir.path())?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        if !short.is_dir() {
            return Err(SocketError::PathTooLong(path));
        }
        Ok(Self { path: short.join(NAME), _folder: Some(folder) })
    }

    /// The path to connect to, valid as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a server listens.
    ///
    /// # Errors
    /// When that cannot be told.
    pub async fn is_served(&self) -> Result<bool, SocketError> {
        use io::ErrorKind::{ConnectionRefused, NotFound};
        match UnixStream::connect(&self.path).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Listens. A file that an earlier server left is replaced; only the holder of the folder's lock may
    /// call this.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen(&self) -> Result<UnixListener, SocketError> {
        self.remove()?;
        let listener = UnixListener::bind(&self.path)?;
        fs::set_permissions(&self.path, Permissions::from_mode(MODE))?;
        Ok(listener)
    }

    /// Removes the socket's file, if it is there.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self) -> Result<(), SocketError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn listens_and_leaves(dir: &DataDir) {
        let socket = ControlSocket::of(dir).unwrap();
        assert!(!socket.is_served().await.unwrap());
        let listener = socket.listen().unwrap();
        assert!(ControlSocket::of(dir).unwrap().is_served().await.unwrap());
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(listener);
        // Its file is left as after a crash, and does not stand in the way.
        assert!(!socket.is_served().await.unwrap());
        drop(socket.listen().unwrap());
        socket.remove().unwrap();
        assert!(!dir.path().join(NAME).exists());
    }

    #[tokio::test]
    async fn a_socket_left_by_a_crash_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        listens_and_leaves(&DataDir::create(root.path()).unwrap()).await;
    }

    #[tokio::test]
    async fn a_folder_with_a_long_path_has_a_socket_too() {
        let root = tempfile::tempdir().unwrap();
        let long = root.path().join("x".repeat(120));
        listens_and_leaves(&DataDir::create(&long).unwrap()).await;
    }
}
