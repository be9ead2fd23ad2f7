//! The description of the interface is what the interface is.

use super::client::{Api, send};
use reqwest::Method;
use serde_json::Value;
use std::{fs, path::Path};

/// The stored document; `PURSER_WRITE_EXPECTED=1` writes it anew.
const FILE: &str = "docs/openapi.json";

fn stored() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    (path, text)
}

#[test]
fn the_stored_document_is_up_to_date() {
    let document = purser::ingress::v1::openapi().to_pretty_json().unwrap() + "\n";
    let (path, mut text) = stored();
    if std::env::var_os("PURSER_WRITE_EXPECTED").is_some_and(|value| value == "1") {
        fs::write(&path, &document).unwrap();
        text.clone_from(&document);
    }
    assert!(text == document, "{FILE} is outdated; write it with PURSER_WRITE_EXPECTED=1");
}

/// Method and path of every documented operation.
fn operations(document: &Value) -> Vec<(Method, String)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    operations
}

#[test]
fn the_manual_names_every_event_and_no_other() {
    use purser_subjects::callback::NoticeType;
    let manual = include_str!("../../docs/callbacks.md");
    let rows = manual.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let groups = ["payment.", "binding.", "endpoint."];
    let events = rows.filter(|name| groups.iter().any(|group| name.starts_with(group)));
    let events: Vec<_> = events.collect();
    assert_eq!(events, NoticeType::ALL.map(NoticeType::as_str));
}

/// The manual says which test proves what; the tests must be there.
#[test]
fn every_test_that_the_manual_names_is_there() {
    let manual = include_str!("../../docs/callbacks.md");
    let table = manual.split("## What proves it").nth(1).expect("the table");
    let cited = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    let cited: Vec<_> =
        cited.flat_map(|cell| cell.split('`')).filter(|n| n.contains("::")).collect();
    assert!(cited.len() > 30, "{cited:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in cited {
        let (modules, test) = name.rsplit_once("::").unwrap();
        let path = modules.replace("::", "/");
        let files = ["tests", "src", "actors/src"].into_iter();
        let mut files = files.map(|folder| root.join(folder).join(format!("{path}.rs")));
        // A test of `leaks` or `kill::rounds` stands in the module itself.
        let found = files.any(|file| {
            let text = fs::read_to_string(file).unwrap_or_default();
            text.contains(&format!("fn {test}("))
        });
        let is_module = root.join("tests").join(format!("{path}/{test}.rs")).is_file();
        assert!(found || is_module, "no test {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_operation_is_there_and_asks_for_a_key() {
    use crate::support::platform::{Engine, TestPlatform};
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let api = Api::open(&platform, "shop").await;
    let served = api.with_key("").get("openapi.json").await.expect(200);
    let document: Value = serde_json::from_str(&stored().1).unwrap();
    assert_eq!(served, document);
    let operations = operations(&document);
    assert_eq!(operations.len(), 13);
    for (method, path) in operations {
        let path = path.strip_prefix("/v1/").unwrap().replace("{id}", "x");
        let answer = send(api.with_key("").request(method.clone(), &path)).await;
        answer.refused(401, "unauthorized");
        // With a key it is refused for another reason, or done, but it is there.
        let answer = send(api.request(method, &path)).await;
        assert_ne!(answer.fault().0, "no_such_path", "{path}");
        assert_ne!(answer.status, 405, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_people_loads_nothing_from_elsewhere() {
    use crate::support::platform::{Engine, TestPlatform};
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let page = reqwest::get(format!("{}/docs", platform.base_url())).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("/v1/callback-endpoints/{id}/rotate-secret"));
    assert!(!html.contains("<script") && !html.contains("src="));
}
