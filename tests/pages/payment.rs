//! A card holder confirms a payment with a one-time code, from the merchant's request back to the shop.

use super::scene::{Scene, WRONG_OTP};
use crate::{
    snap::{
        client::{Answer, SnapShop, new_state},
        customer::{Customer, OTP, take},
        refunds::cancel,
    },
    support::{
        browser::{Browser, Manner},
        platform::PlatformBuilder,
    },
};
use serde_json::json;

/// A card whose bank asks for a one-time code before each charge.
const CARD: &str = "4111111111111111";

/// What a language says on the way.
struct Said {
    language: &'static str,
    title: &'static str,
    wrong: &'static str,
    paid: &'static str,
    not_paid: &'static str,
    amount: &'static str,
    name: &'static str,
}

const INDONESIAN: Said = Said {
    language: "ID",
    title: "Konfirmasi pembayaran Anda",
    wrong: "Kode salah",
    paid: "Pembayaran berhasil",
    not_paid: "Pembayaran tidak berhasil",
    amount: "Rp150.000",
    name: "id",
};
const ENGLISH: Said = Said {
    language: "EN",
    title: "Confirm your payment",
    wrong: "That code is wrong",
    paid: "Paid",
    not_paid: "Not paid",
    amount: "IDR 150,000",
    name: "en",
};

/// A merchant that speaks SNAP, and a customer whose card it may charge.
struct Payments {
    scene: Scene,
    shop: SnapShop,
    token: String,
}

impl Payments {
    async fn open(platform: PlatformBuilder, said: &Said) -> Self {
        let scene = Scene::open(platform).await;
        let shop = SnapShop::of(&scene.platform, scene.merchant.clone()).await;
        let mut parameters = shop.parameters(&new_state(), "siti");
        for (name, value) in &mut parameters {
            if *name == "lang" {
                said.language.clone_into(value);
            }
        }
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = shop.get("get-auth-code", &query).await.expect("2003000");
        let code = answer.text("authCode");
        Customer::with(&scene.platform, &code).binds(CARD).await;
        let token = take(&shop, &code).await;
        Self { scene, shop, token }
    }

    /// A payment that waits for its code on a page.
    async fn pay(&self, order: &str) -> Answer {
        let mut body = self.shop.payment(order, &self.token, "150000.00");
        let back = self.scene.shop.url("/paid?order=7");
        body["urlParam"] = json!([{ "url": back, "type": "PAY_RETURN", "isDeepLink": "N" }]);
        self.shop.post("debit/payment-host-to-host", &body).await.expect("2023300")
    }

    async fn browser(&self, manner: Manner, order: &str) -> Browser {
        let url = self.pay(order).await.text("webRedirectUrl");
        let browser = Browser::open(manner).await;
        browser.go(&url).await;
        browser
    }

    async fn status(&self, order: &str) -> String {
        self.shop.status(order).await.text("latestTransactionStatus")
    }
}

/// Fills in the code and sends it.
async fn enter(browser: &Browser, otp: &str) {
    browser.fill("#otp", otp).await;
    browser.click("form[action*='/code'] button").await;
}

/// Confirms a payment after a mistyped code, and keeps pictures where they have a name.
async fn confirm(payments: &Payments, said: &Said, manner: Manner, pictures: Option<&str>) {
    let order = new_state();
    let browser = payments.browser(manner, &order).await;
    let picture = async |step: &str| {
        if let Some(manner) = pictures {
            browser.picture(&format!("payment-{}-{manner}-{step}", said.name)).await;
        }
    };
    let seen = browser.sees(said.title).await;
    assert!(seen.contains("Kopi Nusantara") && seen.contains("Sandbox"), "{seen}");
    assert!(seen.contains(said.amount) && seen.contains("Visa •••• 1111"), "{seen}");
    assert_eq!(browser.attribute("html", "lang").await.as_deref(), Some(said.name));
    picture("1-code").await;
    enter(&browser, WRONG_OTP).await;
    browser.sees(said.wrong).await;
    picture("2-wrong").await;
    assert_eq!(payments.status(&order).await, "01");
    enter(&browser, OTP).await;
    browser.sees(said.paid).await;
    picture("3-paid").await;
    // And from there by itself, with scripts or without.
    browser.arrives_at(&payments.scene.shop.url("/paid?order=7")).await;
    assert_eq!(payments.status(&order).await, "00");
}

