//! Every parameter of Get OAuth Code with its rule, broken: the refusal names the parameter.

use super::client::{STANDARD, SnapShop, new_state};
use serde_json::{Value, json};

/// A parameter, a value that breaks its rule, the case, and what is named.
fn bad() -> Vec<(&'static str, String, &'static str, &'static str)> {
    let long = |length: usize| "a".repeat(length);
    let seamless = |data: Value| ("seamlessData", data.to_string());
    let additional = |name: &str, value: &str| json!({ name: value }).to_string();
    let with = |(name, value): (&'static str, String), case, field| (name, value, case, field);
    vec![
        ("redirectUrl", "shop.example".into(), "01", "redirectUrl"),
        ("redirectUrl", "javascript:alert(1)".into(), "01", "redirectUrl"),
        ("redirectUrl", "https://user@shop.example/".into(), "01", "redirectUrl"),
        ("redirectUrl", format!("https://shop.example/{}", long(2048)), "01", "redirectUrl"),
        ("failureRedirectUrl", "ftp://shop.example/".into(), "01", "failureRedirectUrl"),
        ("failureRedirectUrl", "https://shop.example/\u{202e}".into(), "01", "failureRedirectUrl"),
        ("scopes", String::new(), "02", "scopes"),
        ("scopes", "card_registration".into(), "01", "scopes"),
        ("scopes", "CARD_REGISTRATION,OTHER".into(), "01", "scopes"),
        ("state", String::new(), "02", "state"),
        ("state", long(31), "01", "state"),
        ("state", long(33), "01", "state"),
        ("state", " ".repeat(32), "01", "state"),
        ("merchantId", String::new(), "02", "merchantId"),
        ("merchantId", long(5), "01", "merchantId"),
        ("merchantId", long(7), "01", "merchantId"),
        ("merchantId", "ABC-12".into(), "01", "merchantId"),
        ("lang", "I".into(), "01", "lang"),
        ("lang", "IDN".into(), "01", "lang"),
        ("lang", "FR".into(), "01", "lang"),
        ("seamlessData", String::new(), "02", "seamlessData"),
        ("seamlessData", "628123456789".into(), "01", "seamlessData"),
        ("seamlessData", "{".into(), "01", "seamlessData"),
        with(seamless(json!({})), "02", "seamlessData.mobileNumber"),
        with(seamless(json!({ "bankCode": "008" })), "02", "seamlessData.mobileNumber"),
        with(seamless(json!({ "mobileNumber": "62812345" })), "01", "seamlessData.mobileNumber"),
        with(
            seamless(json!({ "mobileNumber": "62812345678901" })),
            "01",
            "seamlessData.mobileNumber",
        ),
        with(seamless(json!({ "mobileNumber": "+6281234567" })), "01", "seamlessData.mobileNumber"),
        with(seamless(json!({ "userId": "u", "bankCode": "08" })), "01", "seamlessData.bankCode"),
        with(seamless(json!({ "userId": "u", "bankCode": "0081" })), "01", "seamlessData.bankCode"),
        with(seamless(json!({ "userId": "u", "bankCode": "BRI" })), "01", "seamlessData.bankCode"),
        with(seamless(json!({ "userId": long(21) })), "01", "seamlessData.userId"),
        with(seamless(json!({ "userId": "a user" })), "01", "seamlessData.userId"),
        with(seamless(json!({ "userId": "a.b" })), "01", "seamlessData.userId"),
        ("additionalInfo", long(101), "01", "additionalInfo"),
        ("additionalInfo", "a#b".into(), "01", "additionalInfo"),
        ("additionalInfo", additional("additionalInfo4", "a"), "01", "additionalInfo"),
        (
            "additionalInfo",
            additional("additionalInfo1", &long(101)),
            "01",
            "additionalInfo.additionalInfo1",
        ),
        (
            "additionalInfo",
            additional("additionalInfo2", "a,b"),
            "01",
            "additionalInfo.additionalInfo2",
        ),
        ("additionalInfo3", "<b>".into(), "01", "additionalInfo3"),
    ]
}

on_both_platforms! {
    async fn every_parameter_rule_is_broken(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let mut failures = Vec::new();
        for (name, value, case, field) in bad() {
            let mut parameters = shop.parameters(&new_state(), "siti");
            parameters.retain(|(had, _)| *had != name);
            parameters.push((name, value.clone()));
            let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let answer = shop.get("get-auth-code", &query).await;
            let names = answer.message().ends_with(&format!(" {field}"));
            if answer.code() != format!("40030{case}") || !names {
                failures.push(format!("{name}={value:.60}: {}", answer.body));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    async fn a_parameter_is_given_once_and_in_utf_8(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let state = new_state();
        let parameters = shop.parameters(&state, "siti");
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let mut draft = shop.get_draft("get-auth-code", &query).await;
        let sent = draft.query.clone().unwrap();
        draft.query = Some(format!("{sent}&lang=ID"));
        shop.send(draft.clone()).await.refused("4003001", "lang");
        draft.query = Some(format!("{sent}&additionalInfo=%ff"));
        shop.send(draft.clone()).await.refused("4003001", "additionalInfo");
        draft.query = Some(format!("{sent}&x={}", "y".repeat(9000)));
        shop.send(draft.clone()).await.refused("4003001", "query");
        // What is not known is not looked at.
        draft.query = Some(format!("{sent}&subMerchantId=7&x=1&x=2"));
        shop.send(draft).await.expect("2003000");
    }

    async fn another_merchants_id_is_refused(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let mut parameters = shop.parameters(&new_state(), "siti");
        for (name, value) in &mut parameters {
            if *name == "merchantId" {
                *value = "OTHERS".to_owned();
            }
        }
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        shop.get("get-auth-code", &query).await.expect("4043008");
    }

    async fn the_standard_has_rules_of_its_own(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let send = async |edit: &[(&'static str, &str)]| {
            let state = new_state();
            let mut query = vec![
                ("redirectUrl", "https://shop.example/done"),
                ("scopes", "CARD_REGISTRATION"),
                ("state", state.as_str()),
            ];
            for (name, value) in edit {
                query.retain(|(had, _)| had != name);
                query.push((*name, *value));
            }
            shop.get("get-auth-code", &query).await
        };
        send(&[]).await.expect("2001000");
        send(&[("lang", "en")]).await.expect("2001000");
        send(&[("redirectUrl", "")]).await.refused("4001002", "redirectUrl");
        let long = format!("https://shop.example/{}", "a".repeat(256));
        send(&[("redirectUrl", &long)]).await.refused("4001001", "redirectUrl");
        send(&[("seamlessData", "{}")]).await.refused("4001002", "seamlessSign");
    }
}
