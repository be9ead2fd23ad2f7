//! Live payments through a connector, which answers, keeps silent, lies, or is not there.

use crate::support::{
    clock::ManualClock,
    connector::{KEY, NAME, Plan, TestConnector},
    platform::{PlatformBuilder, TestPlatform, eventually},
    shop::{APPROVES, Shop, is_approved},
};
use purser_subjects::{
    ErrorCode,
    account::Role,
    transaction::{DeclineReason, OperationOutcome, PaymentReply, PaymentStatus},
};
use std::{sync::Arc, time::Duration};

const SECOND: Duration = Duration::from_secs(1);
const ACQUIRER: &str = "nats:bank-1";

/// A platform with a connector, and a live merchant whose money moves through it.
struct Bank {
    platform: TestPlatform,
    connector: TestConnector,
    shop: Shop,
    clock: Arc<ManualClock>,
}

async fn bank(platform: PlatformBuilder) -> Bank {
    let clock = ManualClock::new();
    let platform = platform
        .clock(clock.clone())
        .connector(NAME, KEY)
        .limits(|limits| limits.acquirer_timeout = Duration::from_millis(300))
        .start()
        .await;
    let connector = TestConnector::start(&platform.bus).await;
    let shop = Shop::open_live(&platform, "shop", Some(ACQUIRER)).await;
    Bank { platform, connector, shop, clock }
}

impl Bank {
    async fn purchase(&self) -> PaymentReply {
        self.shop.purchase(&self.platform, "order", 1_000).await
    }

    async fn status(&self) -> PaymentStatus {
        self.shop.inquire(&self.platform, "order").await.status
    }

    async fn settled(&self) -> bool {
        self.status().await == PaymentStatus::Settled
    }

    /// A purchase that goes like `plan`, whose outcome is open at first and then found to be `status`.
    async fn found_out(&self, plan: Plan, status: PaymentStatus) {
        self.connector.plan([plan]);
        let reply = self.purchase().await;
        assert_eq!(reply.operation.outcome, OperationOutcome::Pending, "{plan:?}");
        assert_eq!(self.shop.books(&self.platform).await, [0; 5]);
        let found = async || self.status().await == status;
        self.clock.advance_until(SECOND, "the outcome is found", found).await;
        assert!(self.connector.count("status") > 0);
        self.connector.assert_each_once();
    }
}

