//! The stop: requests under way are finished, and a second signal does not wait for them.

use super::{payments::paste, process::Place};
use std::{thread, time::Duration};

/// The sandbox approves it after two seconds.
const SLOW_CARD: &str = "4000000000005035";

fn pause(time: Duration) {
    thread::sleep(time);
}

#[test]
fn a_payment_under_way_is_finished_and_answered() {
    let place = Place::new();
    let printed = place.serve().stop().stderr;
    let server = place.serve();
    let payment = paste(&place, &printed, &server, SLOW_CARD);
    pause(Duration::from_millis(700));
    server.signal("TERM");
    let ended = server.wait();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let answer = payment.wait_with_output().expect("bash ends");
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(answer.contains(r#""code":"00001""#), "{answer}");
    place.run(&["verify"]).success();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let printed = place.serve().stop().stderr;
    let server = place.serve();
    let mut payment = paste(&place, &printed, &server, SLOW_CARD);
    pause(Duration::from_millis(700));
    server.signal("TERM");
    pause(Duration::from_millis(100));
    server.signal("INT");
    let ended = server.wait();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("second signal"), "{}", ended.stderr);
    payment.wait().expect("bash ends");
    place.serve().stop().success();
    place.run(&["verify"]).success();
}
