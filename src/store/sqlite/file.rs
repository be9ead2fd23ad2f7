//! The file of a database, beside SQLite: for having the system put it on the disk.

use super::Failure;
use std::{
    collections::HashMap,
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Files that are open, by device and inode.
static OPEN: Mutex<Option<HashMap<(u64, u64), &'static File>>> = Mutex::new(None);

/// Opens the file at `path`, once for each file and until the process ends: closing it would take away the locks
/// that SQLite's connections of this process have on it (<https://sqlite.org/howtocorrupt.html>, 2.2).
pub(super) fn open(path: &Path) -> Result<&'static File, Failure> {
    let failed = |source| Failure::File { path: path.display().to_string(), source };
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    let found = fs::metadata(path).map_err(failed)?;
    let name = (found.dev(), found.ino());
    if let Some(file) = open.get(&name) {
        return Ok(file);
    }
    let file: &'static File = Box::leak(Box::new(File::open(path).map_err(failed)?));
    open.insert(name, file);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_once_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other, link] = ["one", "other", "link"].map(|name| folder.path().join(name));
        fs::write(&one, "1").unwrap();
        fs::write(&other, "2").unwrap();
        fs::hard_link(&one, &link).unwrap();
        let first = open(&one).unwrap();
        assert!(std::ptr::eq(first, open(&link).unwrap()));
        assert!(!std::ptr::eq(first, open(&other).unwrap()));
        assert!(matches!(open(&folder.path().join("none")), Err(Failure::File { .. })));
    }
}
