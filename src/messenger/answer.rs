//! What a receiver's answer means.

use bytes::Bytes;
use purser_actors::ports::AttemptOutcome;
use purser_subjects::Timestamp;
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use std::time::{Duration, UNIX_EPOCH};

/// Outcome of an attempt by status and headers of its answer.
pub(super) fn judge(response: &Response, now: Timestamp) -> AttemptOutcome {
    let status = response.status();
    let http_status = status.as_u16();
    if status.is_success() {
        return AttemptOutcome::Accepted { http_status };
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    AttemptOutcome::Failed {
        http_status: Some(http_status),
        error: describe(status),
        retry_after: retry_after.and_then(|value| parse_retry_after(value, now)),
    }
}

/// Reads the body, so that the receiver can finish and the connection can be used again; closes it when
/// the body is longer than `read_bytes`. The first `kept_bytes` are put into `kept` as they come.
pub(super) async fn read(
    mut response: Response,
    read_bytes: usize,
    kept_bytes: usize,
    kept: &mut Bytes,
) {
    let mut left = read_bytes;
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = kept_bytes.saturating_sub(kept.len()).min(chunk.len());
        if room > 0 {
            *kept = [&kept[..], &chunk[..room]].concat().into();
        }
        match left.checked_sub(chunk.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}

fn describe(status: StatusCode) -> String {
    let code = status.as_u16();
    let name = status.canonical_reason().map(|name| format!(" {name}")).unwrap_or_default();
    let hint = if status.is_redirection() { "; redirects are not followed" } else { "" };
    format!("the receiver answered {code}{name}{hint}")
}

/// Seconds or an HTTP date (RFC 9110, 10.2.3); a date that has passed is no delay.
fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let since_epoch = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(0).plus(since_epoch).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = Timestamp::from_millis(784_111_777_000);
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 5 ", Some(5)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(parse_retry_after(value, now), expected, "{value:?}");
        }
    }

    #[test]
    fn texts_name_the_status() {
        let text = |code| describe(StatusCode::from_u16(code).unwrap());
        assert_eq!(text(500), "the receiver answered 500 Internal Server Error");
        assert_eq!(text(302), "the receiver answered 302 Found; redirects are not followed");
        assert_eq!(text(799), "the receiver answered 799");
    }
}
