//! The commands that the first start prints make a payment when pasted into bash.

use super::process::{Place, Server};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs,
    process::{Child, Command, Stdio},
};
use uuid::Uuid;

/// The commands among what was printed.
fn commands(stderr: &str) -> String {
    let from = stderr.find("Paste this into bash").expect("the commands are printed");
    let lines = stderr[from..].lines().skip(1).skip_while(|line| line.is_empty());
    lines.take_while(|line| line.starts_with("  ")).map(|line| format!("{line}\n")).collect()
}

/// Pastes what a first start `printed` into bash, for another `card`, and at `server`: what is printed
/// can be read whole only after the first server has stopped, and a later one has another port.
pub(crate) fn paste(place: &Place, printed: &str, server: &Server, card: &str) -> Child {
    let first = printed.split('\'').find(|part| part.starts_with("http://")).expect("a URL");
    let here = server.url("/transactionServices/REST/v1");
    let commands = commands(printed).replace(first, &here).replace("4242424242424242", card);
    let commands = commands.replace("curl ", "curl --dump-header head.txt ");
    fs::write(place.root().join("paste.sh"), commands).expect("the folder can be written to");
    Command::new("bash")
        .args(["-eu", "paste.sh"])
        .current_dir(place.root())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash runs")
}

/// The correlation ids of a payment's events, the first event first.
fn correlations(place: &Place, payment: &str) -> Vec<Uuid> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(place.data("purser.db"));
        let mut db = SqliteConnection::connect_with(&options).await.expect("the database opens");
        let events = "SELECT correlation FROM events WHERE id = ? ORDER BY version";
        let found = sqlx::query_scalar(events).bind(payment).fetch_all(&mut db).await;
        found.expect("the events can be read")
    })
}

#[test]
fn the_printed_commands_make_a_payment() {
    let place = Place::new();
    let printed = place.serve().stop().stderr;
    let server = place.serve();
    let pasted = paste(&place, &printed, &server, "4242424242424242").wait_with_output();
    let answer = pasted.expect("bash ends").stdout;
    let answer: serde_json::Value = serde_json::from_slice(&answer)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer)));
    assert_eq!(answer["result"]["code"], "00001", "{answer}");
    assert_eq!(answer["amount"], "12.50");
    server.stop().success();
    let head = fs::read_to_string(place.root().join("head.txt")).expect("the answer's headers");
    let correlation = head.lines().find_map(|line| line.strip_prefix("x-correlation-id: "));
    let correlation: Uuid =
        correlation.expect("an answer names its request").trim_end().parse().expect("a UUID");
    let caused = correlations(&place, answer["paymentId"].as_str().expect("an id"));
    assert_eq!(caused[0], correlation);
    let told = place.run(&["verify"]).success();
    assert!(told.contains("postings"), "{told}");
}
