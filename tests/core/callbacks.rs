//! Notifications from the payment to the merchant's server.

use crate::support::{
    clock::ManualClock,
    platform::{PlatformBuilder, TestPlatform, eventually},
    receiver::{Received, Reply, TestReceiver},
    shop::{DECLINES, SECURE_KEY, Shop, decimal, terms},
};
use md5::{Digest, Md5};
use purser_subjects::{
    EndpointId,
    callback::{EndpointView, InquireEndpoint},
};
use std::{sync::Arc, time::Duration};

const MS: Duration = Duration::from_millis(1);
/// Enough real time for what is due to be done, where nothing should be.
const MOMENT: Duration = Duration::from_millis(100);

struct Scene {
    platform: TestPlatform,
    clock: Arc<ManualClock>,
    receiver: TestReceiver,
    shop: Shop,
}

impl Scene {
    /// A shop that is notified at `/cb`.
    async fn set(platform: PlatformBuilder) -> Self {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let receiver = TestReceiver::start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        let shop = shop.notified_at(receiver.url("/cb"));
        Self { platform, clock, receiver, shop }
    }

    async fn purchase(&self, reference: &str) {
        self.shop.purchase(&self.platform, reference, 1_000).await;
    }

    async fn endpoint(&self) -> EndpointView {
        let url = self.shop.notify.as_ref().unwrap();
        let endpoint = EndpointId::derive(&self.shop.merchant, url);
        self.platform.ask(endpoint.as_str(), InquireEndpoint::default()).await.unwrap()
    }

    /// Nothing more arrives, although the clock is only just before the time.
    async fn stays_at(&self, count: usize) {
        tokio::time::sleep(MOMENT).await;
        assert_eq!(self.receiver.count(), count);
    }

    /// Waits until the outcome of the attempts so far is stored.
    async fn failures(&self, in_a_row: u32) {
        eventually("the attempts have ended", async || {
            self.endpoint().await.failures_in_a_row == in_a_row
        })
        .await;
    }
}

/// Payment's reference, sequence number and attempt.
fn told(received: &Received) -> (String, u32, u32) {
    let number = |name| received.header(name).parse().unwrap();
    let reference = received.json()["merchantTransactionId"].as_str().unwrap().to_owned();
    (reference, number("purser-sequence"), number("purser-attempt"))
}

fn hex_md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is(reference: &str, sequence: u32, attempt: u32) -> (String, u32, u32) {
    (reference.to_owned(), sequence, attempt)
}

