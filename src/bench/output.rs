//! What a bench prints: a table for people, or one JSON object a line.

use super::{figure::Figure, processor::Shares, settings::Settings};
use crate::terminal::{Failure, print, say};

pub(super) const HEADS: [&str; 13] = [
    "BENCH",
    "WORKLOAD",
    "ON",
    "LOAD",
    "PER SECOND",
    "P50 MS",
    "P99 MS",
    "P99.9 MS",
    "MAX MS",
    "ERRORS",
    "BATCH",
    "OF LIMIT",
    "VALID",
];
/// Columns that hold words; the others hold numbers and stand to the right.
const WORDS: usize = 4;
const GAP: &str = "  ";

/// Tells of a figure when it is there: a long run shows something before its end.
pub(super) fn note(figure: &Figure, settings: &Settings) {
    if settings.json {
        return;
    }
    let cells = cells(figure);
    let ratio = figure.limit_ratio.map_or(String::new(), |ratio| {
        format!(", {:.0} % of {}", ratio * 100.0, figure.limit.unwrap_or_default())
    });
    say(&format!(
        "{} {} {}: {}/s, p99 {} ms{ratio}",
        cells[0], cells[1], cells[3], cells[4], cells[6]
    ));
}

/// All results of a run.
pub(super) fn results(figures: &[Figure], settings: &Settings) -> Result<(), Failure> {
    if settings.json {
        for figure in figures {
            let line = serde_json::to_string(figure);
            print(line.map_err(|error| Failure::failed(error.to_string()))?)?;
        }
        return Ok(());
    }
    print(table(figures))
}

fn table(figures: &[Figure]) -> String {
    let mut rows = vec![HEADS.map(str::to_owned)];
    rows.extend(figures.iter().map(cells));
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let line = |row: &[String; 13]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < WORDS { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    let mut text = rows.iter().map(line).collect::<Vec<_>>().join("\n");
    for figure in figures {
        text += &remarks(figure);
    }
    text
}

pub(super) fn cells(figure: &Figure) -> [String; 13] {
    let subject = &figure.subject;
    let load = match (figure.pace, figure.in_flight, figure.offered_per_s) {
        ("closed", Some(in_flight), _) => format!("{in_flight} in flight"),
        (pace, _, Some(rate)) => format!("{pace} {rate:.0}/s"),
        (pace, ..) => pace.to_owned(),
    };
    let ms = |ms: f64| if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") };
    [
        subject.bench.clone(),
        subject.workload.clone(),
        match (subject.store, subject.bus) {
            (store, "none") => store.to_owned(),
            ("none", bus) => bus.to_owned(),
            (store, bus) => format!("{store}, {bus}"),
        },
        load,
        grouped(figure.rate_per_s),
        ms(figure.p50_ms),
        ms(figure.p99_ms),
        ms(figure.p999_ms),
        ms(figure.max_ms),
        figure.errors.to_string(),
        figure.batches.as_ref().map_or("-".to_owned(), |batches| format!("{:.0}", batches.mean())),
        figure.limit_ratio.map_or("-".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0)),
        if figure.valid { "yes" } else { "VOID" }.to_owned(),
    ]
}

/// What does not fit into the table.
pub(super) fn remarks(figure: &Figure) -> String {
    let name = format!("\n{} {}:", figure.subject.bench, figure.subject.workload);
    let mut text = String::new();
    for reason in &figure.void {
        text += &format!("{name} void, {reason}");
    }
    for note in &figure.notes {
        text += &format!("{name} {note}");
    }
    if let Some(Shares(shares)) = &figure.processor {
        let share = |(what, share): &(&str, f64)| format!("{:.0} % {what}", share * 100.0);
        let shares: Vec<_> = shares.iter().map(share).collect();
        text += &format!("{name} processors at {}: {}", cells(figure)[3], shares.join(", "));
    }
    for (kind, count) in &figure.errors_by_kind {
        text += &format!("{name} {count} calls failed: {kind}");
    }
    if let Some(told) = &figure.overload {
        let recovered = told.recover_ms.map_or("did not recover in time".to_owned(), |ms| {
            format!("was as usual again after {:.1} s", ms as f64 / 1_000.0)
        });
        text += &format!(
            "{name} offered {}/s, twice its capacity, it did {}/s and refused {}/s; at most {} waited \
             (it refuses more than {}); it {recovered}",
            grouped(told.offered_per_s),
            grouped(told.goodput_per_s),
            grouped(told.refused_per_s),
            told.most_under_way,
            told.queue_bound,
        );
    }
    text
}

/// Digits in groups of three.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{figure::Subject, harness::Sample};

    #[test]
    fn a_void_result_says_why() {
        let subject = Subject {
            bench: "ledger".into(),
            workload: "hot".into(),
            store: "sqlite",
            bus: "memory",
        };
        let mut figure = Figure::new(subject, "closed", Sample::default());
        figure.in_flight = Some(16);
        figure.void_for(&["transfers stored: 1 instead of 2".to_owned()]);
        let text = table(&[figure]);
        assert!(text.contains("sqlite, memory  16 in flight"), "{text}");
        assert!(
            text.contains("VOID\nledger hot: void, transfers stored: 1 instead of 2"),
            "{text}"
        );
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(1_234_567.4), "1 234 567");
        assert_eq!(grouped(0.0), "0");
    }
}
