//! Times on the wire: RFC 3339 in UTC, with milliseconds.

use purser_subjects::Timestamp;
use time::{
    OffsetDateTime, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// What is told when a time cannot be read.
pub const RULE: &str = "A time is written like 2026-01-05T10:00:00Z.";

/// A time as it is written.
pub fn text(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(FORMAT).ok())
        .unwrap_or_default()
}

/// A time as it was written, cut to milliseconds.
pub fn read(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(UtcOffset::UTC);
    let ms = at.unix_timestamp_nanos().div_euclid(1_000_000);
    i64::try_from(ms).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_read_in_any_zone() {
        let at = Timestamp::from_millis(1_767_607_200_007);
        assert_eq!(text(at), "2026-01-05T10:00:00.007Z");
        assert_eq!(read("2026-01-05T12:00:00.007+02:00"), Some(at));
        assert_eq!(read(&text(at)), Some(at));
        for bad in ["", "2026-01-05", "1767607200", "2026-01-05T10:00:00"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
