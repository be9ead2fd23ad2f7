//! A customer binds a card, from the first page back to the shop.

use super::scene::{GOOD_CARD, GOOD_OTP, REFUSED_CARD, Scene, WRONG_OTP, enter_card, enter_otp};
use crate::support::browser::{Browser, Manner};
use purser_subjects::binding::{FailureReason, Language, SessionStage, TokenStatus};

/// What a language says on the way.
struct Said {
    language: Language,
    card: &'static str,
    otp: &'static str,
    bound: &'static str,
    name: &'static str,
}

const INDONESIAN: Said = Said {
    language: Language::Id,
    card: "Masukkan kartu debit Anda",
    otp: "Masukkan kode OTP",
    bound: "Kartu terhubung",
    name: "id",
};
const ENGLISH: Said = Said {
    language: Language::En,
    card: "Enter your debit card",
    otp: "Enter the OTP code",
    bound: "Card linked",
    name: "en",
};

/// Goes all the way, and keeps pictures where they have a name.
async fn bind(scene: &Scene, said: &Said, manner: Manner, pictures: Option<&str>) {
    let customer = format!("customer-{}-{manner:?}", said.name);
    let customer: String = customer.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let session = scene.session_of(said.language, &customer, 300).await;
    let browser = scene.browser(manner, &session).await;
    let picture = async |step: &str| {
        if let Some(manner) = pictures {
            browser.picture(&format!("binding-{}-{manner}-{step}", said.name)).await;
        }
    };
    let seen = browser.sees(said.card).await;
    assert!(seen.contains("Kopi Nusantara") && seen.contains("Sandbox"), "{seen}");
    assert!(seen.contains("BRI") && seen.contains("6281 •••• 890"), "{seen}");
    assert_eq!(browser.attribute("html", "lang").await.as_deref(), Some(said.name));
    picture("1-card").await;
    enter_card(&browser, GOOD_CARD).await;
    let seen = browser.sees(said.otp).await;
    assert!(seen.contains("Visa •••• 4242"), "{seen}");
    picture("2-otp").await;
    enter_otp(&browser, GOOD_OTP).await;
    browser.sees(said.bound).await;
    picture("3-bound").await;
    // And from there by itself, with scripts or without.
    let url = browser.arrives_at(&scene.shop.url("/bound?order=7&state=")).await;
    assert!(url.ends_with(&session.state), "{url}");
    let view = scene.view(&session).await;
    assert_eq!(view.stage, SessionStage::Bound);
    assert_eq!(view.token.unwrap().status, TokenStatus::Active);
    // Coming back changes nothing.
    browser.go(&scene.url(&session)).await;
    browser.sees(said.bound).await;
}

/// Enters a refused card, then wrong codes until nothing is left.
async fn fail(scene: &Scene, browser: &Browser) {
    enter_card(browser, REFUSED_CARD).await;
    browser.sees("Kartu ditolak oleh bank").await;
    browser.picture("binding-id-phone-refused").await;
    enter_card(browser, GOOD_CARD).await;
    browser.sees("Tersisa 3 kali").await;
    enter_otp(browser, WRONG_OTP).await;
    browser.sees("Kode salah. Tersisa 2 kali").await;
    browser.picture("binding-id-phone-wrong-otp").await;
    // Looking at the page again is no try.
    browser.reload().await;
    browser.sees("Kode salah. Tersisa 2 kali").await;
    enter_otp(browser, WRONG_OTP).await;
    browser.sees("Kode salah. Tersisa 1 kali").await;
    enter_otp(browser, WRONG_OTP).await;
    browser.sees("Terlalu banyak kode salah").await;
    browser.picture("binding-id-phone-blocked").await;
    browser.arrives_at(&scene.shop.url("/failed?state=")).await;
}

