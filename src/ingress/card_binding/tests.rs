//! Every page of a session in every language, from its view.

use super::*;
use crate::ingress::card_binding::{
    card_form::{CardEcho, CardErrors},
    screens::Fault,
};
use axum::body::to_bytes;
use purser_subjects::{
    BindingId, Timestamp,
    binding::{BindingFailure, BindingView, FailureReason, Language, OtpView, SessionStage},
    transaction::CardSummary,
};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_millis(1_772_323_199_999);

fn view(stage: SessionStage) -> BindingView {
    let merchant = "10001".parse().unwrap();
    let expires_at = Timestamp::from_millis(NOW.as_millis() + 300_000);
    BindingView {
        binding: BindingId::derive(&merchant, "state"),
        merchant,
        state: "a-state-of-the-merchants-own".to_owned(),
        language: Language::Id,
        scopes: Vec::new(),
        redirect_url: Some("https://shop.example/bound?a=1".to_owned()),
        failure_redirect_url: Some("https://shop.example/failed".to_owned()),
        customer: Some("customer-1".to_owned()),
        phone: Some("6281234567890".to_owned()),
        bank_code: Some("002".to_owned()),
        details: BTreeMap::new(),
        notify: None,
        stage,
        failure: None,
        cards_left: 3,
        card: Some(CardSummary {
            brand: "VISA".to_owned(),
            bin: "424242".to_owned(),
            last4: "4242".to_owned(),
            expiry_month: 8,
            expiry_year: 2029,
            holder: "Siti Rahma".to_owned(),
        }),
        otp: Some(OtpView { sent_to: String::new(), expires_at, tries_left: 3, resends_left: 2 }),
        token: None,
        created_at: NOW,
        updated_at: NOW,
        expires_at,
    }
}

fn failed(stage: SessionStage, reason: FailureReason) -> BindingView {
    let failure = BindingFailure { reason, code: "X1".to_owned(), message: "internal".to_owned() };
    BindingView { failure: Some(failure), ..view(stage) }
}

fn page(lang: Lang) -> Page {
    let mut page = Page::of_session(&"ab".repeat(32), Some(lang), Lang::Id);
    page.merchant = Some("Kopi <Nusantara> & Co".to_owned());
    page
}

