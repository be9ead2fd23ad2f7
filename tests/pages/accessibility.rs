//! Pages can be used by everybody: looked through by axe-core, and used with the keyboard alone.

use super::scene::{GOOD_CARD, GOOD_OTP, Scene, WRONG_OTP, enter_card, enter_otp};
use crate::support::{
    browser::{Browser, Manner},
    platform::{Engine, TestPlatform},
};
use purser_subjects::binding::Language;
use std::fs;

/// What axe-core has against the page that is shown.
async fn check(browser: &Browser, what: &str) {
    let path = crate::support::browser::target().join("pages/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("axe-core is not in {}: {error}; run scripts/test once", path.display())
    });
    let script = format!(
        "{axe}; return axe.run(document).then((found) => found.violations.map((rule) => \
         rule.id + ': ' + rule.nodes.map((node) => node.html).join(' ')));"
    );
    let found = browser.run(&script).await;
    assert_eq!(found, serde_json::json!([]), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_an_obstacle() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    for (language, manner) in [
        (Language::Id, Manner::PHONE),
        (Language::En, Manner::DARK),
        (Language::En, Manner::DESKTOP),
    ] {
        let customer = format!("axe-{}", manner.desktop || manner.dark);
        let session = scene.session_of(language, &customer, 300).await;
        let browser = scene.browser(manner, &session).await;
        check(&browser, "card").await;
        browser.click("details summary").await;
        check(&browser, "card with test cards").await;
        browser.click("form[action*='/card'] button").await;
        let words = if language == Language::Id { "Periksa kembali" } else { "Please check" };
        browser.sees(words).await;
        assert!(browser.has("[role=alert]").await);
        check(&browser, "card with errors").await;
        browser.picture(&format!("binding-{language:?}-{}-errors", manner.desktop)).await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("OTP").await;
        check(&browser, "one-time code").await;
        enter_otp(&browser, WRONG_OTP).await;
        browser.sees(if language == Language::Id { "Kode salah" } else { "wrong" }).await;
        check(&browser, "wrong code").await;
        browser.click("form[action*='/cancel'] button").await;
        browser.sees(if language == Language::Id { "Dibatalkan" } else { "Cancelled" }).await;
    }
    let browser = Browser::open(Manner::PHONE).await;
    browser.go(&format!("{}/dd-card-binding", scene.platform.base_url())).await;
    browser.sees("Unknown link").await;
    check(&browser, "unknown").await;
    browser.picture("binding-en-phone-unknown").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_can_be_bound_with_the_keyboard_alone() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::En).await;
    let browser = scene.browser(Manner::DESKTOP, &session).await;
    // Past the head by the first link, then from field to field.
    browser.press(&[TAB, ENTER, TAB]).await;
    browser.press(&[GOOD_CARD, TAB, "Siti Rahma", TAB, "0829", TAB, "123", ENTER]).await;
    browser.sees("Enter the OTP code").await;
    // The field of the code has the focus already.
    browser.press(&[GOOD_OTP, ENTER]).await;
    browser.sees("Card linked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_to_those_who_do_not_see_it() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::En).await;
    let browser = scene.browser(Manner::PHONE, &session).await;
    browser.click("form[action*='/card'] button").await;
    browser.sees("Enter the card number.").await;
    assert_eq!(browser.attribute("#number", "aria-invalid").await.as_deref(), Some("true"));
    let described = browser.attribute("#number", "aria-describedby").await.unwrap();
    assert!(described.contains("number-wrong"), "{described}");
    let focused = browser.run("return document.activeElement.id").await;
    assert_eq!(focused, "number");
}
