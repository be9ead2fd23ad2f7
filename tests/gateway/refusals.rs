//! Malformed and hostile requests: each gets the documented refusal, and nothing changes.

use super::{
    client::Shop,
    hostile::{self, CASES, Fixture, PREFIX},
    wire,
};
use crate::cli::process::Place;
use purser::ingress::gateway::AuthTokens;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_refuses_huge_bodies_in_the_words_of_the_gateway() {
    let place = Place::new();
    let server = place.serve();
    let head = format!(
        "POST {PREFIX}/payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Content-Type: application/json\r\n"
    );
    let announced = format!("{head}Content-Length: 99999999999\r\n\r\n{{");
    let expected = format!("{head}Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
    let sent = format!("{head}Content-Length: 8000000\r\n\r\n{}", " ".repeat(8_000_000));
    let chunks = "10000\r\n".to_owned() + &" ".repeat(0x10000) + "\r\n";
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunks.repeat(100));
    for bytes in [announced, expected, sent, chunked] {
        let answer = wire::exchange(&server.address, bytes.as_bytes()).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains(r#""code":"20413""#), "{answer}");
    }
    server.stop().success();
}

on_both_platforms! {
    async fn every_hostile_request_is_refused_and_changes_nothing(platform) {
        let platform = platform.start().await;
        let base = platform.base_url();
        let (merchant, other) =
            (platform.merchant("first").create().await, platform.merchant("second").create().await);
        let (shop, other_shop) =
            (Shop::log_in(&base, &merchant).await, Shop::log_in(&base, &other).await);
        let paid = shop.pay("PA", "existing", "10.00", &[]).await.expect("00001");
        let other_paid = other_shop.pay("PA", "existing", "10.00", &[]).await.expect("00001");
        let now = platform.clock.now();
        let past = purser_subjects::Timestamp::from_millis(now.as_millis() - 7_200_000);
        let fixture = Fixture {
            member_id: merchant.member_id,
            partner_id: merchant.partner_id,
            expired_token: AuthTokens::new(&platform.vault).issue(&merchant.username, past),
            username: merchant.username,
            secure_key: merchant.secure_key,
            token: shop.token.clone(),
            payment_id: paid.payment_id(),
            other_secure_key: other.secure_key,
            other_token: other_shop.token,
            other_payment_id: other_paid.payment_id(),
        };
        assert!(CASES.len() >= 60, "{} cases", CASES.len());

        let before = (platform.verify().await, platform.store.journal_head(1).await.unwrap());
        let address = base.strip_prefix("http://").unwrap();
        hostile::every_hostile_request_is_refused(&fixture, |sent| async move {
            wire::send(address, &sent).await
        })
        .await;
        // What were still on its way would be there by then.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let after = (platform.verify().await, platform.store.journal_head(1).await.unwrap());
        assert_eq!(before, after, "something was committed");

        shop.capture(&fixture.payment_id, "10.00").await.expect("00004");
    }

    async fn what_is_not_even_http_is_refused_and_does_no_harm(platform) {
        let platform = platform.start().await;
        let base = platform.base_url();
        let shop = Shop::log_in(&base, &platform.merchant("shop").create().await).await;
        let address = base.strip_prefix("http://").unwrap();
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
        let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(10_000));
        for nonsense in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"hello\r\n\r\n",
            b"\x00\x00\x00\x00\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST /transactionServices/REST/v1/payments HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX\x00: b\r\n\r\n",
            long.as_bytes(),
            headers.as_bytes(),
        ] {
            let answer = wire::exchange(address, nonsense).await;
            let told = String::from_utf8_lossy(&answer);
            let refused = answer.is_empty() || told.starts_with("HTTP/1.1 4");
            let begin = String::from_utf8_lossy(nonsense).chars().take(40).collect::<String>();
            assert!(refused, "{begin:?}: {told}");
        }
        shop.pay("DB", "after", "1.00", &[]).await.expect("00001");
    }
}
