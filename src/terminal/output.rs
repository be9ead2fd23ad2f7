//! Standard output for results, standard error for everything else.

use super::Failure;
use std::io::{self, Write};

/// Writes a result to standard output.
///
/// # Errors
/// When it cannot be written, for example because the reader of a pipe has gone.
pub fn print(text: impl AsRef<str>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.as_ref().trim_end())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("cannot write the result: {error}")))
}

/// Writes a remark to standard error. That it cannot be written is no reason to fail.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
