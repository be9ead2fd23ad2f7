//! What is signed, and how: encodings, paths with and without query, bodies with whitespace.

use super::client::{SnapShop, external_id, new_state};
use purser::ingress::snap::signature::Encoding;
use reqwest::Method;
use serde_json::json;

on_both_platforms! {
    async fn both_encodings_are_accepted(platform) {
        let platform = platform.start().await;
        let mut shop = SnapShop::open(&platform, "shop").await;
        for encoding in [Encoding::Hex, Encoding::Base64] {
            shop.encoding = encoding;
            shop.post("otp", &json!({})).await.refused("4008102", "bankCardToken");
        }
        // Capital hexadecimal digits are neither.
        let draft = shop.draft(Method::POST, "otp", Some(&json!({}))).await;
        let upper = shop.sign(&draft);
        shop.encoding = Encoding::Hex;
        let signature = shop.sign(&draft).to_uppercase();
        shop.send(draft.header("X-SIGNATURE", &signature)).await.refused("4018100", "X-SIGNATURE");
        assert_ne!(upper, signature);
    }

    async fn whitespace_between_tokens_is_not_signed_and_order_is(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let compact = r#"{"z":null,"bankCardToken":"a  b","a":[1,2]}"#;
        let spaced = "{ \"z\" : null ,\n \"bankCardToken\" : \"a  b\",\t\"a\" : [ 1 , 2 ] }\r\n";
        let mut signed = shop.draft(Method::POST, "otp", None).await;
        signed.body = compact.as_bytes().to_vec();
        let signature = shop.sign(&signed);
        let mut sent = signed.clone();
        sent.body = spaced.as_bytes().to_vec();
        shop.send(sent.clone().header("X-SIGNATURE", &signature)).await.refused("4008101", "bankCardToken");
        // Another order, a null left out, and a space within a string are other bodies.
        for other in [
            r#"{"a":[1,2],"bankCardToken":"a  b","z":null}"#,
            r#"{"bankCardToken":"a  b","a":[1,2]}"#,
            r#"{"z":null,"bankCardToken":"a b","a":[1,2]}"#,
        ] {
            sent.body = other.as_bytes().to_vec();
            let draft = sent.clone().header("X-SIGNATURE", &signature);
            shop.send(draft).await.refused("4018100", "X-SIGNATURE");
        }
    }

    async fn a_client_signs_the_path_with_its_query_if_its_profile_says_so(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        shop.set(&platform, &[("path", "with_query")]).await;
        let parameters = shop.parameters(&new_state(), "siti");
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let mut draft = shop.get_draft("get-auth-code", &query).await;
        shop.send(draft.clone()).await.refused("4013000", "X-SIGNATURE");
        draft.signed_path = Some(format!("{}?{}", draft.path, draft.query.clone().unwrap()));
        shop.send(draft).await.expect("2003000");
        // Where there is no query, the path is the same.
        let draft = shop.draft(Method::POST, "otp", Some(&json!({}))).await;
        shop.send(draft.external_id(&external_id())).await.refused("4008102", "bankCardToken");
    }

    async fn what_was_signed_for_another_path_method_or_token_is_refused(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let draft = shop.draft(Method::POST, "otp", Some(&json!({}))).await;
        let mut other = draft.clone();
        other.path = format!("{}/otp-verification", shop.prefix);
        let signature = shop.sign(&other);
        shop.send(draft.clone().header("X-SIGNATURE", &signature)).await.refused("4018100", "X-SIGNATURE");
        let mut other = draft.clone();
        other.method = Method::PUT;
        let signature = shop.sign(&other);
        shop.send(draft.clone().header("X-SIGNATURE", &signature)).await.refused("4018100", "X-SIGNATURE");
        let other = draft.clone().header("Authorization", &format!("Bearer {}", "0".repeat(64)));
        let signature = shop.sign(&other);
        shop.send(draft.header("X-SIGNATURE", &signature)).await.refused("4018100", "X-SIGNATURE");
    }

    async fn a_client_whose_signatures_are_wrong_too_often_is_kept_out(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        for _ in 0..10 {
            let draft = shop.draft(Method::POST, "otp", Some(&json!({}))).await;
            shop.send(draft.header("X-SIGNATURE", &"00".repeat(64))).await.expect("4018100");
        }
        shop.post("otp", &json!({})).await.expect("4298100");
        other.post("otp", &json!({})).await.expect("4008102");
    }
}
