//! The documented cards of the sandbox.

use super::client::Shop;
use crate::support::platform::eventually;
use futures_util::future::join_all;
use purser::acquirers::sandbox::TEST_CARDS;
use purser_subjects::account::Role;
use std::collections::BTreeSet;

/// Number, `result.code`, `bankCode`, and in the end the long status of a DB payment.
const ANSWERS: &[(&str, &str, &str, &str)] = &[
    ("4242424242424242", "00001", "", "settled"),
    ("4111111111111111", "00001", "", "settled"),
    ("4444333322221111", "00001", "", "settled"),
    ("4000000000000051", "00001", "", "settled"),
    ("4111110000000021", "00001", "", "settled"),
    ("5105105105105100", "00001", "", "settled"),
    ("5555555555554444", "00001", "", "settled"),
    ("378282246310005", "00001", "", "settled"),
    ("3530111333300000", "00001", "", "settled"),
    ("4000000000000002", "10001", "05", "authfailed"),
    ("4000000000009995", "10001", "51", "authfailed"),
    ("4100000000000019", "10001", "59", "authfailed"),
    ("4000000000000069", "10001", "54", "authfailed"),
    ("4000000000000127", "10001", "N7", "authfailed"),
    ("4000000000000119", "10001", "96", "authfailed"),
    ("4000000000003220", "10001", "1A", "authfailed"),
    ("4000002760003184", "10001", "1A", "authfailed"),
    ("4000000000005001", "30001", "", "settled"),
    ("4000000000005019", "30001", "", "authfailed"),
    ("4000000000005027", "30001", "", "authfailed"),
    ("4000000000005035", "00001", "", "settled"),
    ("4000000000006009", "00001", "", "settled"),
    ("4000000000006017", "00001", "", "settled"),
    ("4000000000006025", "00001", "", "settled"),
    // Not among them.
    ("4012888888881881", "10001", "05", "authfailed"),
];

#[test]
fn every_documented_card_is_tried_here() {
    let documented: BTreeSet<_> = TEST_CARDS.iter().map(|card| card.number).collect();
    let tried: BTreeSet<_> = ANSWERS.iter().map(|(number, ..)| *number).collect();
    assert!(documented.is_subset(&tried), "{:?}", documented.difference(&tried));
}

async fn tried(shop: &Shop, card: &(&str, &str, &str, &str)) {
    let (number, code, bank_code, status) = *card;
    let changes = [("card.number", number)];
    let answer = shop.pay("DB", number_as_reference(number).as_str(), "1.00", &changes).await;
    let answer = answer.expect(code);
    let told = answer.json();
    assert_eq!(told["result"]["bankCode"].as_str().unwrap_or_default(), bank_code, "{number}");
    let short = match code {
        "00001" => "Y",
        "30001" => "P",
        _ => "N",
    };
    assert_eq!(told["transactionStatus"], short, "{number}");
    eventually(number, async || shop.inquire(&answer.payment_id()).await.text("status") == status)
        .await;
}

/// The number itself may stand in no other field.
fn number_as_reference(number: &str) -> String {
    format!("card-{}-{}", &number[..6], &number[number.len() - 4..])
}

on_both_platforms! {
    async fn every_card_does_what_its_documentation_says(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        join_all(ANSWERS.iter().map(|card| tried(&shop, card))).await;
        let sold = ANSWERS.iter().filter(|(.., status)| *status == "settled").count();
        let sold = 100 * i64::try_from(sold).unwrap();
        platform.settled(&merchant, "EUR", sold).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, sold);
    }

    async fn captures_and_refunds_can_fail_too(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let card = |number| [("card.number", number)];

        let no_capture = shop.pay("PA", "no-capture", "5.00", &card("4000000000006017")).await;
        let id = no_capture.expect("00001").payment_id();
        let declined = shop.capture(&id, "5.00").await.expect("10001");
        assert_eq!(declined.json()["result"]["bankCode"], "05");
        assert_eq!(shop.inquire(&id).await.text("status"), "authsuccessful");
        shop.reverse(&id).await.expect("00006");

        let no_refund = shop.pay("DB", "no-refund", "5.00", &card("4000000000006009")).await;
        let id = no_refund.expect("00001").payment_id();
        shop.refund(&id, "5.00").await.expect("10001");
        platform.settled(&merchant, "EUR", 500).await;
        // A refund that was declined is none, so it may be tried again.
        shop.refund(&id, "5.00").await.expect("10001");
        platform.settled(&merchant, "EUR", 500).await;

        let late_refund = shop.pay("DB", "late-refund", "7.00", &card("4000000000006025")).await;
        let id = late_refund.expect("00001").payment_id();
        platform.settled(&merchant, "EUR", 1200).await;
        shop.refund(&id, "7.00").await.expect("30001");
        assert_eq!(shop.inquire(&id).await.text("status"), "markedforreversal");
        shop.refund(&id, "7.00").await.expect("20203");
        eventually("the refund is found", async || {
            shop.inquire(&id).await.text("status") == "reversed"
        })
        .await;
        platform.settled(&merchant, "EUR", 500).await;
    }

    async fn cards_that_cannot_be_valid_never_reach_the_sandbox(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        for (changes, code) in [
            ([("card.number", "4242424242424241")], "20114"),
            ([("card.expiryYear", "2020")], "20115"),
            ([("card.cvv", "12")], "20116"),
        ] {
            let answer = shop.pay("DB", "order-1", "1.00", &changes).await.expect(code);
            assert_eq!(answer.payment_id(), "-");
        }
        shop.inquire_reference("order-1").await.expect("20201");
    }
}
