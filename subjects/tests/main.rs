//! Holds the contract to what was promised: messages stored once decode for ever, the documents say
//! what the code does, and programs in other languages read and write the same bytes.

mod documents;
mod golden;
mod python;

use std::path::PathBuf;

/// Set, the tests write what is missing: goldens that are not there yet, and the generated parts of
/// documents. They never change a golden that is there.
const WRITE: &str = "PURSER_WRITE_EXPECTED";

fn may_write() -> bool {
    std::env::var_os(WRITE).is_some_and(|value| value == "1")
}

/// A path of the repository, given from its root.
fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
