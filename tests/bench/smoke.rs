//! Each sub-verb by itself.

use super::{line, results, workloads};
use crate::{
    cli::process::Place,
    support::{nats, postgres::new_database},
};
use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};

/// A place on PostgreSQL and NATS, and the URL of its database.
async fn on_both() -> (Place, String) {
    let url = new_database().await;
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &url)
        .with_env("PURSER_NATS_URL", &nats::shared_url());
    (place, url)
}

#[test]
fn actors_are_asked_over_the_bus_and_straight_at_the_host() {
    let place = Place::new();
    let results = results(place.run(&line("actors", &["--no-limit"])));
    let expected = [
        "ask-many",
        "host-many",
        "tell-many",
        "ask-one",
        "host-one",
        "tell-one",
        "balance-many",
        "activate-many",
    ];
    assert_eq!(workloads(&results), expected);
    assert!(results[0]["bytes_per_idle_actor"].as_u64().is_some_and(|bytes| bytes > 0));
    assert!(results[7]["activations"].as_u64().is_some_and(|count| count > 0), "{}", results[7]);
    assert_eq!(std::fs::read_dir(place.root()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn transfers_are_compared_with_the_raw_append() {
    let more = ["--keyed", "--overload", "--rate", "50%"];
    let results = results_of_overload(Place::new().run(&line("ledger", &more)));
    let names = workloads(&results);
    let expected = ["uniform-keyed", "zipf-keyed", "hot-keyed"].map(|name| [name; 3]).concat();
    assert_eq!(names, expected);
    for three in results.chunks(3) {
        assert_eq!(three[0]["limit"], "append-transfers");
        assert!(three[0]["limit_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0));
        assert!(three[0]["batches"]["commits"].as_u64().is_some_and(|commits| commits > 0));
        assert_eq!((&three[1]["pace"], &three[2]["pace"]), (&"open".into(), &"overload".into()));
        assert!(three[2]["overload"]["offered_per_s"].as_f64().is_some_and(|rate| rate > 0.0));
    }
}

#[test]
fn a_grown_database_is_compared_with_a_fresh_one() {
    let more = ["--no-limit", "--grown", "20001", "--report", "r.html"];
    let place = Place::new();
    let results = results(place.run(&line("ledger", &more)));
    assert_eq!(workloads(&results), ["uniform", "uniform-grown"]);
    let grown = &results[1];
    assert_eq!(grown["grown_postings"], 20_002, "whole transfers, of two postings each");
    assert_eq!(grown["fresh_rate_per_s"], results[0]["rate_per_s"]);
    assert!(grown["fresh_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{grown}");
    let report = std::fs::read_to_string(place.root().join("r.html")).expect("the report");
    assert!(report.contains("with 20 002 postings"));
}

/// The server catches up in between, with and without the right to have it make a checkpoint.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_make_databases_can_measure_a_grown_one() {
    let url = new_database().await;
    let mut admin = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let user = format!("measures_{}", uuid::Uuid::now_v7().simple());
    let create = format!("CREATE ROLE {user} LOGIN CREATEDB");
    admin.execute(sqlx::AssertSqlSafe(create)).await.expect("a role can be made");
    for name in ["postgres", &user] {
        let url = url.replace("//postgres@", &format!("//{name}@"));
        let place = Place::new().with_env("PURSER_DATABASE_URL", &url);
        let results = results(place.run(&line("ledger", &["--no-limit", "--grown", "20000"])));
        assert_eq!(workloads(&results), ["uniform", "uniform-grown"]);
        assert_eq!(results[1]["grown_postings"], 20_000);
    }
}

/// What a cold start and an activation of `results` tell.
fn scale_is_told(results: &[serde_json::Value]) {
    assert_eq!(workloads(results), ["cold-start", "activate"]);
    let (start, activate) = (&results[0], &results[1]);
    for result in results {
        assert_eq!((&result["accounts"], &result["postings"]), (&300.into(), &5_000.into()));
    }
    assert_eq!(start["calls"], 2, "it was started twice");
    assert!(start["ready_ms"].as_f64().is_some_and(|ms| ms > 1.0), "{start}");
    assert_eq!(activate["active"], 200);
    assert!(activate["memory_mib"].as_u64().is_some_and(|mib| mib > 10), "{activate}");
    assert!(activate["bytes_per_idle_entity"].is_u64(), "{activate}");
}

const SCALE: [&str; 9] =
    ["bench", "scale", "--json", "--accounts", "300", "--grown", "5000", "--active", "200"];

#[test]
fn a_node_is_started_anew_on_many_accounts() {
    let place = Place::new();
    let results = results(place.run(&[&SCALE[..], &["--repeat", "2"]].concat()));
    scale_is_told(&results);
    assert_eq!(std::fs::read_dir(place.root()).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_started_anew_on_postgresql_and_nats() {
    let (place, _) = on_both().await;
    let results = results(place.run(&[&SCALE[..], &["--repeat", "2"]].concat()));
    scale_is_told(&results);
    assert_eq!((&results[0]["store"], &results[0]["bus"]), (&"postgres".into(), &"nats".into()));
}

/// Under overload calls may be refused, and yet all that was done must be found.
fn results_of_overload(ended: crate::cli::process::Ended) -> Vec<serde_json::Value> {
    let text = ended.success();
    let results = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let results: Vec<serde_json::Value> = results.collect();
    assert!(results.iter().all(|result| result["valid"] == true), "{text}");
    results
}

#[test]
fn payments_of_every_mix_are_notified_and_a_report_is_written() {
    let place = Place::new();
    let results =
        results(place.run(&line("http", &["--no-limit", "--clients", "2", "--report", "r.html"])));
    assert_eq!(workloads(&results), ["db-queued", "db", "pa-cp", "refund"]);
    for (result, operations) in results.iter().zip([1, 1, 2, 2]) {
        let (stored, told) = (result["stored"].as_u64(), result["callbacks"].as_u64());
        assert_eq!(told, stored.map(|stored| stored * operations), "{result}");
    }
    let report = std::fs::read_to_string(place.root().join("r.html")).expect("the report");
    assert!(report.contains("<svg") && report.contains("pa-cp"));
    assert!(!report.contains("<script") && !report.contains("http://"));
}

#[test]
fn payments_are_compared_with_the_raw_pipe() {
    let results =
        results(Place::new().run(&line("http", &["--mix", "mixed", "--deliver", "never"])));
    assert_eq!(workloads(&results), ["mixed-silent"]);
    assert_eq!(results[0]["limit"], "raw-pipe");
    assert!(results[0]["limit_rate_per_s"].as_f64().is_some_and(|rate| rate > 0.0));
}

#[test]
fn cards_are_bound_from_auth_code_to_token_and_compared_with_the_echo() {
    let place = Place::new();
    let results = results(place.run(&line("binding", &["--clients", "2", "--report", "r.html"])));
    assert_eq!(workloads(&results), ["session"]);
    assert_eq!(results[0]["limit"], "axum-echo");
    assert_eq!(results[0]["requests_per_call"], 7);
    let (stored, bound) = (results[0]["stored"].as_u64(), results[0]["bound"].as_u64());
    assert!(stored.is_some_and(|stored| stored > 0) && stored == bound, "{}", results[0]);
    let report = std::fs::read_to_string(place.root().join("r.html")).expect("the report");
    assert!(report.contains("binding session"));
}

#[test]
fn cards_are_bound_at_a_running_server() {
    let place = Place::new();
    let server = place.serve();
    let url = server.url("/");
    let results = results(place.run(&line("binding", &["--no-limit", "--url", &url])));
    assert_eq!(results[0]["bus"], "running");
    server.stop().success();
    place.run(&["verify"]).success();
}

#[test]
fn notices_reach_every_endpoint() {
    let results =
        results(Place::new().run(&line("callbacks", &["--endpoints", "20", "--no-limit"])));
    assert_eq!(workloads(&results), ["backlog", "steady"]);
    assert_eq!(results[0]["endpoints"], 20);
}

#[test]
fn the_limits_of_the_machine_are_told() {
    let results = results(Place::new().run(&line("limit", &[])));
    let expected =
        ["actix-ask", "axum-echo", "fsync", "append-transfers", "append-payments", "raw-pipe"];
    assert_eq!(workloads(&results), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_and_nats_are_left_as_they_were() {
    let (place, url) = on_both().await;
    let limits = results(place.run(&line("limit", &[])));
    assert!(workloads(&limits).contains(&"nats-request"));
    assert!(limits.iter().any(|limit| limit["store"] == "postgres"));
    let durable = results(place.run(&line("nats", &["--no-limit"])));
    assert_eq!(workloads(&durable), ["durable-transfer"]);
    assert_eq!((&durable[0]["store"], &durable[0]["bus"]), (&"postgres".into(), &"nats".into()));
    let ledger = results(place.run(&line("ledger", &["--no-limit"])));
    assert_eq!(ledger.len(), 3);

    let options: PgConnectOptions = url.parse().unwrap();
    let mut db = options.connect().await.unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut db).await.unwrap();
    assert_eq!(tables, 0, "the database that was named is only connected to");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_go_over_nats_into_postgresql() {
    let (place, _) = on_both().await;
    let results = results(place.run(&line("http", &["--no-limit", "--mix", "db"])));
    assert_eq!((&results[0]["store"], &results[0]["bus"]), (&"postgres".into(), &"nats".into()));
    assert_eq!(results[0]["callbacks"], results[0]["stored"]);
}

#[test]
fn what_cannot_be_measured_is_told_before_anything_is_begun() {
    let place = Place::new();
    assert!(place.run(&line("nats", &[])).failure(2).contains("--nats-url"));
    let told = place.run(&line("http", &["--url", "http://192.0.2.1:80"])).failure(2);
    assert!(told.contains("this machine"), "{told}");
    let after = line("http", &["--url", "http://127.0.0.1:1", "--deliver", "after"]);
    assert!(place.run(&after).failure(2).contains("--deliver after"));
    let told = place.run(&["bench", "ledger", "--seconds", "0"]).failure(2);
    assert!(told.contains("--seconds"), "{told}");
    assert_eq!(std::fs::read_dir(place.root()).unwrap().count(), 0);
}
