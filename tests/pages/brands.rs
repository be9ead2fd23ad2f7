//! What the script says of a card is what the server says.

use super::scene::Scene;
use crate::support::{
    browser::Manner,
    platform::{Engine, TestPlatform},
};
use purser::card::brand_of;
use purser_subjects::binding::Language;

/// Number, its brand on the page, and how it is grouped.
const NUMBERS: [(&str, &str, &str); 8] = [
    ("4242424242424242", "Visa", "4242 4242 4242 4242"),
    ("5105105105105100", "Mastercard", "5105 1051 0510 5100"),
    ("2221000000000009", "Mastercard", "2221 0000 0000 0009"),
    ("2720990000000007", "Mastercard", "2720 9900 0000 0007"),
    ("378282246310005", "Amex", "3782 822463 10005"),
    ("3530111333300000", "JCB", "3530 1113 3330 0000"),
    ("6212345678900000003", "UnionPay", "6212 3456 7890 0000 003"),
    ("9999999999999995", "", "9999 9999 9999 9995"),
];

#[tokio::test(flavor = "multi_thread")]
async fn brands_and_groups_appear_while_a_number_is_typed() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::En).await;
    let browser = scene.browser(Manner::PHONE, &session).await;
    for (number, brand, grouped) in NUMBERS {
        browser.fill("#number", number).await;
        let shown = browser.run("return document.querySelector('[data-brand]').textContent").await;
        assert_eq!(shown, brand, "{number}");
        assert_eq!(browser.value("#number").await, grouped);
        let known = match brand_of(number) {
            "VISA" => "Visa",
            "MC" => "Mastercard",
            "AMEX" => "Amex",
            "CUP" => "UnionPay",
            "CARD" => "",
            other => other,
        };
        assert_eq!(known, brand, "{number}");
    }
    browser.fill("#expiry", "829").await;
    assert_eq!(browser.value("#expiry").await, "08/29");
    // A click on a test card fills it in.
    browser.click("details summary").await;
    browser.click(".fill").await;
    assert!(browser.value("#number").await.len() >= 16);
}
