//! Tables for people: columns as wide as what stands in them.

use purser_subjects::Timestamp;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// Widest column but the last, in characters; longer texts are cut.
const WIDEST: usize = 48;
const GAP: &str = "  ";
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// Rows of `N` columns.
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(heads: [&str; N]) -> Self {
        Self { rows: vec![heads.map(str::to_owned)] }
    }

    pub(super) fn row(&mut self, cells: [&str; N]) {
        let last = N - 1;
        let mut column = 0;
        self.rows.push(cells.map(|cell| {
            column += 1;
            // What strangers chose may not move the cursor of the terminal.
            let cell: String = cell.chars().filter(|c| !c.is_control()).collect();
            if column > last { cell } else { shortened(&cell) }
        }));
    }

    pub(super) fn text(&self) -> String {
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..N).map(width).collect();
        let line = |row: &[String; N]| {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

/// A time for people, in UTC.
pub(super) fn time(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(TIME).ok())
        .unwrap_or_else(|| at.as_millis().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut table = Table::new(["ID", "URL"]);
        table.row(["a-long-id", "https://shop.example/\u{1b}[2J"]);
        assert_eq!(table.text(), "ID         URL\na-long-id  https://shop.example/[2J");
        let mut table = Table::new(["A", "B"]);
        table.row([&"x".repeat(60), ""]);
        assert_eq!(table.text().lines().nth(1).unwrap().chars().count(), WIDEST);
    }

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(time(Timestamp::from_millis(1_767_607_200_123)), "2026-01-05 10:00:00Z");
    }
}
