//! Refunds, whole and in parts, and cancellations: each once.

use super::{
    client::{Answer, STANDARD, SnapShop},
    customer::{bound, bound_card},
};
use purser_subjects::{
    Money,
    account::{OpenAccount, Role, Side, SystemAccount, Transfer},
};
use serde_json::{Value, json};

pub(crate) async fn refund(
    shop: &SnapShop,
    order: &str,
    name: &str,
    amount: Option<&str>,
) -> Answer {
    let mut body = json!({
        "originalPartnerReferenceNo": order,
        "partnerRefundNo": name,
        "merchantId": shop.merchant_id,
        "reason": "returned",
    });
    if let Some(amount) = amount {
        body["refundAmount"] = json!({ "value": amount, "currency": "IDR" });
    }
    shop.post("debit/refund", &body).await
}

pub(crate) async fn cancel(shop: &SnapShop, order: &str) -> Answer {
    let body = json!({ "originalPartnerReferenceNo": order, "merchantId": shop.merchant_id });
    shop.post("debit/cancel", &body).await
}

on_both_platforms! {
    async fn a_payment_is_refunded_in_parts_and_never_beyond(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        let first = refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("2005800");
        assert_eq!(first.text("partnerRefundNo"), "refund-1");
        assert_eq!(first.text("refundNo").len(), 32);
        assert!(first.text("refundTime").ends_with("+07:00"));
        let status = shop.status("order-1").await;
        assert_eq!(status.text("latestTransactionStatus"), "00");
        assert_eq!(status.more("settlementStatus"), "PARTIALLY REFUNDED");
        refund(&shop, "order-1", "refund-2", Some("6000.01")).await.expect("4045813");
        let rest = refund(&shop, "order-1", "refund-3", None).await.expect("2005800");
        assert_eq!(rest.json()["refundAmount"], json!({ "value": "6000.00", "currency": "IDR" }));
        let status = shop.status("order-1").await;
        assert_eq!(status.text("latestTransactionStatus"), "04");
        let history = &status.json()["refundHistory"];
        let of = |name: &str| {
            let entries = history.as_array().unwrap().iter();
            entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of("partnerRefundNo"), ["refund-1", "refund-3"]);
        assert_eq!(of("refundStatus"), ["00", "00"]);
        assert_eq!(of("refundNo"), [first.text("refundNo"), rest.text("refundNo")]);
        assert_eq!(history[0]["refundAmount"], json!({ "value": "4000.00", "currency": "IDR" }));
        refund(&shop, "order-1", "refund-4", Some("0.01")).await.expect("4045813");
        assert_eq!(platform.posted(&shop.merchant, "IDR", Role::Clearing).await, 0);
    }

    async fn a_refund_of_one_name_is_done_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("2005800");
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("4095801");
        refund(&shop, "order-1", "refund-1", Some("5000.00")).await.expect("4045818");
        assert_eq!(shop.status("order-1").await.json()["additionalInfo"]["refundedAmount"]["value"], "4000.00");
    }

    async fn a_merchant_whose_terms_say_so_refunds_once(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("once").create().await;
        let shop = SnapShop::of(&platform, merchant).await;
        let token = bound(&platform, &shop, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("2005800");
        refund(&shop, "order-1", "refund-2", Some("1000.00")).await.expect("4055801");
    }

    async fn a_refund_that_is_declined_or_wrong_is_told(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", "4000000000006009").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        refund(&shop, "order-1", "refund-1", None).await.expect("4035805");
        refund(&shop, "nothing", "refund-1", None).await.expect("4045801");
        let path = "debit/refund";
        let body = json!({ "originalPartnerReferenceNo": "order-1" });
        shop.post(path, &body).await.refused("4005802", "partnerRefundNo");
        let body = json!({ "partnerRefundNo": "refund-2" });
        shop.post(path, &body).await.refused("4005802", "originalPartnerReferenceNo");
        let bad = |name: &str, value: Value| {
            let mut body = json!({
                "originalPartnerReferenceNo": "order-1", "partnerRefundNo": "refund-2",
            });
            body[name] = value;
            body
        };
        let negative = json!({ "value": "-1.00", "currency": "IDR" });
        let body = bad("refundAmount", negative);
        shop.post(path, &body).await.refused("4005801", "refundAmount.value");
        shop.post(path, &bad("reason", json!("a".repeat(257)))).await.refused("4005801", "reason");
        let dollars = json!({ "value": "1.00", "currency": "USD" });
        shop.post(path, &bad("refundAmount", dollars)).await.expect("4045818");
        let declined = bound_card(&platform, &shop, "siti", "4000000000000002").await;
        shop.pay("order-2", &declined, "10000.00").await.expect("4033305");
        refund(&shop, "order-2", "refund-3", None).await.expect("4045800");
        // Another merchant's payment is none.
        let theirs = SnapShop::open(&platform, "other").await;
        refund(&theirs, "order-1", "refund-4", None).await.expect("4045801");
    }

    async fn a_refund_that_the_merchants_balance_does_not_cover_is_told(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        platform.settled(&shop.merchant, "IDR", 1_000_000).await;
        // The merchant is paid out most of what it has.
        let currency = "IDR".parse().unwrap();
        let bank = OpenAccount { currency, side: Side::Debit, floor: None, ceiling: None };
        platform.ask("bank-idr", bank).await.unwrap();
        let merchant = shop.merchant.member_id.parse().unwrap();
        let available = SystemAccount { merchant, currency, role: Role::Available }.id();
        let (to, amount) = ("bank-idr".parse().unwrap(), Money::new(900_000, currency));
        let payout = Transfer { to, amount, effective: None, memo: None };
        platform.ask(available.as_str(), payout).await.unwrap();
        refund(&shop, "order-1", "refund-1", None).await.expect("4035820");
        assert_eq!(shop.status("order-1").await.text("latestTransactionStatus"), "00");
        refund(&shop, "order-1", "refund-2", Some("1000.00")).await.expect("2005800");
    }

    async fn a_payment_is_cancelled_whole_and_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let token = bound(&platform, &shop, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("2005400");
        let answer = cancel(&shop, "order-1").await.expect("2005700");
        assert!(answer.text("cancelTime").ends_with("+07:00"));
        assert_eq!(shop.status("order-1").await.text("latestTransactionStatus"), "05");
        cancel(&shop, "order-1").await.expect("4045704");
        cancel(&shop, "nothing").await.expect("4045701");
        // Not after a refund.
        shop.pay("order-2", &token, "10000.00").await.expect("2005400");
        refund(&shop, "order-2", "refund-1", Some("1.00")).await.expect("2005800");
        cancel(&shop, "order-2").await.expect("4045700");
        assert_eq!(shop.status("order-2").await.text("latestTransactionStatus"), "00");
        shop.pay("order-3", &token, "10000.00").await.expect("2005400");
        let body = json!({
            "originalPartnerReferenceNo": "order-3",
            "amount": { "value": "1.00", "currency": "IDR" },
        });
        shop.post("debit/cancel", &body).await.expect("4045713");
        let declined = bound_card(&platform, &shop, "siti", "4000000000000002").await;
        shop.pay("order-4", &declined, "10000.00").await.expect("4035405");
        cancel(&shop, "order-4").await.expect("4045700");
    }
}