on_both_platforms! {
    async fn a_card_holder_confirms_a_payment_in_indonesian(platform) {
        let payments = Payments::open(platform, &INDONESIAN).await;
        confirm(&payments, &INDONESIAN, Manner::PHONE, Some("phone")).await;
        confirm(&payments, &INDONESIAN, Manner::NO_SCRIPTS, None).await;
    }

    async fn a_card_holder_confirms_a_payment_in_english(platform) {
        let payments = Payments::open(platform, &ENGLISH).await;
        confirm(&payments, &ENGLISH, Manner::PHONE, Some("phone")).await;
        confirm(&payments, &ENGLISH, Manner::DARK, Some("dark")).await;
        confirm(&payments, &ENGLISH, Manner::DESKTOP, Some("desktop")).await;
    }

    async fn three_wrong_codes_end_a_payment_and_lead_back_to_the_shop(platform) {
        let payments = Payments::open(platform, &INDONESIAN).await;
        let browser = payments.browser(Manner::PHONE, "order-1").await;
        enter(&browser, WRONG_OTP).await;
        browser.sees(INDONESIAN.wrong).await;
        // Looking at the page again is no try, and a code of letters is none either.
        browser.reload().await;
        enter(&browser, "12ab").await;
        browser.sees("Kode hanya terdiri dari angka").await;
        enter(&browser, WRONG_OTP).await;
        browser.sees(INDONESIAN.wrong).await;
        enter(&browser, WRONG_OTP).await;
        browser.sees(INDONESIAN.not_paid).await;
        browser.picture("payment-id-phone-blocked").await;
        assert!(!browser.has("#otp").await);
        assert_eq!(payments.status("order-1").await, "06");
        browser.arrives_at(&payments.scene.shop.url("/paid?order=7")).await;
    }

    async fn a_payment_that_the_merchant_cancelled_asks_for_no_code(platform) {
        let payments = Payments::open(platform, &ENGLISH).await;
        let browser = payments.browser(Manner::NO_SCRIPTS, "order-1").await;
        browser.sees(ENGLISH.title).await;
        cancel(&payments.shop, "order-1").await.expect("2005700");
        enter(&browser, OTP).await;
        browser.sees(ENGLISH.not_paid).await;
        assert_eq!(payments.status("order-1").await, "05");
    }

    async fn a_card_holder_goes_on_after_a_kill_and_reads_the_other_language(platform) {
        let payments = Payments::open(platform, &INDONESIAN).await;
        let url = payments.pay("order-1").await.text("webRedirectUrl");
        let path = url.strip_prefix(&payments.scene.platform.base_url()).unwrap().to_owned();
        let Payments { scene, .. } = payments;
        let scene = scene.killed().await;
        let browser = Browser::open(Manner::PHONE).await;
        browser.go(&format!("{}{path}", scene.platform.base_url())).await;
        browser.sees(INDONESIAN.title).await;
        browser.click(".languages a").await;
        browser.sees(ENGLISH.title).await;
        enter(&browser, WRONG_OTP).await;
        browser.sees(ENGLISH.wrong).await;
        enter(&browser, OTP).await;
        browser.sees(ENGLISH.paid).await;
    }

    async fn an_address_that_was_changed_shows_nothing(platform) {
        let payments = Payments::open(platform, &ENGLISH).await;
        let url = payments.pay("order-1").await.text("webRedirectUrl");
        let browser = Browser::open(Manner::NO_SCRIPTS).await;
        browser.go(&format!("{}x", &url[..url.len() - 1])).await;
        let seen = browser.text().await;
        assert!(!seen.contains("150") && !seen.contains("1111"), "{seen}");
        assert!(!browser.has("#otp").await);
    }
}
