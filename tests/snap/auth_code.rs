//! Get OAuth Code: sessions, what they begin with, and that a state begins one.

use super::{
    client::{STANDARD, SnapShop, external_id, new_state},
    customer::Customer,
};
use crate::support::platform::TestPlatform;
use purser::ingress::snap::signature::{Encoding, PrivateKey};
use purser_subjects::{
    BindingId,
    binding::{BindingView, InquireBinding, Language, SessionStage},
};
use serde_json::json;

async fn view(platform: &TestPlatform, shop: &SnapShop, state: &str) -> BindingView {
    let merchant = shop.merchant.member_id.parse().unwrap();
    let id = BindingId::derive(&merchant, state);
    platform.ask(id.as_str(), InquireBinding { merchant }).await.unwrap()
}

fn pairs<'a>(parameters: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

on_both_platforms! {
    async fn a_session_begins_with_everything_that_was_said(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let state = new_state();
        let mut parameters = shop.parameters(&state, "user/1-_");
        let info = json!({ "additionalInfo1": "a b@c.d", "additionalInfo3": "x-_+*!~" });
        parameters.push(("additionalInfo", info.to_string()));
        let answer = shop.get("get-auth-code", &pairs(&parameters)).await.expect("2003000");
        assert_eq!(answer.message(), "Successful");
        assert_eq!(answer.text("state"), state);
        assert_eq!(answer.text("authCode").len(), 64);
        let view = view(&platform, &shop, &state).await;
        assert_eq!(view.stage, SessionStage::Issued);
        assert_eq!(view.language, Language::En);
        assert_eq!(view.customer.as_deref(), Some("user/1-_"));
        assert_eq!(view.phone.as_deref(), Some("628123456789"));
        assert_eq!(view.redirect_url.as_deref(), Some("https://shop.example/done"));
        assert_eq!(view.failure_redirect_url.as_deref(), Some("https://shop.example/failed"));
        assert_eq!(view.scopes, ["CARD_REGISTRATION"]);
        assert_eq!(view.details["additionalInfo1"], "a b@c.d");
        assert_eq!(view.details["additionalInfo3"], "x-_+*!~");
        let lasts = view.expires_at.since(view.created_at);
        assert_eq!(lasts.as_secs(), 300);
        Customer::with(&platform, &answer.text("authCode")).open().await.unwrap();
    }

    async fn without_a_word_the_language_is_indonesian_and_the_rest_may_be_left_out(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let state = new_state();
        let mut parameters = shop.parameters(&state, "siti");
        parameters.retain(|(name, _)| !matches!(*name, "lang" | "redirectUrl" | "failureRedirectUrl"));
        shop.get("get-auth-code", &pairs(&parameters)).await.expect("2003000");
        let view = view(&platform, &shop, &state).await;
        assert_eq!(view.language, Language::Id);
        assert_eq!((view.redirect_url, view.failure_redirect_url), (None, None));
    }

    async fn a_state_begins_one_session_of_a_merchant(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let state = new_state();
        let code = shop.auth_code(&state, "siti").await;
        let parameters = shop.parameters(&state, "siti");
        shop.get("get-auth-code", &pairs(&parameters)).await.refused("4093000", "state");
        let parameters = shop.parameters(&state, "budi");
        shop.get("get-auth-code", &pairs(&parameters)).await.refused("4093000", "state");
        // The first code is as good as before, and another merchant may have the same state.
        Customer::with(&platform, &code).open().await.unwrap();
        other.auth_code(&state, "siti").await;
    }

    async fn an_external_id_serves_one_request_of_a_service_and_day(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let id = external_id();
        let first = new_state();
        let parameters = shop.parameters(&first, "siti");
        let draft = shop.get_draft("get-auth-code", &pairs(&parameters)).await.external_id(&id);
        let code = shop.send(draft.clone()).await.expect("2003000").text("authCode");
        // The same request again, and another one.
        shop.send(draft).await.expect("4093000");
        let second = new_state();
        let parameters = shop.parameters(&second, "siti");
        let draft = shop.get_draft("get-auth-code", &pairs(&parameters)).await.external_id(&id);
        shop.send(draft).await.expect("4093000");
        // The next service of the same flow has the same one.
        Customer::with(&platform, &code).binds(super::customer::CARD).await;
        let body = json!({
            "partnerReferenceNo": new_state(), "authCode": code, "merchantId": shop.merchant_id,
        });
        let service = "registration-account-binding";
        let draft = shop.draft(reqwest::Method::POST, service, Some(&body)).await;
        shop.send(draft.external_id(&id)).await.expect("2003100");
        // And another merchant too.
        let other = SnapShop::open(&platform, "other").await;
        let third = new_state();
        let parameters = other.parameters(&third, "siti");
        let draft = other.get_draft("get-auth-code", &pairs(&parameters)).await.external_id(&id);
        other.send(draft).await.expect("2003000");
    }

    async fn signed_seamless_data_counts_and_other_is_ignored(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let data = json!({ "mobileNumber": "6281234567890", "externalUid": "siti" }).to_string();
        let sign = PrivateKey::from_pem(&shop.private_key).unwrap().sign(&data).unwrap();
        let sign = Encoding::Base64.encode(&sign);
        for (sign, phone) in [(sign.as_str(), Some("6281234567890")), ("AAAA", None)] {
            let state = new_state();
            let query = [
                ("redirectUrl", "https://shop.example/done"),
                ("scopes", "CARD_REGISTRATION"),
                ("state", &state),
                ("seamlessData", &data),
                ("seamlessSign", sign),
            ];
            shop.get("get-auth-code", &query).await.expect("2001000");
            let view = view(&platform, &shop, &state).await;
            assert_eq!(view.phone.as_deref(), phone);
        }
        // A phone number that was verified long ago is not pre-filled.
        let data = json!({
            "mobileNumber": "6281234567890", "verifiedTime": "2024-01-01T00:00:00+07:00",
        });
        let data = data.to_string();
        let sign = PrivateKey::from_pem(&shop.private_key).unwrap().sign(&data).unwrap();
        let sign = Encoding::Base64.encode(&sign);
        let state = new_state();
        let query = [
            ("redirectUrl", "https://shop.example/done"),
            ("scopes", "CARD_REGISTRATION"),
            ("state", &state),
            ("seamlessData", &data),
            ("seamlessSign", &sign),
        ];
        shop.get("get-auth-code", &query).await.expect("2001000");
        assert_eq!(view(&platform, &shop, &state).await.phone, None);
    }

    async fn a_suspended_merchant_begins_no_session(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        shop.token().await;
        let member = shop.merchant.member_id.clone();
        platform.ask(&member, purser_subjects::merchant::Suspend {}).await.unwrap();
        let parameters = shop.parameters(&new_state(), "siti");
        shop.get("get-auth-code", &pairs(&parameters)).await.expect("4033019");
    }
}
