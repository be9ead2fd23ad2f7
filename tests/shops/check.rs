//! What must be true of every payment, whatever happened to the server.

use super::{
    client::Answer,
    history::{End, Kind, Payment},
    load::Market,
    merchants::{decimal, md5},
    plan::say,
    receiver::{Arrival, Receiver},
};
use futures_util::{StreamExt, stream};
use std::{collections::HashSet, time::Duration};
use tokio::time::{Instant, sleep};

/// Requests at a time.
const AT_ONCE: usize = 16;
/// Unknown outcomes are found within about ten seconds, refused notifications repeated after five, and
/// an operation that nobody asks for again is looked after within half a minute.
const SETTLING: Duration = Duration::from_secs(120);

/// How long it takes until nothing is open after everything was away for `outage`: an unknown outcome is
/// asked for again after half its age.
pub(crate) fn settling_after(outage: Duration) -> Duration {
    SETTLING + outage / 2
}

async fn inquire(market: &Market, payment: &Payment) -> Answer {
    let request = market.merchants[payment.merchant].inquire(&payment.reference);
    market.client.ask(&request).await
}

/// After a restart: each payment that was answered is there, and stands as it was answered.
pub(crate) async fn still_there(market: &Market, payments: Vec<Payment>) {
    let look = async |payment: Payment| {
        let (found, step) = (inquire(market, &payment).await, &payment.steps[0]);
        assert_eq!(found.code(), "00026", "lost: {} {found}", payment.reference);
        let answered = step.answer.as_ref().expect("it was answered");
        let now = found.text("transactionStatus");
        match answered.text("transactionStatus").as_str() {
            "Y" => assert!(now != "N", "{answered} became {found}"),
            "N" => assert_eq!(now, "N", "{answered} became {found}"),
            _ => {}
        }
        for name in ["paymentId", "amount", "currency", "merchantTransactionId"] {
            assert_eq!(found.text(name), answered.text(name), "{name} of {}", payment.reference);
        }
    };
    stream::iter(payments).for_each_concurrent(AT_ONCE, look).await;
}

