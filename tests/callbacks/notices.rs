//! Which endpoint is told what, in which order, about which object.

use super::scene::{Scene, is, refusals, told, verifies};
use crate::support::shop::{DECLINES, Shop, terms};
use purser_subjects::callback::{EndpointSettings, RegisterEndpoint};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

on_both_platforms! {
    async fn every_change_is_told_in_order_and_signed(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        scene.register("refunds", &["payment.refund.*", "payment.refunded"], EndpointSettings::default()).await;
        shop.preauthorise(platform, "order", 1_000).await;
        shop.capture(platform, "order", 600).await.unwrap();
        shop.refund(platform, "order", 250).await.unwrap();
        let step = Duration::from_secs(3_600);
        clock.advance_until(step, "it is settled", async || receiver.count() >= 5).await;
        let received = receiver.received();
        assert!(received.iter().all(|request| verifies(request, 1)));
        let of = |path: &str| {
            let to = received.iter().filter(|request| request.path == path);
            to.map(told).collect::<Vec<_>>()
        };
        assert_eq!(of("/cb"), [
            is("payment.authorised", 1),
            is("payment.captured", 2),
            is("payment.refunded", 3),
            is("payment.settled", 4),
        ]);
        assert_eq!(of("/refunds"), [is("payment.refunded", 3)]);
        let ids: HashSet<_> = received.iter().map(|request| request.header("webhook-id")).collect();
        assert_eq!(ids.len(), 5);
        let body = received[0].json();
        assert_eq!(body["object"], shop.payment("order").as_str());
        assert_eq!(body["data"]["payment"]["reference"], "order");
        assert_eq!(body["data"]["payment"]["amount"], "10.00");
        assert_eq!(body["data"]["operation"]["outcome"], "approved");
        let text = String::from_utf8_lossy(&received[0].body).into_owned();
        assert!(!text.contains("4242424242424242"), "{text}");
    }

    async fn declines_voids_and_open_outcomes_are_told_too(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        let declined = shop.authorise(platform, "declined", DECLINES, 1_000, true);
        shop.ask(platform, "declined", declined).await.unwrap();
        shop.preauthorise(platform, "voided", 1_000).await;
        shop.void(platform, "voided").await.unwrap();
        let lost = shop.authorise(platform, "lost", "4000000000005001", 1_000, true);
        clock.advance_while(Duration::from_millis(100), shop.ask(platform, "lost", lost)).await.unwrap();
        let step = Duration::from_millis(500);
        clock.advance_until(step, "all are told", async || receiver.count() >= 5).await;
        let mut of: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for request in receiver.received() {
            let reference = request.json()["data"]["payment"]["reference"].as_str().unwrap().to_owned();
            of.entry(reference).or_default().push(told(&request));
        }
        assert_eq!(of["declined"], [is("payment.failed", 1)]);
        assert_eq!(of["voided"], [is("payment.authorised", 1), is("payment.voided", 2)]);
        assert_eq!(of["lost"], [is("payment.pending", 1), is("payment.succeeded", 2)]);
    }

    async fn other_merchants_hear_nothing(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let other = Shop::open(&scene.platform, "other", terms()).await;
        let register = RegisterEndpoint {
            merchant: other.merchant.clone(),
            url: scene.receiver.url("/other"),
            events: Vec::new(),
            description: String::new(),
            secret: scene.secret("other", 1),
            settings: EndpointSettings::default(),
        };
        scene.platform.ask("other", register).await.unwrap();
        scene.purchase("order").await;
        scene.receiver.wait_for(1).await;
        scene.stays_at(1).await;
        assert_eq!(scene.receiver.received()[0].path, "/cb");
    }

    async fn objects_keep_their_order_under_retries_and_pass_each_other(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        receiver.answer("/cb", refusals(3));
        for order in ["a", "b", "c", "d"] {
            shop.preauthorise(platform, order, 1_000).await;
            for _ in 0..5 {
                shop.capture(platform, order, 50).await.unwrap();
            }
        }
        let all = async || scene.endpoint("cb").await.delivered == 24;
        clock.advance_until(Duration::from_secs(2), "all have arrived", all).await;
        let mut accepted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for request in receiver.received().into_iter().skip(3) {
            let object = request.json()["object"].as_str().unwrap().to_owned();
            accepted.entry(object).or_default().push(told(&request).1);
        }
        assert_eq!(accepted.len(), 4);
        for (object, sequences) in accepted {
            assert_eq!(sequences, [1, 2, 3, 4, 5, 6], "{object}");
        }
    }

    async fn a_long_queue_about_one_object_does_not_stand_in_the_way_of_others(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, clock, receiver, shop } = &scene;
        receiver.answer("/cb", refusals(1));
        shop.preauthorise(platform, "long", 10_000).await;
        receiver.wait_for(1).await;
        scene.failures("cb", 1).await;
        // More than are looked at at once, all waiting for the first.
        for _ in 0..60 {
            shop.capture(platform, "long", 10).await.unwrap();
        }
        scene.stays_at(1).await;
        scene.purchase("other").await;
        let received = receiver.wait_for(2).await;
        assert_eq!(told(&received[1]), is("payment.succeeded", 1));
        let all = async || scene.endpoint("cb").await.delivered == 62;
        clock.advance_until(Duration::from_secs(1), "all have arrived", all).await;
        let sequences: Vec<_> = receiver.received()[2..].iter().map(|r| told(r).1).collect();
        assert_eq!(sequences, (1..=61).collect::<Vec<_>>());
    }
}