on_both_platforms! {
    async fn every_operation_is_notified_in_order_and_signed(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, receiver, shop, .. } = &scene;
        shop.preauthorise(platform, "order", 1_000).await;
        shop.capture(platform, "order", 600).await.unwrap();
        shop.capture(platform, "order", 400).await.unwrap();
        shop.refund(platform, "order", 250).await.unwrap();
        let received = receiver.wait_for(4).await;
        for (n, (request, (status, short, amount))) in received
            .iter()
            .zip([
                ("authsuccessful", "Y", 1_000),
                ("capturesuccess", "Y", 600),
                ("capturesuccess", "Y", 400),
                ("reversed", "Y", 250),
            ])
            .enumerate()
        {
            assert_eq!(told(request), is("order", n as u32 + 1, 1));
            assert_eq!(request.path, "/cb");
            assert!(request.header("content-type").starts_with("application/json"));
            let body = request.json();
            assert_eq!((&body["status"], &body["transactionStatus"]), (&status.into(), &short.into()));
            assert_eq!(body["amount"], decimal(amount));
            let payment = shop.payment("order");
            assert_eq!(body["paymentId"], payment.as_str());
            let signed =
                format!("{payment}|order|{}|{short}|{SECURE_KEY}", decimal(amount));
            assert_eq!(body["checksum"], hex_md5(&signed));
        }
        let ids: std::collections::HashSet<_> =
            received.iter().map(|request| request.header("purser-delivery").to_owned()).collect();
        assert_eq!(ids.len(), 4);
        eventually("all are marked delivered", async || scene.endpoint().await.delivered == 4).await;
    }

    async fn declines_and_voids_are_notified_too(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, receiver, shop, .. } = &scene;
        let declined = shop.authorise(platform, "declined", DECLINES, 1_000, true);
        shop.ask(platform, "declined", declined).await.unwrap();
        let body = receiver.wait_for(1).await[0].json();
        assert_eq!((&body["status"], &body["transactionStatus"]), (&"authfailed".into(), &"N".into()));
        let payment = shop.payment("declined");
        let signed = format!("{payment}|declined|10.00|N|{SECURE_KEY}");
        assert_eq!(body["checksum"], hex_md5(&signed));
        shop.preauthorise(platform, "voided", 1_000).await;
        shop.void(platform, "voided").await.unwrap();
        let received = receiver.wait_for(3).await;
        assert_eq!(received[2].json()["status"], "authcancelled");
    }

    async fn a_found_out_outcome_is_notified_once(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        let lost = shop.authorise(platform, "order", "4000000000005001", 1_000, true);
        let asked = shop.ask(platform, "order", lost);
        clock.advance_while(MS * 100, asked).await.unwrap();
        scene.stays_at(0).await;
        clock.advance_until(MS * 500, "it is notified", async || receiver.count() > 0).await;
        assert_eq!(receiver.received()[0].json()["status"], "capturesuccess");
        clock.advance(Duration::from_secs(60));
        scene.stays_at(1).await;
    }

    async fn a_failed_delivery_is_retried_by_the_schedule_and_then_given_up(platform) {
        let scene = Scene::set(platform).await;
        let Scene { clock, receiver, .. } = &scene;
        receiver.answer("/cb", vec![Reply::Status(500); 10]);
        scene.purchase("order").await;
        receiver.wait_for(1).await;
        let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (attempts, pause) in (1..).zip(pauses) {
            scene.failures(attempts).await;
            let pause = Duration::from_secs(pause);
            clock.advance(pause - MS);
            scene.stays_at(attempts as usize).await;
            clock.advance(pause / 10 + MS);
            let received = receiver.wait_for(attempts as usize + 1).await;
            assert_eq!(told(received.last().unwrap()), is("order", 1, attempts + 1));
            assert_eq!(received[0].body, received.last().unwrap().body);
            let id = |n: usize| received[n].header("purser-delivery").to_owned();
            assert_eq!(id(0), id(received.len() - 1));
        }
        eventually("it is given up", async || scene.endpoint().await.given_up == 1).await;
        clock.advance(Duration::from_secs(7 * 86_400));
        scene.stays_at(10).await;
        // What comes after it about the same payment is delivered.
        scene.shop.refund(&scene.platform, "order", 100).await.unwrap();
        let received = receiver.wait_for(11).await;
        assert_eq!(told(&received[10]), is("order", 2, 1));
    }

    async fn a_delivery_waits_for_the_one_before_and_others_pass(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        receiver.answer("/cb", [Reply::Status(500)]);
        scene.purchase("slow").await;
        receiver.wait_for(1).await;
        shop.refund(platform, "slow", 100).await.unwrap();
        scene.purchase("quick").await;
        shop.refund(platform, "quick", 100).await.unwrap();
        receiver.wait_for(3).await;
        scene.stays_at(3).await;
        clock.advance(Duration::from_secs(6));
        let received = receiver.wait_for(5).await;
        let received: Vec<_> = received.iter().map(told).collect();
        let expected = [
            is("slow", 1, 1),
            is("quick", 1, 1),
            is("quick", 2, 1),
            is("slow", 1, 2),
            is("slow", 2, 1),
        ];
        assert_eq!(received, expected);
    }

    async fn the_receiver_may_ask_for_a_longer_pause_within_bounds(platform) {
        let scene = Scene::set(platform).await;
        let Scene { clock, receiver, .. } = &scene;
        let asked = [Reply::RetryAfter(12), Reply::RetryAfter(86_400), Reply::RetryAfter(1)];
        receiver.answer("/cb", asked);
        scene.purchase("order").await;
        receiver.wait_for(1).await;
        // At least the step of the schedule, at most four times that.
        let pauses = [(12_000, 12_000), (1_200_000, 1_320_000), (1_800_000, 1_980_000)];
        for (attempts, (least, most)) in (1..).zip(pauses) {
            scene.failures(attempts).await;
            clock.advance(MS * (least - 1));
            scene.stays_at(attempts as usize).await;
            clock.advance(MS * (most - least + 1));
            receiver.wait_for(attempts as usize + 1).await;
        }
        eventually("it is delivered", async || scene.endpoint().await.delivered == 1).await;
    }

    async fn a_hanging_receiver_does_not_delay_another(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, receiver, shop, .. } = &scene;
        receiver.answer("/hang", vec![Reply::Hang; 40]);
        let hanging = shop.clone().notified_at(receiver.url("/hang"));
        let references: Vec<_> = (0..40).map(|n| format!("hang-{n}")).collect();
        let purchases = references.iter().map(|order| hanging.purchase(platform, order, 1_000));
        futures_util::future::join_all(purchases).await;
        scene.purchase("order").await;
        eventually("the other one is notified", async || {
            receiver.received().iter().any(|request| request.path == "/cb")
        })
        .await;
        let hung = receiver.received().iter().filter(|request| request.path == "/hang").count();
        assert!(hung <= 8, "{hung} at once to one endpoint");
    }

    async fn deliveries_survive_a_kill(platform) {
        let mut scene = Scene::set(platform).await;
        scene.receiver.answer("/cb", [Reply::Status(500), Reply::Hang]);
        scene.purchase("failed").await;
        scene.receiver.wait_for(1).await;
        scene.failures(1).await;
        scene.purchase("hanging").await;
        scene.receiver.wait_for(2).await;
        scene.platform = scene.platform.kill().await.start().await;
        // Whether the one under way arrived is not known, so it is sent again, at once.
        let received = scene.receiver.wait_for(3).await;
        assert_eq!(told(&received[2]), is("hanging", 1, 1));
        scene.stays_at(3).await;
        scene.clock.advance(Duration::from_secs(6));
        let received = scene.receiver.wait_for(4).await;
        assert_eq!(told(&received[3]), is("failed", 1, 2));
        eventually("both are delivered", async || scene.endpoint().await.delivered == 2).await;
    }

    async fn what_was_queued_while_the_receiver_was_down_arrives_in_order(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        receiver.answer("/cb", vec![Reply::Status(503); 2]);
        shop.preauthorise(platform, "order", 1_000).await;
        for _ in 0..20 {
            shop.capture(platform, "order", 50).await.unwrap();
        }
        let all = async || receiver.count() >= 23;
        clock.advance_until(Duration::from_secs(30), "all have arrived", all).await;
        let received = receiver.received();
        let sequences: Vec<_> = received.iter().map(|request| told(request).1).collect();
        let expected: Vec<_> = [1, 1].into_iter().chain(1..=21).collect();
        assert_eq!(sequences, expected);
    }
}