on_both_platforms! {
    async fn a_customer_binds_a_card_in_indonesian(platform) {
        let scene = Scene::open(platform).await;
        bind(&scene, &INDONESIAN, Manner::PHONE, Some("phone")).await;
        bind(&scene, &INDONESIAN, Manner::NO_SCRIPTS, Some("plain")).await;
    }

    async fn a_customer_binds_a_card_in_english(platform) {
        let scene = Scene::open(platform).await;
        bind(&scene, &ENGLISH, Manner::DESKTOP, Some("desktop")).await;
        bind(&scene, &ENGLISH, Manner::DARK, Some("dark")).await;
        bind(&scene, &ENGLISH, Manner::NO_SCRIPTS, None).await;
    }

    async fn three_wrong_codes_end_a_session_and_lead_back_with_the_reason(platform) {
        let scene = Scene::open(platform).await;
        let session = scene.session(Language::Id).await;
        let browser = scene.browser(Manner::PHONE, &session).await;
        fail(&scene, &browser).await;
        let url = browser.url().await;
        assert!(url.contains(&session.state) && url.ends_with("reason=otp_blocked"), "{url}");
        let view = scene.view(&session).await;
        assert_eq!(view.stage, SessionStage::Failed);
        assert_eq!(view.failure.unwrap().reason, FailureReason::OtpBlocked);
        // A right code is too late.
        browser.go(&scene.url(&session)).await;
        browser.sees("Terlalu banyak kode salah").await;
        assert!(!browser.has("#otp").await);
    }

    async fn a_customer_who_gives_up_goes_back_to_the_shop(platform) {
        let scene = Scene::open(platform).await;
        let session = scene.session(Language::En).await;
        let browser = scene.browser(Manner::NO_SCRIPTS, &session).await;
        browser.click("form[action*='/cancel'] button").await;
        let url = browser.arrives_at(&scene.shop.url("/failed?state=")).await;
        assert!(url.ends_with("reason=cancelled"), "{url}");
        assert_eq!(scene.view(&session).await.stage, SessionStage::Cancelled);
    }

    async fn another_code_can_be_sent_a_few_times(platform) {
        let scene = Scene::open(platform).await;
        let session = scene.session(Language::En).await;
        let browser = scene.browser(Manner::PHONE, &session).await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("Enter the OTP code").await;
        let left = scene.view(&session).await.otp.unwrap().resends_left;
        assert!(left > 0);
        for left in (0..left).rev() {
            browser.click("form[action*='/resend'] button").await;
            browser.sees("A new code has been sent.").await;
            let words = match left {
                0 => "No more codes can be sent.".to_owned(),
                1 => "1 more time".to_owned(),
                _ => format!("{left} more times"),
            };
            browser.sees(&words).await;
        }
        assert!(!browser.has("form[action*='/resend']").await);
        enter_otp(&browser, GOOD_OTP).await;
        browser.arrives_at(&scene.shop.url("/bound")).await;
    }

    async fn a_page_turns_into_that_of_the_end_when_the_time_is_up(platform) {
        let scene = Scene::open(platform).await;
        for manner in [Manner::PHONE, Manner::NO_SCRIPTS] {
            let session = scene.session_of(Language::En, "late", 10).await;
            let browser = scene.browser(manner, &session).await;
            browser.sees("Enter your debit card").await;
            browser.sees("Time is up").await;
            let url = browser.arrives_at(&scene.shop.url("/failed?state=")).await;
            assert!(url.ends_with("reason=expired"), "{url}");
        }
    }

    async fn a_customer_reads_the_page_in_the_other_language(platform) {
        let scene = Scene::open(platform).await;
        let session = scene.session(Language::Id).await;
        let browser = scene.browser(Manner::PHONE, &session).await;
        browser.sees("Masukkan kartu debit Anda").await;
        browser.click(".languages a").await;
        browser.sees("Enter your debit card").await;
        // The choice stays through what is wrong and what is right.
        browser.click("form[action*='/card'] button").await;
        browser.sees("Enter the card number.").await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("Enter the OTP code").await;
        enter_otp(&browser, WRONG_OTP).await;
        browser.sees("That code is wrong.").await;
        enter_otp(&browser, GOOD_OTP).await;
        browser.sees("Card linked").await;
    }

    async fn the_same_card_is_not_bound_twice_for_one_customer(platform) {
        let scene = Scene::open(platform).await;
        let (first, second) = (scene.session(Language::En).await, scene.session(Language::En).await);
        let browser = scene.browser(Manner::PHONE, &first).await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("Enter the OTP code").await;
        enter_otp(&browser, GOOD_OTP).await;
        browser.sees("Card linked").await;
        browser.go(&scene.url(&second)).await;
        enter_card(&browser, GOOD_CARD).await;
        browser.sees("This card is linked already").await;
        assert_ne!(scene.view(&second).await.stage, SessionStage::Bound);
    }
}
