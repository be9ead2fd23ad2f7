//! Every header's rule, broken, wherever it holds: the refusal names the header.

use super::client::{Answer, Draft, FIRST, STANDARD, SnapShop, THIRD, external_id, new_state};
use reqwest::Method;
use serde_json::{Value, json};

/// A way to spoil a valid request, what is answered, and the header that is named.
type Case = (&'static str, fn(Draft) -> Draft, &'static str, &'static str);

/// The rules that every service call has. The codes are those of case and status; the service's
/// digits go between.
const CASES: &[Case] = &[
    ("no token", |d| d.without("Authorization"), "400/02", "Authorization"),
    ("an empty token", |d| d.header("Authorization", ""), "400/02", "Authorization"),
    ("another scheme", |d| d.header("Authorization", "Basic abc"), "400/01", "Authorization"),
    ("a scheme alone", |d| d.header("Authorization", "Bearer "), "400/01", "Authorization"),
    ("two tokens", |d| d.again("Authorization"), "400/01", "Authorization"),
    ("no timestamp", |d| d.without("X-TIMESTAMP"), "400/02", "X-TIMESTAMP"),
    ("a day alone", |d| d.header("X-TIMESTAMP", "2024-01-01"), "400/01", "X-TIMESTAMP"),
    (
        "no offset",
        |d| d.header("X-TIMESTAMP", "2024-01-01T00:00:00.000000"),
        "400/01",
        "X-TIMESTAMP",
    ),
    (
        "no such day",
        |d| d.header("X-TIMESTAMP", "2024-02-30T00:00:00+07:00"),
        "400/01",
        "X-TIMESTAMP",
    ),
    ("two timestamps", |d| d.again("X-TIMESTAMP"), "400/01", "X-TIMESTAMP"),
    (
        "an old timestamp",
        |d| d.header("X-TIMESTAMP", "2024-01-01T00:00:00+07:00"),
        "401/00",
        "X-TIMESTAMP",
    ),
    (
        "a future timestamp",
        |d| d.header("X-TIMESTAMP", "2094-01-01T00:00:00+07:00"),
        "401/00",
        "X-TIMESTAMP",
    ),
    ("a short client key", |d| d.header("X-CLIENT-KEY", &"a".repeat(31)), "400/01", "X-CLIENT-KEY"),
    (
        "a client key between",
        |d| d.header("X-CLIENT-KEY", &"a".repeat(33)),
        "400/01",
        "X-CLIENT-KEY",
    ),
    ("a long client key", |d| d.header("X-CLIENT-KEY", &"a".repeat(37)), "400/01", "X-CLIENT-KEY"),
    (
        "a client key of signs",
        |d| d.header("X-CLIENT-KEY", &"!".repeat(32)),
        "400/01",
        "X-CLIENT-KEY",
    ),
    (
        "another's client key",
        |d| d.header("X-CLIENT-KEY", &"a".repeat(32)),
        "401/00",
        "X-CLIENT-KEY",
    ),
    ("an empty signature", |d| d.header("X-SIGNATURE", ""), "400/02", "X-SIGNATURE"),
    ("a signature of signs", |d| d.header("X-SIGNATURE", "a signature"), "400/01", "X-SIGNATURE"),
    (
        "a signature without end",
        |d| d.header("X-SIGNATURE", &"a".repeat(2049)),
        "400/01",
        "X-SIGNATURE",
    ),
    ("another signature", |d| d.header("X-SIGNATURE", &"00".repeat(64)), "401/00", "X-SIGNATURE"),
    ("half a signature", |d| d.header("X-SIGNATURE", &"0".repeat(127)), "401/00", "X-SIGNATURE"),
    (
        "two signatures",
        |d| d.header("X-SIGNATURE", "00").again("X-SIGNATURE"),
        "400/01",
        "X-SIGNATURE",
    ),
    ("two client keys", |d| d.again("X-CLIENT-KEY"), "400/01", "X-CLIENT-KEY"),
    ("two channels", |d| d.again("CHANNEL-ID"), "400/01", "CHANNEL-ID"),
    ("a token beyond ASCII", |d| d.header("Authorization", "Bearer é"), "400/01", "Authorization"),
    ("a time beyond ASCII", |d| d.header("X-TIMESTAMP", "é"), "400/01", "X-TIMESTAMP"),
    ("a signature beyond ASCII", |d| d.header("X-SIGNATURE", "é"), "400/01", "X-SIGNATURE"),
    ("a client key beyond ASCII", |d| d.header("X-CLIENT-KEY", "é"), "400/01", "X-CLIENT-KEY"),
    ("a partner beyond ASCII", |d| d.header("X-PARTNER-ID", "é"), "400/01", "X-PARTNER-ID"),
    ("an external id beyond ASCII", |d| d.external_id("é"), "400/01", "X-EXTERNAL-ID"),
    ("a channel beyond ASCII", |d| d.header("CHANNEL-ID", "é"), "400/01", "CHANNEL-ID"),
    ("no partner", |d| d.without("X-PARTNER-ID"), "400/02", "X-PARTNER-ID"),
    ("two partners", |d| d.again("X-PARTNER-ID"), "400/01", "X-PARTNER-ID"),
    ("no external id", |d| d.without("X-EXTERNAL-ID"), "400/02", "X-EXTERNAL-ID"),
    ("a long external id", |d| d.external_id(&"a".repeat(37)), "400/01", "X-EXTERNAL-ID"),
    ("an external id of signs", |d| d.external_id(&"!".repeat(32)), "400/01", "X-EXTERNAL-ID"),
    ("two external ids", |d| d.again("X-EXTERNAL-ID"), "400/01", "X-EXTERNAL-ID"),
    ("no channel", |d| d.without("CHANNEL-ID"), "400/02", "CHANNEL-ID"),
    ("a short channel", |d| d.header("CHANNEL-ID", "1234"), "400/01", "CHANNEL-ID"),
    ("a long channel", |d| d.header("CHANNEL-ID", "123456"), "400/01", "CHANNEL-ID"),
    ("a channel of letters", |d| d.header("CHANNEL-ID", "abcde"), "400/01", "CHANNEL-ID"),
    ("another channel", |d| d.header("CHANNEL-ID", "99999"), "401/00", "CHANNEL-ID"),
    (
        "a customer without token",
        |d| d.header("Authorization-Customer", "x"),
        "400/01",
        "Authorization-Customer",
    ),
    (
        "two customers",
        |d| d.customer(&"0".repeat(64)).again("Authorization-Customer"),
        "400/01",
        "Authorization-Customer",
    ),
    ("a customer beyond ASCII", |d| d.customer("é"), "400/01", "Authorization-Customer"),
];

/// Those that the forms of the product have besides.
const STRICT: &[Case] = &[
    ("a short partner", |d| d.header("X-PARTNER-ID", "12345"), "400/01", "X-PARTNER-ID"),
    ("a long partner", |d| d.header("X-PARTNER-ID", "1234567"), "400/01", "X-PARTNER-ID"),
    ("a partner of signs", |d| d.header("X-PARTNER-ID", "12345!"), "400/01", "X-PARTNER-ID"),
    ("a short external id", |d| d.external_id(&"a".repeat(31)), "400/01", "X-EXTERNAL-ID"),
    ("an external id of 33", |d| d.external_id(&"a".repeat(33)), "400/01", "X-EXTERNAL-ID"),
    (
        "a UUID with dashes",
        |d| d.external_id("8a3f0c1e-0d2b-4f64-9a35-2f0f4b7a6b11"),
        "400/01",
        "X-EXTERNAL-ID",
    ),
];

/// Those of the standard's form, where lengths are free up to 36.
const FREE: &[Case] = &[
    ("a partner of 37", |d| d.header("X-PARTNER-ID", &"a".repeat(37)), "400/01", "X-PARTNER-ID"),
    ("a partner of signs", |d| d.header("X-PARTNER-ID", "12345!"), "400/01", "X-PARTNER-ID"),
    ("an external id with a point", |d| d.external_id("8a3f.0c1e"), "400/01", "X-EXTERNAL-ID"),
];

/// Those of the first form's Get OAuth Code alone.
const BRIEFS: &[Case] = &[
    ("no Accept", |d| d.header("Accept", ""), "400/02", "Accept"),
    ("any Accept", |d| d.header("Accept", "*/*"), "400/01", "Accept"),
    ("two Accepts", |d| d.again("Accept"), "400/01", "Accept"),
    ("no Content-Type", |d| d.without("Content-Type"), "400/02", "Content-Type"),
    (
        "a charset",
        |d| d.header("Content-Type", "application/json; charset=utf-8"),
        "400/01",
        "Content-Type",
    ),
    (
        "a form",
        |d| d.header("Content-Type", "application/x-www-form-urlencoded"),
        "400/01",
        "Content-Type",
    ),
    ("20 characters of time", |d| d.header("X-TIMESTAMP", &spelled("Z")), "400/01", "X-TIMESTAMP"),
    (
        "28 characters of time",
        |d| d.header("X-TIMESTAMP", &spelled(".000+0000")),
        "400/01",
        "X-TIMESTAMP",
    ),
    (
        "29 characters of time",
        |d| d.header("X-TIMESTAMP", &spelled(".000+00:00")),
        "400/01",
        "X-TIMESTAMP",
    ),
];

/// Those of services with a body.
const BODIES: &[Case] = &[
    ("no Content-Type", |d| d.without("Content-Type"), "400/02", "Content-Type"),
    (
        "a form",
        |d| d.header("Content-Type", "application/x-www-form-urlencoded"),
        "400/01",
        "Content-Type",
    ),
    (
        "another charset",
        |d| d.header("Content-Type", "application/json; charset=latin1"),
        "400/01",
        "Content-Type",
    ),
    ("two types", |d| d.again("Content-Type"), "400/01", "Content-Type"),
    ("a compressed body", |d| d.header("Content-Encoding", "gzip"), "400/01", "Content-Encoding"),
];

/// The present in UTC with another end.
fn spelled(end: &str) -> String {
    let now = time::OffsetDateTime::now_utc();
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    format!("{}{end}", now.format(&format).unwrap())
}

#[track_caller]
fn judge(
    name: &str,
    answer: &Answer,
    service: &str,
    expected: &str,
    field: &str,
) -> Option<String> {
    let (status, case) = expected.split_once('/').unwrap();
    let code = format!("{status}{service}{case}");
    let names = answer.message().ends_with(&format!(" {field}"));
    (answer.code() != code || answer.status.to_string() != status || !names)
        .then(|| format!("{name}: expected {code} {field}, got {} {}", answer.status, answer.body))
}

/// Sends each case for `draft`; what did not come as expected.
async fn failures(shop: &SnapShop, draft: &Draft, service: &str, cases: &[&[Case]]) -> Vec<String> {
    let mut failures = Vec::new();
    for (name, spoil, code, field) in cases.iter().flat_map(|cases| cases.iter()) {
        // A wrong signature counts; ten of them would keep the client out.
        let answer = shop.send(spoil(draft.clone())).await;
        failures.extend(judge(name, &answer, service, code, field));
    }
    failures
}

on_both_platforms! {
    async fn every_header_rule_is_broken_at_get_oauth_code(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let state = new_state();
        let parameters = shop.parameters(&state, "siti");
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let draft = shop.get_draft("get-auth-code", &query).await;
        let failed = failures(&shop, &draft, "30", &[CASES, STRICT, BRIEFS]).await;
        assert!(failed.is_empty(), "{}", failed.join("\n"));
        // Nothing of it burnt the state or the external id.
        shop.send(draft).await.expect("2003000");
    }

    async fn every_header_rule_is_broken_at_a_payment_of_each_form(platform) {
        let platform = platform.start().await;
        for (prefix, service, strict) in
            [(FIRST, "33", STRICT), (STANDARD, "54", FREE), (THIRD, "54", STRICT)]
        {
            let shop = SnapShop::open(&platform, "shop").await.speaking(prefix);
            let body = shop.payment(&new_state(), &"0".repeat(32), "10000.00");
            let path = "debit/payment-host-to-host";
            let draft = shop.draft(Method::POST, path, Some(&body)).await;
            let failed = failures(&shop, &draft, service, &[CASES, strict, BODIES]).await;
            assert!(failed.is_empty(), "{prefix}\n{}", failed.join("\n"));
        }
    }

    async fn partners_and_tokens_that_are_none_have_codes_of_their_own(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let draft = shop.draft(Method::POST, "registration-account-inquiry", Some(&json!({}))).await;
        shop.send(draft.clone().header("X-PARTNER-ID", "NOBODY")).await.expect("4040816");
        shop.send(draft.clone().header("Authorization", "Bearer short")).await.expect("4010803");
        let unknown = format!("Bearer {}", "ab".repeat(32));
        shop.send(draft.header("Authorization", &unknown)).await.expect("4010801");
    }

    async fn every_spelling_of_the_time_is_read_where_its_length_is_free(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let body = json!({ "partnerReferenceNo": "none" });
        for end in ["Z", "+00", "+0000", "+00:00", ".000Z", ".000+00", ".000000Z", ".000+0000", ".000+00:00"] {
            let draft = shop.draft(Method::POST, "registration-account-inquiry", Some(&body)).await;
            let draft = draft.header("X-TIMESTAMP", &spelled(end));
            shop.send(draft).await.expect("4040811");
        }
        // The four that fit 24 to 27 characters, at the first form's Get OAuth Code.
        for end in ["+00:00", ".000Z", ".000+00", ".000000Z"] {
            let state = new_state();
            let parameters = shop.parameters(&state, "siti");
            let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let draft = shop.get_draft("get-auth-code", &query).await;
            shop.send(draft.header("X-TIMESTAMP", &spelled(end))).await.expect("2003000");
        }
    }

    async fn the_window_of_the_time_can_be_set(platform) {
        let platform = platform.snap(|snap| snap.timestamp_window_secs = 30).start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let at = |seconds: i64| {
            let at = platform.clock.now().as_millis() + seconds * 1000;
            super::client::at(purser_subjects::Timestamp::from_millis(at))
        };
        for (seconds, is_within) in [(-20, true), (20, true), (-40, false), (40, false)] {
            let body = json!({ "partnerReferenceNo": "none" });
            let draft = shop.draft(Method::POST, "registration-account-inquiry", Some(&body)).await;
            let answer = shop.send(draft.header("X-TIMESTAMP", &at(seconds))).await;
            let code = if is_within { "4040811" } else { "4010800" };
            answer.expect(code);
        }
    }

    async fn the_standards_lengths_are_free(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let body = json!({ "partnerReferenceNo": "none" });
        for id in ["1", "8a3f0c1e-0d2b-4f64-9a35-2f0f4b7a6b11"] {
            let draft = shop.draft(Method::POST, "registration-account-inquiry", Some(&body)).await;
            shop.send(draft.external_id(id)).await.expect("4040811");
        }
    }

    async fn a_header_that_may_be_left_out_is_not_missed(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let state = new_state();
        let parameters = shop.parameters(&state, "siti");
        let query: Vec<_> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let draft = shop.get_draft("get-auth-code", &query).await.without("X-CLIENT-KEY");
        shop.send(draft).await.expect("2003000");
    }

    async fn answers_tell_the_time_and_nothing_of_the_request(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let body: Value = json!({ "4242424242424242": "4242424242424242", "partnerReferenceNo": 7 });
        let draft = shop.draft(Method::POST, "registration-account-inquiry", Some(&body)).await;
        let answer = shop.send(draft.external_id(&external_id())).await;
        let answer = answer.refused("4000801", "partnerReferenceNo");
        assert!(answer.headers["x-timestamp"].to_str().unwrap().ends_with("+07:00"));
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(!answer.body.contains("4242"));
    }
}
