//! Card numbers, security codes and keys are nowhere to be found after a run of the real binary.

mod cards;
mod recorder;
mod scanner;
mod traffic;

use crate::{
    cli::process::Place,
    support::{
        nats::NatsServer,
        postgres::{dump, new_database},
        receiver::TestReceiver,
    },
};
use recorder::Recorder;
use scanner::{Report, Secret, decode_bytea};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, path::Path};

/// Files that hold a secret by design, and which.
const BY_DESIGN: [(&str, &[&str]); 2] = [
    ("sandbox.json", &["secureKey", "API key", "SNAP client secret", "SNAP private key"]),
    ("master.key", &["master key"]),
];

/// What the first start shows on the terminal.
const PRINTED: &str = "card 424242…4242";

/// Puts bytes where they should never be.
const PLANT: &str = "INSERT INTO settings VALUES ('planted', $1)";

/// Looks through every file below `folder`.
fn scan_folder(report: &mut Report, folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let (path, kind) = (entry.path(), entry.file_type().expect("the file can be looked at"));
        if kind.is_dir() {
            scan_folder(report, &path);
        } else if kind.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let excused =
                BY_DESIGN.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, what)| *what);
            let bytes = fs::read(&path).expect("the file can be read");
            report.scan_binary(&format!("file {name}"), &bytes, excused);
        }
    }
}

fn scan_dump(report: &mut Report, dump: &[u8]) {
    report.scan_text("dump", dump, &[]);
    report.scan_binary("bytes of the dump", &decode_bytea(dump), &[]);
}

/// Runs the binary in `place` under everything that a client can do with a card, and looks through all
/// that it says and keeps.
async fn nothing_leaks(place: &Place) -> Report {
    // The first start prints a payment with a test card.
    let first = place.serve().stop();
    let receiver = TestReceiver::start().await;
    let server = place.serve_with(&["--log", "trace"]);
    let mut traffic =
        traffic::run(&server.address, &place.sandbox(), &receiver.url("/notify")).await;
    let told = receiver.wait_for(traffic.notified).await;
    assert_eq!(told.len(), traffic.notified);
    if let Ok(key) = fs::read_to_string(place.data("master.key")) {
        traffic.secrets.push(Secret::text("master key", key.trim()));
    }
    let mut report = Report::new(traffic.secrets);
    for (name, excused, answer) in &traffic.answers {
        report.scan_text(&format!("answer to {name}"), answer, excused.as_slice());
    }
    for notification in told {
        let headers = format!("{:?}", notification.headers);
        report.scan_text("notification", headers.as_bytes(), &[]);
        report.scan_text("notification", &notification.body, &[]);
    }
    // While it runs, there are a journal and a lock beside the database.
    scan_folder(&mut report, &place.data(""));
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("TRACE"), "the log is at its most talkative");
    report.scan_text("standard output", first.stdout.as_bytes(), &[]);
    report.scan_text("standard error of the first start", first.stderr.as_bytes(), &[PRINTED]);
    report.scan_text("standard output", ended.stdout.as_bytes(), &[]);
    // Logs tell process ids and sizes, some of which look like a code.
    report.scan_binary("standard error", ended.stderr.as_bytes(), &[]);
    scan_folder(&mut report, &place.data(""));
    let verified = place.run(&["verify", "--log", "trace"]);
    report.scan_binary("verify", verified.stderr.as_bytes(), &[]);
    report.scan_text("verify", verified.success().as_bytes(), &[]);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_told_or_kept_on_sqlite() {
    let place = Place::new();
    let mut report = nothing_leaks(&place).await;
    report.assert_clean();

    // And a number that were there would be found.
    let number = traffic::STORED_NOWHERE;
    let options = SqliteConnectOptions::new().filename(place.data("purser.db"));
    let mut db = SqliteConnection::connect_with(&options).await.expect("the database opens");
    let planted = sqlx::query(PLANT).bind(number.as_bytes());
    planted.execute(&mut db).await.expect("a row can be planted");
    db.close().await.expect("the database closes");
    scan_folder(&mut report, &place.data(""));
    report.assert_found("file purser.db");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_told_or_kept_on_postgresql() {
    let url = new_database().await;
    let broker = NatsServer::start();
    let heard = Recorder::listen(&broker.url()).await;
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &url)
        .with_env("PURSER_NATS_URL", &broker.url());
    let mut report = nothing_leaks(&place).await;
    heard.scan(&mut report).await;
    let kept = dump(&url);
    assert!(String::from_utf8_lossy(&kept).contains("COPY public.events"), "the dump has rows");
    scan_dump(&mut report, &kept);
    report.assert_clean();

    let mut db = PgConnection::connect(&url).await.expect("the database can be reached");
    let number = traffic::STORED_NOWHERE;
    let planted = sqlx::query(PLANT).bind(number.as_bytes());
    db.execute(planted).await.expect("a row can be planted");
    scan_dump(&mut report, &dump(&url));
    report.assert_found("dump");
    report.assert_found("bytes of the dump");
}