/// Status and HTML.
async fn shown(page: &Page, view: &BindingView, fault: Fault) -> (u16, String) {
    let response = screens::session(page, view, fault, NOW);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

const EVERY_STAGE: [SessionStage; 9] = [
    SessionStage::Issued,
    SessionStage::Opened,
    SessionStage::CardEntered,
    SessionStage::OtpSent,
    SessionStage::Verifying,
    SessionStage::Bound,
    SessionStage::Failed,
    SessionStage::Expired,
    SessionStage::Cancelled,
];

#[tokio::test]
async fn every_page_is_in_its_language_with_nothing_inline() {
    for lang in Lang::ALL {
        for stage in EVERY_STAGE {
            let (status, html) = shown(&page(lang), &view(stage), Fault::default()).await;
            assert_eq!(status, 200);
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{stage:?}");
            assert!(html.contains("Kopi &#60;Nusantara&#62; &#38; Co"), "{stage:?} {html}");
            for never in ["<script>", " style=", " onclick", "<style", "javascript:", "Siti"] {
                assert!(!html.contains(never), "{stage:?} has {never}: {html}");
            }
            assert_eq!(html.matches("<h1").count(), 1, "{stage:?}");
            assert!(!html.contains("internal") && !html.contains("X1"), "{stage:?}");
        }
    }
}

#[tokio::test]
async fn every_field_has_a_label_and_its_error_belongs_to_it() {
    let texts = Lang::En.texts();
    let card = CardErrors {
        number: Some(texts.number_wrong),
        holder: Some(texts.holder_missing),
        expiry: Some(texts.expiry_past),
        code: Some(texts.code_wrong),
    };
    let echo = CardEcho { holder: "<Siti>".to_owned(), expiry: "08/29".to_owned() };
    let fault = Fault { card, echo, ..Fault::default() };
    let (status, html) = shown(&page(Lang::En), &view(SessionStage::Opened), fault).await;
    assert_eq!(status, 422);
    for field in ["number", "holder", "expiry", "code"] {
        assert!(html.contains(&format!("<label for=\"{field}\">")), "{field}");
        assert!(html.contains(&format!("id=\"{field}-wrong\"")), "{field}");
        let input = html.split(&format!("id=\"{field}\" ")).nth(1).unwrap();
        let input = &input[..input.find('>').unwrap()];
        assert!(input.contains("aria-invalid=\"true\""), "{input}");
        assert!(input.contains(&format!("{field}-wrong")), "{input}");
    }
    assert!(html.contains("value=\"&#60;Siti&#62;\""));
    assert!(html.contains("role=\"alert\""));
    let number = html.split("id=\"number\"").nth(1).unwrap();
    assert!(!number[..number.find('>').unwrap()].contains("value="), "{number}");
}

#[tokio::test]
async fn a_refused_card_may_be_followed_by_another_and_the_page_says_why() {
    for (reason, words) in [
        (FailureReason::CardRefused, Lang::Id.texts().refused_again),
        (FailureReason::CardBlocked, Lang::Id.texts().blocked_again),
        (FailureReason::CardExpired, Lang::Id.texts().expired_again),
        (FailureReason::NotSupported, Lang::Id.texts().unsupported_again),
        (FailureReason::IssuerUnavailable, Lang::Id.texts().silent_again),
    ] {
        let view = failed(SessionStage::Opened, reason);
        let (status, html) = shown(&page(Lang::Id), &view, Fault::default()).await;
        assert_eq!(status, 200);
        assert!(html.contains(words.head), "{reason:?}");
    }
}

#[tokio::test]
async fn the_same_card_may_be_entered_again_when_the_bank_did_not_answer() {
    let attempt = |html: String| {
        let (_, from) = html.split_once("name=\"attempt\" value=\"").unwrap();
        from.split('"').next().unwrap().to_owned()
    };
    let first = view(SessionStage::Opened);
    let (_, shown_first) = shown(&page(Lang::Id), &first, Fault::default()).await;
    let (_, shown_twice) = shown(&page(Lang::En), &first, Fault::default()).await;
    let mut again = failed(SessionStage::Opened, FailureReason::IssuerUnavailable);
    again.updated_at = Timestamp::from_millis(NOW.as_millis() + 1);
    let (_, shown_again) = shown(&page(Lang::Id), &again, Fault::default()).await;
    let first = attempt(shown_first);
    assert_eq!(first, attempt(shown_twice), "one form, whoever looks at it");
    // Under the same name the answer to the first time would be given again, for ever.
    assert_ne!(first, attempt(shown_again));
}

#[tokio::test]
async fn the_one_time_code_page_tells_tries_resends_and_where_it_was_sent() {
    let mut view = view(SessionStage::OtpSent);
    let (_, html) = shown(&page(Lang::Id), &view, Fault::default()).await;
    for words in
        ["BRI mengirim kode ke 6281 •••• 890.", "Tersisa 3 kali", "2 kali lagi", "Visa •••• 4242"]
    {
        assert!(html.contains(words), "{words} in {html}");
    }
    assert!(html.contains("name=\"attempt\" value=\"3.2.3\""));
    let (_, html) = shown(&page(Lang::Id), &view, Fault { resent: true, ..Fault::default() }).await;
    assert!(html.contains(Lang::Id.texts().resent));
    view.otp.as_mut().unwrap().resends_left = 0;
    let (_, html) = shown(&page(Lang::Id), &view, Fault::default()).await;
    assert!(!html.contains("/resend") && html.contains(Lang::Id.texts().no_resends));
    let mut wrong = failed(SessionStage::OtpSent, FailureReason::WrongOtp);
    wrong.otp.as_mut().unwrap().tries_left = 1;
    let (_, html) = shown(&page(Lang::En), &wrong, Fault::default()).await;
    assert!(html.contains("That code is wrong. 1 try left."));
    assert_eq!(html.matches("1 try left.").count(), 1);
}

#[tokio::test]
async fn a_session_that_is_over_leads_back_with_its_state() {
    let (_, html) = shown(&page(Lang::En), &view(SessionStage::Bound), Fault::default()).await;
    let url = "https://shop.example/bound?a=1&#38;state=a-state-of-the-merchants-own";
    assert!(html.contains(&format!("http-equiv=\"refresh\" content=\"2;url={url}\"")), "{html}");
    assert!(html.contains(&format!("href=\"{url}\"")));
    for (stage, reason, word) in [
        (SessionStage::Expired, FailureReason::TimedOut, "expired"),
        (SessionStage::Cancelled, FailureReason::Cancelled, "cancelled"),
        (SessionStage::Failed, FailureReason::OtpBlocked, "otp_blocked"),
        (SessionStage::Failed, FailureReason::CardRefused, "card_refused"),
    ] {
        let (_, html) = shown(&page(Lang::En), &failed(stage, reason), Fault::default()).await;
        let url = format!(
            "https://shop.example/failed?state=a-state-of-the-merchants-own&#38;reason={word}"
        );
        assert!(html.contains(&format!("href=\"{url}\"")), "{html}");
    }
    let mut nowhere = view(SessionStage::Bound);
    nowhere.redirect_url = None;
    let (_, html) = shown(&page(Lang::En), &nowhere, Fault::default()).await;
    assert!(!html.contains("http-equiv=\"refresh\"") && html.contains(Lang::En.texts().close));
}

#[tokio::test]
async fn a_page_that_waits_for_the_bank_looks_again_by_itself() {
    let (_, html) =
        shown(&page(Lang::Id), &view(SessionStage::CardEntered), Fault::default()).await;
    let url = format!("/dd-card-binding?authCode={}", "ab".repeat(32));
    assert!(html.contains(&format!("content=\"2;url={url}\"")), "{html}");
}

#[tokio::test]
async fn test_cards_are_shown_to_developers_alone() {
    for (stage, sample) in
        [(SessionStage::Opened, "4000000000000127"), (SessionStage::OtpSent, "123456")]
    {
        let mut page = page(Lang::Id);
        let (_, html) = shown(&page, &view(stage), Fault::default()).await;
        assert!(!html.contains(sample) && !html.contains("Sandbox"), "{html}");
        page.sandbox = true;
        let (_, html) = shown(&page, &view(stage), Fault::default()).await;
        assert!(html.contains(sample) && html.contains("Sandbox"), "{html}");
    }
}
