//! `docs/errors.md` has a section per error code, with its meaning, cause and remedy.

use crate::repository;
use purser_subjects::ErrorCode;
use std::fs;

/// Headings of the page with the text below each.
fn sections(page: &str) -> Vec<(String, String)> {
    let parts = page.split("\n## ").skip(1);
    let split = |part: &str| part.split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned()));
    parts.filter_map(split).collect()
}

#[test]
fn every_error_code_has_a_section_with_cause_and_remedy() {
    let page = fs::read_to_string(repository("docs/errors.md")).unwrap();
    let sections = sections(&page);
    let headings: Vec<_> = sections.iter().map(|(heading, _)| heading.clone()).collect();
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| format!("`{code}`")).collect();
    assert_eq!(headings, codes, "docs/errors.md has one section per code, in their order");
    for (code, (_, text)) in ErrorCode::ALL.iter().zip(&sections) {
        let retry = if code.is_retryable() { "Retryable." } else { "Not retryable." };
        let begin = format!("\n{} {retry}\n", code.meaning().trim());
        assert!(text.starts_with(&begin), "{code}: the section begins with {begin:?}");
        let filled =
            |title: &str| text.split_once(title).is_some_and(|(_, text)| text.trim().len() > 40);
        assert!(filled("\n**Cause.** ") && filled("\n**Remedy.** "), "{code}: cause or remedy");
    }
}
