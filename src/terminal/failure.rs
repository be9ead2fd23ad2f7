//! How a verb fails: a message for people and an exit code for scripts.

use super::output::say;
use std::{error::Error, process::ExitCode};

/// Refused, or failed while it ran; `verify` found a difference.
const FAILED: u8 = 1;
/// Could not begin. Command line errors end with it too.
const CANNOT_BEGIN: u8 = 2;

/// Why a verb did not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The verb could not begin; nothing was done.
    pub fn cannot_begin(message: impl Into<String>) -> Self {
        Self { code: CANNOT_BEGIN, message: message.into() }
    }

    /// The verb was refused, or broke off.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: FAILED, message: message.into() }
    }

    /// Tells the user, and the exit code to end with.
    pub fn report(self) -> ExitCode {
        say(&format!("purser: {}", self.message));
        ExitCode::from(self.code)
    }
}

/// An error with its causes, on one line; a cause that the text before already told is left out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
