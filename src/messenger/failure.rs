//! Why an attempt got no answer, in words for the merchant. They never hold the URL: its query may
//! carry a secret.

use super::guard::Refused;
use std::{error::Error, io, time::Duration};

/// Longest part of a TLS library's message that is passed on, in characters.
const TLS_TEXT_CHARS: usize = 80;

pub(super) fn describe(error: &reqwest::Error, connect_limit: Duration) -> String {
    if let Some(refused) = refused(error) {
        return refused.to_string();
    }
    if error.is_dns() {
        return "the host name could not be resolved".to_owned();
    }
    if !error.is_connect() {
        return "the connection broke or the answer is not HTTP".to_owned();
    }
    if error.is_timeout() {
        return format!("no connection within {}", seconds(connect_limit));
    }
    let Some(cause) = io_cause(error) else { return "no connection".to_owned() };
    match cause.kind() {
        io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the receiver's network cannot be reached".to_owned()
        }
        // So the TLS library wraps its own errors.
        io::ErrorKind::InvalidData => {
            let text = cause.to_string();
            let short: String = text.chars().take(TLS_TEXT_CHARS).collect();
            format!("the TLS handshake failed: {short}")
        }
        _ => "the connection was closed".to_owned(),
    }
}

/// A duration for people: whole seconds, or milliseconds below one.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

/// The guard's own words, if it refused an address.
fn refused(error: &reqwest::Error) -> Option<&Refused> {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        source = error.source();
    }
    None
}

fn io_cause(error: &reqwest::Error) -> Option<&io::Error> {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = source {
        if let Some(cause) = error.downcast_ref() {
            return Some(innermost(cause));
        }
        source = error.source();
    }
    None
}

/// An I/O error that only wraps another one hides it from `source`.
fn innermost(error: &io::Error) -> &io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    inner.map_or(error, innermost)
}
