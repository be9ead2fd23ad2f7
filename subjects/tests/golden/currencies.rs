//! Currencies and their decimals. Both come from a library that follows ISO 4217, which also retires
//! currencies; but what was booked in one must stay readable, with the same number of decimals.
//!
//! If an update of the library makes this fail, keep the lost currency in a table in `money.rs`.

use super::folder;
use crate::{WRITE, may_write};
use purser_subjects::Currency;
use std::{fmt::Write, fs};

const FILE: &str = "currencies.txt";

/// Every code that can be a currency today, with its decimals.
fn today() -> String {
    let letters = b'A'..=b'Z';
    let mut text = String::new();
    for (a, b, c) in letters.clone().flat_map(|a| {
        let letters = letters.clone();
        letters.clone().flat_map(move |b| letters.clone().map(move |c| (a, b, c)))
    }) {
        let code: String = [a, b, c].map(char::from).iter().collect();
        if let Ok(currency) = code.parse::<Currency>() {
            writeln!(text, "{code} {}", currency.exponent()).unwrap();
        }
    }
    text
}

#[test]
fn no_currency_is_lost_or_gets_other_decimals() {
    let (path, today) = (folder().join(FILE), today());
    let stored = fs::read_to_string(&path).unwrap_or_default();
    for line in stored.lines() {
        assert!(today.lines().any(|other| other == line), "{line} is no longer so");
    }
    if may_write() {
        fs::write(&path, &today).unwrap();
    } else {
        assert_eq!(stored, today, "add new currencies with {WRITE}=1");
    }
}
