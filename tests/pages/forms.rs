//! What is sent to the pages without a browser, and by those who should not.

use super::scene::{GOOD_CARD, GOOD_OTP, Scene, Session, WRONG_OTP};
use crate::support::{
    browser::{Browser, Manner},
    platform::{Engine, TestPlatform},
};
use purser_subjects::binding::{Language, SessionStage};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};

fn client() -> Client {
    Client::builder().no_proxy().redirect(Policy::none()).build().unwrap()
}

fn post(url: &str, form: &[(&str, &str)]) -> RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    client().post(url).header("content-type", "application/x-www-form-urlencoded").body(body)
}

async fn send(scene: &Scene, session: &Session, step: &str, form: &[(&str, &str)]) -> Response {
    let url = scene.url(session).replace('?', &format!("/{step}?"));
    post(&url, form).send().await.unwrap()
}

const CARD: [(&str, &str); 4] =
    [("number", GOOD_CARD), ("holder", "Siti Rahma"), ("expiry", "08/29"), ("code", "123")];

fn card(attempt: &str) -> Vec<(&'static str, &str)> {
    CARD.into_iter().chain([("attempt", attempt)]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_is_one() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::Id).await;
    let cards = scene.view(&session).await.cards_left.to_string();
    let form = card(&cards);
    let both = [send(&scene, &session, "card", &form), send(&scene, &session, "card", &form)];
    for answer in futures_util::future::join_all(both).await {
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["location"], session.path().as_str());
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    let otp = scene.view(&session).await.otp.unwrap();
    let attempt = format!("{cards}.{}.{}", otp.resends_left, otp.tries_left);
    let wrong = [("otp", WRONG_OTP), ("attempt", attempt.as_str())];
    let both = [send(&scene, &session, "otp", &wrong), send(&scene, &session, "otp", &wrong)];
    for answer in futures_util::future::join_all(both).await {
        assert_eq!(answer.status(), 303);
    }
    assert_eq!(scene.view(&session).await.otp.unwrap().tries_left, otp.tries_left - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_not_given_back() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::Id).await;
    let form = [
        ("number", "4242424242424241"),
        ("holder", "4242424242424242"),
        ("expiry", "13/29"),
        ("code", "98x"),
        ("attempt", "3"),
    ];
    let answer = send(&scene, &session, "card", &form).await;
    assert_eq!(answer.status(), 422);
    let html = answer.text().await.unwrap();
    for typed in ["424242424242424", "13/29", "98x"] {
        assert!(!html.contains(&format!("value=\"{typed}")), "{typed} in {html}");
    }
    assert!(!html.contains("4242424242424241"));
    assert_eq!(scene.view(&session).await.stage, SessionStage::Opened);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_not_kept_not_framed_and_load_nothing_from_elsewhere() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::Id).await;
    let wrong = format!("{}/dd-card-binding?authCode=nothing", scene.platform.base_url());
    for (url, status) in [(scene.url(&session), 200), (wrong, 404)] {
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), status);
        let headers = answer.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        let html = answer.text().await.unwrap();
        assert!(!html.contains("<script>") && !html.contains("style="), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_finds_nothing_whatever_is_wrong_with_it() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::Id).await;
    let mut other = session.code.clone();
    let last = if other.ends_with('0') { "1" } else { "0" };
    other.replace_range(63.., last);
    let mut pages = Vec::new();
    for code in [other.as_str(), &"0".repeat(64), "", "x", &session.code[..63]] {
        let url = format!("{}/dd-card-binding?authCode={code}", scene.platform.base_url());
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{code}");
        pages.push(answer.text().await.unwrap());
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "they all look the same");
    assert!(pages[0].contains("Tautan tidak dikenal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::Id).await;
    let url = scene.url(&session).replace('?', "/cancel?");
    let forged = post(&url, &[("x", "")]).header("sec-fetch-site", "cross-site");
    assert_eq!(forged.send().await.unwrap().status(), 403);
    let other_kind = client().post(&url).header("content-type", "text/plain").body("x");
    assert_eq!(other_kind.send().await.unwrap().status(), 403);
    let long = "y".repeat(9_000);
    let large = post(&url, &[("x", &long)]);
    assert_eq!(large.send().await.unwrap().status(), 413);
    assert_ne!(scene.view(&session).await.stage, SessionStage::Cancelled);
    // Somebody who reloads the page of a form by its address sees the session.
    let answer = client().get(&url).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, session.path().as_str())
    );
    let answer = client().delete(scene.url(&session)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_can_neither_frame_it_nor_send_its_forms() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::En).await;
    let browser = Browser::open(Manner::PHONE).await;
    // The shop's page is of another origin; its port differs.
    browser.go(&scene.shop.url("/evil")).await;
    let url = scene.url(&session);
    let framed = format!(
        "const f = document.createElement('iframe'); f.src = '{url}'; document.body.append(f);"
    );
    browser.run(&framed).await;
    assert!(!browser.frame_has("iframe", "#number").await, "the page is shown in a frame");
    let form = format!(
        "const f = document.createElement('form'); f.method = 'post'; f.action = '{}'; \
         document.body.append(f); f.submit();",
        url.replace('?', "/cancel?")
    );
    browser.run(&form).await;
    browser.sees("Permintaan ditolak").await;
    assert_ne!(scene.view(&session).await.stage, SessionStage::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_after_the_end_changes_nothing() {
    let scene = Scene::open(TestPlatform::on(Engine::Sqlite)).await;
    let session = scene.session(Language::En).await;
    assert_eq!(send(&scene, &session, "otp", &[("otp", GOOD_OTP)]).await.status(), 303);
    assert_eq!(scene.view(&session).await.stage, SessionStage::Opened);
    assert_eq!(send(&scene, &session, "cancel", &[]).await.status(), 303);
    let cards = scene.view(&session).await.cards_left.to_string();
    assert_eq!(send(&scene, &session, "card", &card(&cards)).await.status(), 303);
    assert_eq!(scene.view(&session).await.stage, SessionStage::Cancelled);
}
