//! What is void: a figure whose counts disagree.

use super::{SHORT, results};
use crate::cli::process::Place;
use serde_json::Value;
use std::process::{Command, Stdio};

/// A bench of the running server at `url`.
fn bench(place: &Place, url: &str) -> Command {
    let line = [&["bench", "http"], &SHORT[..], &["--no-limit", "--mix", "db"]].concat();
    let mut command = place.command(&line);
    command
        .args(["--deliver", "never", "--url", url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn payments_that_somebody_else_makes_meanwhile_void_the_figure() {
    let place = Place::new();
    let server = place.serve();
    let url = server.url("/");
    // Each of them finds rows that it did not make.
    let both = [0, 1].map(|_| bench(&place, &url).spawn().expect("the binary runs"));
    for running in both {
        let ended = running.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
        assert!(told.contains("void"), "{told}");
        let result: Value = serde_json::from_slice(&ended.stdout).expect("one result");
        assert_eq!(result["valid"], false, "{result}");
        assert!(result["void"].to_string().contains("payments stored"), "{result}");
    }
    server.stop().success();
}

#[test]
fn a_running_server_is_measured_with_its_own_credentials() {
    let place = Place::new();
    let server = place.serve();
    let line = [&["bench", "http"], &SHORT[..], &["--no-limit", "--mix", "refund"]].concat();
    let url = server.url("/");
    let results = results(place.run(&[&line[..], &["--url", &url]].concat()));
    assert_eq!(results[0]["bus"], "running");
    assert!(results[0]["batches"]["commits"].as_u64().is_some_and(|commits| commits > 0));
    server.stop().success();
    place.run(&["verify"]).success();
}
