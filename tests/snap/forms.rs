//! Paths, methods and what stands before every service.

use super::client::{Draft, FIRST, STANDARD, SnapShop, THIRD};
use reqwest::Method;
use serde_json::json;

const FORMS: [(&str, &str); 3] = [(FIRST, "30"), (STANDARD, "10"), (THIRD, "10")];

on_both_platforms! {
    async fn a_path_that_is_none_is_told_in_the_dialect(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        for (prefix, _) in FORMS {
            let shop = shop.speaking(prefix);
            for path in ["nothing", "debit", "debit/", "", "registration-card-inquiry", "otp/x"] {
                let draft = shop.draft(Method::POST, path, None).await;
                shop.send(draft).await.expect("4040002");
            }
        }
        let draft = Draft { path: FIRST.to_owned(), ..shop.draft(Method::GET, "", None).await };
        shop.send(draft).await.expect("4040002");
    }

    async fn a_method_that_a_path_does_not_know_is_told_with_those_it_knows(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        for (prefix, service) in FORMS {
            let shop = shop.speaking(prefix);
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
                let draft = shop.draft(method, "get-auth-code", Some(&json!({}))).await;
                let answer = shop.send(draft).await.expect(&format!("405{service}00"));
                assert_eq!(answer.headers["allow"], "GET");
            }
            let draft = shop.draft(Method::HEAD, "get-auth-code", None).await;
            assert_eq!(shop.send(draft).await.status, 405);
        }
        let draft = shop.draft(Method::GET, "otp", None).await;
        shop.send(draft).await.expect("4058100");
        let draft = shop.draft(Method::PUT, "debit/status", Some(&json!({}))).await;
        assert_eq!(shop.send(draft).await.expect("4055500").headers["allow"], "POST, GET");
    }

    async fn the_forms_of_the_product_describe_refusals_and_the_standard_does_not(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        for (prefix, _) in FORMS {
            let shop = shop.speaking(prefix);
            let answer = shop.post("otp", &json!({ "bankCardToken": 7 })).await;
            assert_eq!(answer.json().get("responseDescription").is_some(), prefix != STANDARD);
        }
    }

    async fn too_much_at_once_is_refused_in_the_dialect(platform) {
        let platform = platform.max_requests(0).start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let draft = shop.draft_with(&"0".repeat(64), "otp", &json!({})).await;
        let answer = shop.send(draft).await.expect("4298100");
        assert!(answer.headers.contains_key("retry-after"));
    }
}
