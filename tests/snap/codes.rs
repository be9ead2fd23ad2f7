//! The page names the test that produces each response code, and those tests are there.

use std::{fs, path::Path};

/// Rows of the page's table: HTTP status and case, message, and the test.
fn rows(page: &str) -> Vec<(String, String)> {
    let table = page.split("## Response codes").nth(1).expect("the table");
    let table = table.split("\n## ").next().unwrap();
    let lines = table.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = lines.map(|line| line.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells.len() == 4 && cells[0].contains('/'));
    rows.filter(|cells| cells[0].as_bytes()[0].is_ascii_digit())
        .map(|cells| (cells[0].to_owned(), cells[3].trim_matches('`').to_owned()))
        .collect()
}

#[test]
fn every_row_names_a_test_that_produces_its_code() {
    let page = include_str!("../../docs/snap.md");
    let rows = rows(page);
    assert!(rows.len() > 45, "{rows:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (row, name) in rows {
        let (module, test) = name.rsplit_once("::").unwrap_or_else(|| panic!("{row} names {name}"));
        let path = module.replace("::", "/");
        let files = ["tests", "src"].map(|folder| root.join(folder).join(format!("{path}.rs")));
        let text: String = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        let found = text.split_once(&format!("fn {test}("));
        let (_, body) = found.unwrap_or_else(|| panic!("no test {name} for {row}"));
        // To the next test of the file.
        let body = body.split("\n    async fn ").next().unwrap();
        let body = body.split("\nfn ").next().unwrap();
        let (status, case) = row.split_once('/').unwrap();
        assert!(produces(body, &text, status, case), "{name} does not produce {row}");
    }
}

/// Whether a code of this status and case stands in the test, or in the table of the file that it runs.
fn produces(body: &str, file: &str, status: &str, case: &str) -> bool {
    let is_code = |word: &str| {
        word.len() == 7
            && word.starts_with(status)
            && word.ends_with(case)
            && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let words = |text: &str| {
        text.split('"').any(|word| is_code(word) || word == format!("{status}/{case}"))
    };
    words(body)
        || (body.contains("CASES") && words(file))
        || body.contains(&format!("CASE {status}/{case}"))
}
