//! What only SQLite can do wrong.

use super::fixture::Fixture;
use purser::store::{self, StoreTarget};

#[tokio::test]
async fn an_audit_of_a_missing_file_is_an_error_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    assert!(store::audit(&StoreTarget::Sqlite(path.clone())).await.is_err());
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    std::fs::write(&path, [b'x'; 8_192]).unwrap();
    assert!(store::open(&StoreTarget::Sqlite(path)).await.is_err());
}

#[tokio::test]
async fn the_file_and_its_log_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::sqlite().await;
    let StoreTarget::Sqlite(path) = fixture.target() else { panic!("a SQLite fixture has a file") };
    for suffix in ["", "-wal"] {
        let file = format!("{}{suffix}", path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}
