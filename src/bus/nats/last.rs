//! Ends a subscription without losing a message.
//!
//! The client forgets a subscription as soon as it has told the server, so what the server sends until
//! it hears of that is lost, and its askers wait in vain; draining with the client has the same gap. But
//! server and client also end a subscription by themselves after a number of messages, at the same
//! message both. So a number is agreed that has not been reached yet, and markers are sent to the
//! subscription itself until it is. Whoever asks later finds nobody, and is told so.

use async_nats::{Client, HeaderMap, Message, Subscriber};
use bytes::Bytes;
use purser_subjects::headers;
use std::{sync::atomic::Ordering, time::Duration};

/// Longest time that the end may take. When markers go astray, to another member of the group or with
/// the connection, the rest is given up.
pub(super) const LIMIT: Duration = Duration::from_secs(2);

/// More messages than are on their way to one subscription at any time.
const MARKERS: u64 = 256;

/// Value of the header [`headers::STATUS`] on a marker.
const MARKER: &str = "last";

/// Which connection it is; the server counts messages anew on each.
pub(super) fn connection(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}

/// Lets `source`, of which `arrived` messages have come, end after those on their way. False when that
/// could not even be begun.
pub(super) async fn end(
    client: &Client,
    source: &mut Subscriber,
    arrived: u64,
    pattern: &str,
) -> bool {
    if source.unsubscribe_after(arrived + MARKERS).await.is_err() {
        return false;
    }
    let subject = one_of(pattern);
    let mut headers = HeaderMap::new();
    headers.insert(headers::STATUS, MARKER);
    for _ in 0..MARKERS {
        let sent = client.publish_with_headers(subject.clone(), headers.clone(), Bytes::new());
        if sent.await.is_err() {
            return false;
        }
    }
    true
}

/// Whether the message is a marker, of whatever node.
pub(super) fn is_marker(message: &Message) -> bool {
    let status = message.headers.as_ref().and_then(|headers| headers.get(headers::STATUS));
    status.is_some_and(|status| status.as_str() == MARKER)
}

/// A subject that matches `pattern`.
fn one_of(pattern: &str) -> String {
    let tokens =
        pattern.split('.').map(|token| if matches!(token, "*" | ">") { "0" } else { token });
    tokens.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_has_a_subject_of_the_pattern() {
        for (pattern, subject) in [
            ("purser.ask.account.7.>", "purser.ask.account.7.0"),
            ("purser.connector.*.payout", "purser.connector.0.payout"),
            ("purser.node.changed", "purser.node.changed"),
        ] {
            assert_eq!(one_of(pattern), subject);
        }
    }
}
