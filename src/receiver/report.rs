//! What is printed of a notification, for people and for programs.

use super::{history::Place, notification::Notification, signature::Signature};
use axum::http::StatusCode;
use purser_subjects::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;

/// A notification and what became of it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) at: Timestamp,
    pub(super) path: String,
    pub(super) notification: Notification,
    pub(super) signature: Signature,
    pub(super) place: Place,
    pub(super) status: StatusCode,
}

impl Report {
    /// Lines for people, with the body if it is given.
    pub(super) fn text(&self, body: Option<&[u8]>) -> String {
        let told = &self.notification;
        let mut text = format!("{} {}", clock(self.at), visible(&self.path));
        if let Some(event) = &told.event {
            let _ = write!(text, "  {}", visible(event));
        }
        if let Some(object) = &told.object {
            let _ = write!(text, "  {}", visible(object));
        }
        if let Some(sequence) = told.sequence {
            let _ = write!(text, " #{sequence}");
        }
        if let Some(attempt) = told.attempt.filter(|attempt| *attempt > 1) {
            let _ = write!(text, "  attempt {attempt}");
        }
        let signature = match self.signature {
            Signature::NotChecked => "signature not checked".to_owned(),
            Signature::Right => "signature right".to_owned(),
            Signature::Wrong(why) => format!("SIGNATURE WRONG: {why}"),
        };
        let _ = write!(text, "  {signature}  -> {}", self.status.as_u16());
        if self.place.duplicate {
            text.push_str("\n  duplicate: it was taken before");
        }
        if self.place.late {
            text.push_str("\n  late: a later one of this object was taken before");
        }
        if !self.place.missing.is_empty() {
            let _ = write!(text, "\n  GAP: missing {}", numbers(&self.place.missing));
        }
        if let Some(body) = body {
            let _ = write!(text, "\n{}", indented(body));
        }
        text
    }

    /// One line of JSON.
    pub(super) fn json(&self, body: &[u8]) -> String {
        let told = &self.notification;
        let (signature, why) = match self.signature {
            Signature::NotChecked => ("not checked", None),
            Signature::Right => ("right", None),
            Signature::Wrong(why) => ("wrong", Some(why)),
        };
        let body = serde_json::from_slice::<Value>(body)
            .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into());
        json!({
            "at": self.at.as_millis(), "path": self.path, "id": told.id, "event": told.event,
            "object": told.object, "sequence": told.sequence, "attempt": told.attempt,
            "signature": signature, "reason": why, "duplicate": self.place.duplicate,
            "late": self.place.late, "missing": self.place.missing,
            "answered": self.status.as_u16(), "body": body,
        })
        .to_string()
    }
}

/// How many of each there were.
#[derive(Debug, Default)]
pub(super) struct Tally {
    taken: u64,
    failed: u64,
    duplicates: u64,
    wrong: u64,
    with_gaps: u64,
}

impl Tally {
    pub(super) fn count(&mut self, report: &Report) {
        let is = u64::from;
        self.wrong += is(report.signature.is_wrong());
        self.duplicates += is(report.place.duplicate);
        self.with_gaps += is(!report.place.missing.is_empty());
        let taken = report.status.is_success() && !report.place.duplicate;
        self.taken += is(taken);
        self.failed += is(!report.status.is_success());
    }

    pub(super) fn text(&self) -> String {
        let Self { taken, failed, duplicates, wrong, with_gaps } = self;
        format!(
            "{taken} taken, {duplicates} duplicates, {failed} answered with a failure, {wrong} with a \
             wrong signature, {with_gaps} after a gap"
        )
    }
}

fn clock(at: Timestamp) -> String {
    let ms = at.as_millis().rem_euclid(86_400_000);
    let (seconds, ms) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}.{ms:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn numbers(numbers: &[u32]) -> String {
    numbers.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(" ")
}

/// Without what could move the cursor of the terminal.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn indented(body: &[u8]) -> String {
    let pretty = serde_json::from_slice::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| visible(&String::from_utf8_lossy(body)));
    pretty.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_worth_a_look_stands_in_the_lines() {
        let report = Report {
            at: Timestamp::from_millis(3_723_004),
            path: "/notify".into(),
            notification: Notification {
                id: "d".into(),
                object: Some("p\u{1b}".into()),
                sequence: Some(4),
                attempt: Some(2),
                event: Some("payment.succeeded".into()),
            },
            signature: Signature::Wrong("no signature fits"),
            place: Place { duplicate: true, late: true, missing: vec![2, 3] },
            status: StatusCode::UNAUTHORIZED,
        };
        assert_eq!(
            report.text(Some(b"{\"a\":1}")),
            "01:02:03.004Z /notify  payment.succeeded  p #4  attempt 2  \
             SIGNATURE WRONG: no signature fits  -> 401\n  \
             duplicate: it was taken before\n  \
             late: a later one of this object was taken before\n  \
             GAP: missing #2 #3\n    {\n      \"a\": 1\n    }"
        );
        let json: Value = serde_json::from_str(&report.json(b"text")).unwrap();
        assert_eq!((&json["signature"], &json["body"]), (&json!("wrong"), &json!("text")));
        let mut tally = Tally::default();
        tally.count(&report);
        let told = "0 taken, 1 duplicates, 1 answered with a failure, 1 with a wrong signature, 1 after a gap";
        assert_eq!(tally.text(), told);
    }
}
