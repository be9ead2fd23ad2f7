//! `X-TIMESTAMP` in all spellings that are in use, and the window in which it must lie.

use purser_subjects::Timestamp;
use std::time::Duration;
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// Seconds that Jakarta (WIB) is ahead of UTC; SNAP's days are its days.
const JAKARTA_S: i32 = 7 * 3600;

/// Reads `yyyy-MM-ddTHH:mm:ss`, then nothing or a point and 1 to 9 digits, then `Z`, `±hh`, `±hhmm` or
/// `±hh:mm`. A time without an offset is none: it could be meant anywhere.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (head, rest) = text.split_at_checked(19)?;
    let shape = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    if !head.bytes().enumerate().all(shape) {
        return None;
    }
    let number = |from: usize, to: usize| head[from..to].parse::<u16>().ok();
    let small = |from: usize, to: usize| u8::try_from(number(from, to)?).ok();
    let month = Month::try_from(small(5, 7)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(0, 4)?), month, small(8, 10)?).ok()?;
    let (nanos, offset) = fraction(rest)?;
    let time = Time::from_hms_nano(small(11, 13)?, small(14, 16)?, small(17, 19)?, nanos).ok()?;
    let at = PrimitiveDateTime::new(date, time).assume_offset(parse_offset(offset)?);
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Timestamp::from_millis)
}

fn fraction(rest: &str) -> Option<(u32, &str)> {
    let Some(rest) = rest.strip_prefix('.') else { return Some((0, rest)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, offset) = rest.split_at(digits);
    let nanos = (1..=9).contains(&digits.len()).then(|| format!("{digits:0<9}"))?;
    Some((nanos.parse().ok()?, offset))
}

fn parse_offset(text: &str) -> Option<UtcOffset> {
    if text == "Z" {
        return Some(UtcOffset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = match digits.as_bytes() {
        [_, _] => format!("{digits}00"),
        [_, _, b':', _, _] => digits.replace(':', ""),
        [_, _, _, _] => digits.to_owned(),
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i8>().ok()?, digits[2..].parse::<i8>().ok()?);
    // Offsets that are in use end at +14:00; the library's own bound is wider.
    let fits = hours <= 14 && minutes < 60;
    fits.then(|| UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok())?
}

/// Whether `at` is no further from `now` than `window`, before or after.
pub(crate) fn is_within(at: Timestamp, now: Timestamp, window: Duration) -> bool {
    at.as_millis().abs_diff(now.as_millis())
        <= u64::try_from(window.as_millis()).unwrap_or(u64::MAX)
}

/// The time in Jakarta as SNAP writes it, `2024-01-01T07:00:00+07:00`.
pub(crate) fn write(at: Timestamp) -> String {
    let local = local(at);
    let (date, time) = (local.date(), local.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+07:00",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The day in Jakarta, `20240101`.
pub(crate) fn day(at: Timestamp) -> String {
    let date = local(at).date();
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

fn local(at: Timestamp) -> time::OffsetDateTime {
    let offset = UtcOffset::from_whole_seconds(JAKARTA_S).unwrap_or(UtcOffset::UTC);
    time::OffsetDateTime::from_unix_timestamp(at.as_millis().div_euclid(1000))
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
        .to_offset(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2024-01-01T00:00:00Z
    const NEW_YEAR: i64 = 1_704_067_200_000;

    #[test]
    fn every_spelling_in_use_is_read() {
        for (text, length) in [
            ("2024-01-01T00:00:00Z", 20),
            ("2024-01-01T07:00:00+07:00", 25),
            ("2024-01-01T00:00:00.000Z", 24),
            ("2024-01-01T07:00:00.000+07", 26),
            ("2024-01-01T00:00:00.000000Z", 27),
            ("2024-01-01T07:00:00.000+0700", 28),
            ("2024-01-01T07:00:00.000+07:00", 29),
            ("2024-01-01T07:00:00+0700", 24),
            ("2024-01-01T07:00:00+07", 22),
            ("2023-12-31T20:30:00-03:30", 25),
        ] {
            assert_eq!(text.len(), length, "{text}");
            assert_eq!(parse(text), Some(Timestamp::from_millis(NEW_YEAR)), "{text}");
        }
        assert_eq!(
            parse("2024-01-01T00:00:00.123456789Z"),
            Some(Timestamp::from_millis(NEW_YEAR + 123))
        );
    }

    #[test]
    fn what_is_no_time_with_an_offset_is_refused() {
        for text in [
            "",
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-13-01T00:00:00Z",
            "2024-02-30T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00+7",
            "2024-01-01T00:00:00+07:0",
            "2024-01-01T00:00:00+15:00",
            "2024-01-01T00:00:00+07:60",
            "2024-01-01T00:00:00 07:00",
            "20240101T000000+0700+0700",
            "1704067200000",
            "２024-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_window_counts_both_ways() {
        let now = Timestamp::from_millis(NEW_YEAR);
        let window = Duration::from_secs(300);
        for (millis, within) in
            [(0, true), (300_000, true), (-300_000, true), (300_001, false), (-300_001, false)]
        {
            assert_eq!(is_within(Timestamp::from_millis(NEW_YEAR + millis), now, window), within);
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_jakarta() {
        let before = Timestamp::from_millis(NEW_YEAR - 7 * 3_600_000 - 1);
        assert_eq!(day(before), "20231231");
        let midnight = Timestamp::from_millis(NEW_YEAR - 7 * 3_600_000);
        assert_eq!(day(midnight), "20240101");
        assert_eq!(write(midnight), "2024-01-01T00:00:00+07:00");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0i64..4_000_000_000) {
            let at = Timestamp::from_millis(seconds * 1000);
            prop_assert_eq!(parse(&write(at)), Some(at));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
