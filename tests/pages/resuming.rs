//! The node is killed in the middle of a session. The customer's page goes on with the one that takes over.

use super::scene::{GOOD_CARD, GOOD_OTP, Scene, WRONG_OTP, enter_card, enter_otp};
use crate::support::browser::Manner;
use purser_subjects::binding::{Language, SessionStage};
use std::time::{Duration, Instant};

on_both_platforms! {
    async fn a_customer_goes_on_after_a_kill_at_every_step(platform) {
        let mut scene = Scene::open(platform).await;
        let session = scene.session(Language::En).await;
        let browser = scene.browser(Manner::PHONE, &session).await;
        browser.sees("Enter your debit card").await;

        scene = scene.killed().await;
        browser.go(&scene.url(&session)).await;
        browser.sees("Enter your debit card").await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("Enter the OTP code").await;

        scene = scene.killed().await;
        browser.go(&scene.url(&session)).await;
        browser.sees("3 tries left.").await;
        enter_otp(&browser, WRONG_OTP).await;
        browser.sees("2 tries left.").await;

        // Neither what was tried is forgotten, nor that it was wrong.
        scene = scene.killed().await;
        browser.go(&scene.url(&session)).await;
        browser.sees("That code is wrong. 2 tries left.").await;
        enter_otp(&browser, GOOD_OTP).await;
        browser.sees("Card linked").await;

        scene = scene.killed().await;
        browser.go(&scene.url(&session)).await;
        browser.sees("Card linked").await;
        assert_eq!(scene.view(&session).await.stage, SessionStage::Bound);
    }

    async fn a_card_that_was_being_entered_when_the_node_died_is_bound_once_or_entered_again(platform) {
        let mut scene = Scene::open(platform).await;
        let session = scene.session(Language::En).await;
        let browser = scene.browser(Manner::NO_SCRIPTS, &session).await;
        browser.sees("Enter your debit card").await;
        // The form is sent to a node that is gone before it can answer.
        let attempt = browser.attribute("input[name=attempt]", "value").await.unwrap();
        let form = [
            ("number", GOOD_CARD), ("holder", "Siti Rahma"), ("expiry", "08/29"), ("code", "123"),
            ("attempt", attempt.as_str()),
        ];
        let url = scene.url(&session).replace("?", "/card?");
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = "application/x-www-form-urlencoded";
        let sent = reqwest::Client::new().post(url).header("content-type", kind).body(form).send();
        let sent = tokio::time::timeout(Duration::from_millis(30), sent).await;
        drop(sent);
        scene = scene.killed().await;
        browser.go(&scene.url(&session)).await;
        // Whatever came of it: the page leads on, if only to the form again, when the bank did not answer.
        let begun = Instant::now();
        let mut entered: Option<Instant> = None;
        while !browser.has("#otp").await {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", browser.text().await);
            let may_enter = entered.is_none_or(|at| at.elapsed() > Duration::from_secs(5));
            if may_enter && browser.has("#number").await {
                if entered.is_some() {
                    // An empty form.
                    browser.go(&scene.url(&session)).await;
                }
                entered = Some(Instant::now());
                if browser.has("#number").await {
                    enter_card(&browser, GOOD_CARD).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        browser.sees("Enter the OTP code").await;
        enter_otp(&browser, GOOD_OTP).await;
        browser.arrives_at(&scene.shop.url("/bound")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_away_is_told_in_words_that_lead_on() {
    use crate::support::platform::{Engine, TestPlatform};
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite).max_requests(0)).await;
    let code = "ab".repeat(32);
    let url = format!("{}/dd-card-binding?authCode={code}", scene.platform.base_url());
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("Layanan sedang sibuk"));
}
