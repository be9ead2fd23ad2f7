//! The stored bytes, as hex text so that a difference can be seen in a review.

use super::Case;
use crate::{WRITE, may_write, repository};
use std::{fmt::Write, fs, path::PathBuf, sync::Mutex};

const BYTES_PER_LINE: usize = 32;

/// Tests run at once; none may read what another one is writing.
static WRITING: Mutex<()> = Mutex::new(());

pub(crate) fn folder() -> PathBuf {
    repository("subjects/tests/golden")
}

/// Names of the stored messages.
pub(super) fn stored() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".hex")).collect()
}

/// The stored bytes of a message that must be there.
fn read(file: &str) -> Vec<u8> {
    let path = folder().join(file);
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{} is missing; add it with {WRITE}=1", path.display()));
    from_hex(&text)
}

/// The stored bytes; a missing file is written first if that was asked for.
pub(super) fn read_or_write(case: &Case) -> Vec<u8> {
    let path = folder().join(case.file());
    if may_write() {
        let _guard = WRITING.lock();
        if !path.exists() {
            fs::write(&path, to_hex(case.encoded())).unwrap();
        }
    }
    read(&case.file())
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.chunks(BYTES_PER_LINE).fold(String::new(), |mut text, line| {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text + "\n"
    })
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
