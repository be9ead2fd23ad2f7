//! Health, metrics, the home page, quarantine, and the log.

use super::process::Place;

async fn get(url: String) -> (u16, String) {
    let answer = reqwest::get(url).await.expect("the server answers");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

#[tokio::test]
async fn health_metrics_and_home_answer() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(get(server.url("/health/live")).await.0, 200);
    assert_eq!(get(server.url("/health/ready")).await, (200, r#"{"status":"ready"}"#.to_owned()));
    let (status, home) = get(server.url("/")).await;
    assert!(status == 200 && home.contains("/metrics"));
    assert_eq!(get(server.url("/nowhere")).await.0, 404);
    let (status, metrics) = get(server.url("/metrics")).await;
    assert_eq!(status, 200);
    for expected in [
        r#"purser_http_requests_total{dialect="node",route="/health/ready",status="200"} 1"#,
        r#"purser_http_requests_total{dialect="node",route="none",status="404"} 1"#,
        "# TYPE purser_http_request_seconds histogram",
        "purser_build_info",
        "# HELP purser_commit_seconds Seconds that a commit took",
        "purser_batch_units_bucket",
        r#"purser_entity_restarts_total{kind="account"} 0"#,
        r#"purser_entities_passivated_total{kind="callback"} 0"#,
        "purser_overloaded_total 0",
    ] {
        assert!(metrics.contains(expected), "{expected}\n{metrics}");
    }
    server.stop().success();
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let place = Place::new();
    let server = place.serve();
    let answer = reqwest::get(server.url("/health/live")).await.unwrap();
    let id = answer.headers()["x-correlation-id"].to_str().unwrap().to_owned();
    uuid::Uuid::parse_str(&id).unwrap();
    server.stop().success();
}

#[test]
fn quarantine_is_asked_of_the_running_server() {
    let place = Place::new();
    let told = place.run(&["actors", "quarantined"]).failure(2);
    assert!(told.contains("no server runs"), "{told}");
    let server = place.serve();
    assert_eq!(place.run(&["actors", "quarantined", "--json"]).success().trim(), "[]");
    let told = place.run(&["actors", "release", "account", "1-EUR-available"]).failure(1);
    assert!(told.contains("not quarantined"), "{told}");
    server.stop().success();
}

#[test]
fn the_log_can_be_json() {
    let place = Place::new();
    let ended = place.serve_with(&["--log-format", "json", "--log", "info"]).stop();
    let objects = ended.stderr.lines().filter(|line| line.starts_with('{'));
    let objects: Vec<serde_json::Value> =
        objects.map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect();
    assert!(objects.iter().any(|object| object["message"] == "stopped"), "{}", ended.stderr);
}
