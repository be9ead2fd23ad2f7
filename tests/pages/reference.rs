//! The description of SNAP is what SNAP is, and its manual names tests that there are.

use crate::support::platform::{Engine, TestPlatform};
use serde_json::Value;
use std::{fs, path::Path};

/// The stored document; `PURSER_WRITE_EXPECTED=1` writes it anew.
const FILE: &str = "docs/openapi-snap.json";

#[test]
fn the_stored_document_is_up_to_date() {
    let document = purser::ingress::snap::openapi().to_pretty_json().unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("PURSER_WRITE_EXPECTED").is_some_and(|value| value == "1") {
        fs::write(&path, &document).unwrap();
        text.clone_from(&document);
    }
    assert!(text == document, "{FILE} is outdated; write it with PURSER_WRITE_EXPECTED=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_operation_is_there() {
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let served = client.get(format!("{}/snap/openapi.json", platform.base_url())).send().await;
    let served: Value = served.unwrap().json().await.unwrap();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let stored: Value = serde_json::from_str(&fs::read_to_string(stored).unwrap()).unwrap();
    assert_eq!(served, stored);
    let mut operations = 0;
    for (path, item) in served["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            let url = format!("{}{}", platform.base_url(), path.replace("{value}", "x"));
            let answer = client.request(method, url).send().await.unwrap();
            let status = answer.status().as_u16();
            let answer: Value = answer.json().await.unwrap();
            let code = answer["responseCode"].as_str().unwrap().to_owned();
            let words = operation["description"].as_str().unwrap();
            let service = words.strip_prefix("Service ").unwrap().split('.').next().unwrap();
            assert_eq!(code[3..5], *service, "{path} {code}");
            // It asks for what is missing; nothing says that it is not there.
            assert_eq!(status, 400, "{path} {code}");
            operations += 1;
        }
    }
    assert_eq!(operations, 54);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_people_loads_nothing_from_elsewhere() {
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let page = reqwest::get(format!("{}/docs/snap", platform.base_url())).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("/api/v1.0/get-auth-code") && html.contains("Get OAuth Code"));
    assert!(!html.contains("<script") && !html.contains("src="));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_key_is_made_once_and_outlives_its_node() {
    let key = async |platform: &TestPlatform| {
        let url = format!("{}/snap/public-key.pem", platform.base_url());
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };
    let platform = TestPlatform::on(Engine::Sqlite).start().await;
    let (first, second) = tokio::join!(key(&platform), key(&platform));
    assert!(first.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{first}");
    assert_eq!(first, second);
    let platform = platform.kill().await.start().await;
    assert_eq!(key(&platform).await, first);
}

#[test]
fn every_test_that_the_manual_names_is_there() {
    let manual = include_str!("../../docs/snap-pages.md");
    let table = manual.split("## What proves it").nth(1).expect("the table");
    let cited: Vec<_> = table.split('`').filter(|name| name.contains("::")).collect();
    assert!(cited.len() > 8, "{cited:?}");
    for name in cited {
        let (modules, test) = name.rsplit_once("::").unwrap();
        let file = format!("tests/{}.rs", modules.replace("::", "/"));
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(text.contains(&format!("fn {test}(")), "no test {name}");
    }
}
