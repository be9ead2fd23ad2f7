//! `examples/python/snap_shop.py`, which knows of Purser only what its manual says, and its customer.

use super::scene::{GOOD_CARD, GOOD_OTP, enter_card, enter_otp};
use crate::{
    cli::process::Place,
    support::{
        browser::{Browser, Manner},
        postgres::new_database,
        python,
    },
};
use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

/// Runs the shop against the real binary, and its customer in a browser.
async fn shop(place: Place, lang: &'static str, manner: Manner) {
    let server = place.serve();
    let credentials = place.data("sandbox.json");
    let url = format!("http://{}", server.address);
    let arguments = ["--url", &url, "--credentials", credentials.to_str().unwrap(), "--lang", lang];
    let mut command = python::command("snap_shop.py", &arguments);
    let mut program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let webview = loop {
        let line = match printed.next() {
            Some(line) => line.unwrap(),
            None => panic!("{told:?}: {}", errors(&mut program)),
        };
        if let Some(url) = line.strip_prefix("webview: ") {
            break url.to_owned();
        }
        told.push(line);
    };
    let browser = Browser::open(manner).await;
    browser.go(&webview).await;
    enter_card(&browser, GOOD_CARD).await;
    browser.sees("OTP").await;
    enter_otp(&browser, GOOD_OTP).await;
    browser.sees("Back in the shop").await;
    let rest =
        tokio::task::spawn_blocking(move || printed.map_while(Result::ok).collect::<Vec<_>>());
    told.extend(rest.await.unwrap());
    let status = program.wait().unwrap();
    assert!(status.success(), "{told:#?}: {}", errors(&mut program));
    let expected = [
        "token: 2007300",
        "auth code: 2003000, the state is ours: True",
        "the customer is back at /bound, the state is ours: True",
        "binding: 2003100, ACTIVE",
        "payment: 2003330, SUCCESS",
        "told of the payment: 00 150000.00",
        "refund: 2005800 150000.00",
        "told of the refund: 04 150000.00",
        "unbinding: 2000900, success",
        "a card that was unbound is refused: 403",
    ];
    assert_eq!(told, expected);
    server.stop();
    place.run(&["verify"]).success();
}

fn errors(program: &mut std::process::Child) -> String {
    let mut text = String::new();
    let _ = program.kill();
    if let Some(mut errors) = program.stderr.take() {
        let _ = errors.read_to_string(&mut text);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_shop_goes_all_the_way_in_indonesian() {
    shop(Place::new(), "ID", Manner::PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_shop_goes_all_the_way_in_english_on_postgresql_without_scripts() {
    let url = new_database().await;
    let place = Place::new().with_env("PURSER_DATABASE_URL", &url).on_shared_nats();
    shop(place, "EN", Manner::NO_SCRIPTS).await;
}