on_both_platforms! {
    async fn a_live_payment_goes_through_its_connector_from_authorisation_to_refund(platform) {
        let Bank { platform, connector, shop, .. } = bank(platform).await;
        let reply = shop.preauthorise(&platform, "order", 1_000).await;
        let reference = reply.payment.acquirer_reference.unwrap();
        assert!(reference.starts_with("BANK-"), "{reference}");
        assert!(is_approved(&shop.capture(&platform, "order", 1_000).await.unwrap()));
        eventually("it is settled", async || {
            shop.inquire(&platform, "order").await.status == PaymentStatus::Settled
        })
        .await;
        assert!(is_approved(&shop.refund(&platform, "order", 400).await.unwrap()));
        shop.preauthorise(&platform, "other", 500).await;
        assert!(is_approved(&shop.void(&platform, "other").await.unwrap()));
        let verbs = ["authorise", "capture", "refund", "void", "status"];
        assert_eq!(verbs.map(|verb| connector.count(verb)), [2, 1, 1, 1, 0]);
        assert_eq!(connector.originals()[..2], [reference.clone(), reference]);
        connector.assert_each_once();
    }

    async fn card_data_crosses_the_bus_only_sealed(platform) {
        let bank = bank(platform).await;
        assert!(is_approved(&bank.purchase().await));
        assert_eq!(bank.connector.cards(), [(APPROVES.to_owned(), "123".to_owned())]);
        let number = APPROVES.as_bytes();
        for request in bank.connector.arrived() {
            let mut windows = request.bytes.windows(number.len());
            assert!(!windows.any(|bytes| bytes == number), "{}", request.subject);
            let mut windows = request.bytes.windows(4);
            assert!(!windows.any(|bytes| bytes == b"\xa3123"), "a code of three digits");
        }
    }

    async fn a_decline_of_the_connector_is_the_payments(platform) {
        let bank = bank(platform).await;
        bank.connector.plan([Plan::Decline]);
        let payment = bank.purchase().await.payment;
        assert_eq!(payment.status, PaymentStatus::Declined);
        let decline = payment.decline.unwrap();
        assert_eq!((decline.reason, &*decline.code), (DeclineReason::InsufficientFunds, "51"));
        assert_eq!(bank.connector.count("status"), 0);
    }

    async fn silence_is_resolved_by_status_queries(platform) {
        bank(platform).await.found_out(Plan::Silence, PaymentStatus::Settled).await;
    }

    async fn a_dropped_connection_is_resolved_by_status_queries(platform) {
        bank(platform).await.found_out(Plan::Drop, PaymentStatus::Settled).await;
    }

    async fn a_late_answer_does_not_count_but_what_it_said_is_found(platform) {
        let late = Plan::ApproveAfter(Duration::from_millis(500));
        bank(platform).await.found_out(late, PaymentStatus::Settled).await;
    }

    async fn an_answer_that_is_none_leaves_the_outcome_open(platform) {
        let nonsense: [&'static [u8]; 4] = [
            b"",
            b"approved",
            // never_received, which answers status queries alone
            b"\x81\xaenever_received\x80",
            // an approval with an empty reference
            b"\x81\xa8approved\x81\xa9reference\xa0",
        ];
        let bank = bank(platform).await;
        for (number, bytes) in nonsense.into_iter().enumerate() {
            bank.connector.plan([Plan::Nonsense(bytes)]);
            let order = format!("order-{number}");
            let reply = bank.shop.purchase(&bank.platform, &order, 1_000).await;
            assert_eq!(reply.operation.outcome, OperationOutcome::Pending, "{bytes:?}");
        }
        let last = async || {
            let payment = bank.shop.inquire(&bank.platform, "order-3").await;
            payment.status == PaymentStatus::Settled
        };
        bank.clock.advance_until(SECOND, "the outcome is found", last).await;
    }

    async fn what_never_arrived_is_declined_when_the_connector_says_so(platform) {
        let bank = bank(platform).await;
        bank.found_out(Plan::Lose, PaymentStatus::Declined).await;
        let decline = bank.shop.inquire(&bank.platform, "order").await.decline.unwrap();
        assert_eq!(decline.reason, DeclineReason::NeverReceived);
    }

    async fn a_connector_that_is_silent_about_the_status_too_is_asked_until_it_answers(platform) {
        let bank = bank(platform).await;
        bank.connector.set_silent(true);
        bank.connector.plan([Plan::Silence]);
        assert_eq!(bank.purchase().await.operation.outcome, OperationOutcome::Pending);
        let asked = async || bank.connector.count("status") >= 3;
        bank.clock.advance_until(SECOND, "the status is asked for again", asked).await;
        assert_eq!(bank.status().await, PaymentStatus::Authorising);
        bank.connector.set_silent(false);
        let settled = async || bank.settled().await;
        bank.clock.advance_until(SECOND, "the outcome is found", settled).await;
        bank.connector.assert_each_once();
    }

    async fn two_answers_to_one_request_count_as_one(platform) {
        let mut bank = bank(platform).await;
        bank.connector.join(&bank.platform.bus, None).await;
        let reply = bank.purchase().await;
        assert!(is_approved(&reply));
        assert_eq!(bank.connector.count("authorise"), 2);
        eventually("it is settled", async || bank.settled().await).await;
        assert_eq!(bank.shop.balance(&bank.platform, Role::Clearing).await.posted, 1_000);
        bank.connector.assert_each_once();
    }

    async fn without_a_connector_nothing_is_sent_and_the_payment_is_declined(platform) {
        let Bank { platform, connector, shop, clock } = bank(platform).await;
        drop(connector);
        // The pauses before it is given up are those of the clock, and longer than this call may take.
        let asked = shop.purchase(&platform, "order", 1_000);
        let reply = clock.advance_while(SECOND, asked).await;
        assert_eq!(reply.payment.decline.unwrap().code, "91");
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_merchant_whose_acquirer_cannot_be_reached_is_refused_before_anything_is_stored(
        platform
    ) {
        let Bank { platform, connector, .. } = bank(platform).await;
        for (id, acquirer) in [("none", None), ("unknown", Some("nats:other-bank"))] {
            let shop = Shop::open_live(&platform, id, acquirer).await;
            let command = shop.authorise(&platform, "order", APPROVES, 1_000, true);
            let refused = shop.ask_once(&platform, "order", "key", command).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::Unavailable, "{refused}");
            assert!(refused.message.contains("acquirer") || refused.message.contains("other-bank"));
            let payment = shop.payment("order");
            let inquire = purser_subjects::transaction::Inquire { merchant: shop.merchant.clone() };
            let missing = platform.ask(payment.as_str(), inquire).await.unwrap_err();
            assert_eq!(missing.code, ErrorCode::NotFound);
        }
        assert!(connector.arrived().is_empty());
    }

    async fn sandbox_merchants_never_reach_a_connector(platform) {
        let Bank { platform, connector, .. } = bank(platform).await;
        let shop = Shop::open(&platform, "play", crate::support::shop::terms()).await;
        let reply = shop.purchase(&platform, "order", 1_000).await;
        assert!(reply.payment.acquirer_reference.unwrap().starts_with("SB"));
        assert!(connector.arrived().is_empty());
    }

    async fn an_outcome_that_was_open_at_a_crash_is_asked_for_after_the_restart(platform) {
        let Bank { platform, connector, shop, clock } = bank(platform).await;
        connector.set_silent(true);
        connector.plan([Plan::Silence]);
        shop.purchase(&platform, "order", 1_000).await;
        let platform = platform.kill().await.start().await;
        // Each platform has a bus of its own; the connector's memory goes with it.
        let mut connector = connector;
        connector.set_silent(false);
        connector.join(&platform.bus, Some("bank")).await;
        let settled =
            async || shop.inquire(&platform, "order").await.status == PaymentStatus::Settled;
        clock.advance_until(SECOND, "the outcome is found", settled).await;
        connector.assert_each_once();
    }
}