/// Waits until nothing is open any more, at most `patience`. Abandoned requests are then repeated, so
/// that each payment has an answer to compare with.
pub(crate) async fn settled(
    market: &Market,
    receiver: &Receiver,
    mut payments: Vec<Payment>,
    patience: Duration,
) -> Vec<Payment> {
    let give_up = Instant::now() + patience;
    for payment in payments.iter_mut().filter(|payment| payment.steps[0].answer.is_none()) {
        let mut before = inquire(market, payment).await;
        while before.text("transactionStatus") == "P" {
            assert!(Instant::now() < give_up, "still open: {before}");
            sleep(Duration::from_millis(200)).await;
            before = inquire(market, payment).await;
        }
        let answer = market.client.ask(&payment.steps[0].request).await;
        if before.code() == "00026" {
            let (then, now) = (before.text("transactionStatus"), answer.text("transactionStatus"));
            assert!(now == then || now == "P", "{before} was answered {answer}");
        }
        payment.steps[0].answer = Some(answer);
    }
    loop {
        let missing =
            |payment: &&Payment| receiver.accepted(&payment.reference) < payment.operations();
        let open: Vec<&Payment> = payments.iter().filter(missing).collect();
        if open.is_empty() {
            return payments;
        }
        if Instant::now() > give_up {
            for payment in open.iter().take(5) {
                let (found, came) =
                    (inquire(market, payment).await, receiver.of(&payment.reference));
                say(&format!("{found}\n  {:?}\n  {came:?}", payment.ends()));
            }
            panic!("{} payments lack notifications", open.len());
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Every request gets the bytes of its first answer again.
pub(crate) async fn replays(market: &Market, payments: &[Payment]) {
    let steps = payments.iter().flat_map(|payment| &payment.steps);
    let replay = async |step: &super::history::Step| {
        let again = market.client.ask(&step.request).await;
        assert_eq!(Some(&again), step.answer.as_ref(), "{:?}", step.request);
    };
    stream::iter(steps).for_each_concurrent(AT_ONCE, replay).await;
}

/// Each payment is there once, with the effects that were answered and their notifications.
pub(crate) async fn payments(market: &Market, receiver: &Receiver, payments: &[Payment]) {
    let mut ids = HashSet::new();
    for payment in payments {
        let id = payment.id().expect("every payment was answered");
        assert!(ids.insert(id), "two payments of one id: {payment:?}");
    }
    let look = async |payment: &Payment| {
        let found = inquire(market, payment).await;
        check_standing(payment, &found);
        check_notifications(market, payment, &receiver.of(&payment.reference));
    };
    stream::iter(payments).for_each_concurrent(AT_ONCE, look).await;
}

fn check_standing(payment: &Payment, found: &Answer) {
    let told = || format!("{found}\n  {:?}", payment.ends());
    let (captured, refunded) = (payment.captured(), payment.refunded());
    let amount = |minor| decimal(minor, payment.currency);
    assert_eq!(found.text("captureamount"), amount(captured), "captured: {}", told());
    assert_eq!(found.text("refundamount"), amount(refunded), "refunded: {}", told());
    let voided = payment.ends().iter().any(|end| (end.0, end.2) == (Kind::Void, End::Approved));
    assert!(!voided || captured == 0, "captured and reversed: {}", told());
    let declined = payment.end(&payment.steps[0]) == End::Declined;
    let status = match (declined, voided) {
        (true, _) => "N",
        (_, true) => "C",
        _ => "Y",
    };
    assert_eq!(found.text("transactionStatus"), status, "{}", told());
}

/// One notification for each operation at least, in order, valid, and with its outcome.
fn check_notifications(market: &Market, payment: &Payment, arrivals: &[Arrival]) {
    let merchant = &market.merchants[payment.merchant];
    let told = || format!("{:?}\n  {arrivals:#?}", payment.ends());
    let mut firsts: Vec<&Arrival> = Vec::new();
    let mut accepted = 0;
    for arrival in arrivals {
        let text = |name: &str| arrival.body[name].as_str().unwrap_or_default();
        let signed = ["paymentId", "merchantTransactionId", "amount", "transactionStatus"];
        let mut parts: Vec<&str> = signed.iter().map(|name| text(name)).collect();
        parts.push(&merchant.secure_key);
        assert_eq!(text("checksum"), md5(&parts), "checksum: {}", told());
        assert_eq!(arrival.path, payment.notify, "{}", told());
        match firsts.get(arrival.sequence.wrapping_sub(1)) {
            Some(first) => {
                assert_eq!(first.delivery, arrival.delivery, "{}", told());
                assert_eq!(first.body, arrival.body, "{}", told());
            }
            None => {
                assert_eq!(arrival.sequence, firsts.len() + 1, "out of order: {}", told());
                assert_eq!(accepted, firsts.len(), "before the one before it: {}", told());
                firsts.push(arrival);
            }
        }
        if arrival.accepted {
            accepted = accepted.max(arrival.sequence);
        }
    }
    let mut came: Vec<(String, bool)> = firsts.iter().map(|first| outcome(first)).collect();
    let begun = payment.ends().into_iter().filter(|(_, _, end)| *end != End::Refused);
    let mut due: Vec<(String, bool)> = begun
        .map(|(_, amount, end)| (decimal(amount, payment.currency), end == End::Approved))
        .collect();
    came.sort();
    due.sort();
    assert_eq!(came, due, "{}", told());
}

/// The amount that a notification tells, and whether it tells a success.
fn outcome(arrival: &Arrival) -> (String, bool) {
    let amount = arrival.body["amount"].as_str().unwrap_or_default();
    let code = arrival.body["result"]["code"].as_str().unwrap_or_default();
    (amount.to_owned(), code.starts_with('0'))
}
