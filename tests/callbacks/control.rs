//! What merchants and operators do with deliveries.

use super::scene::{MS, Scene, is, refusals, told, verifies};
use purser_actors::ports::{DeliveryQuery, DeliveryState};
use purser_subjects::{
    ErrorCode, Timestamp,
    callback::{
        ChangeEndpoint, EndpointKind, EndpointSettings, RegisterEndpoint, RemoveEndpoint,
        ReplayDeliveries, ReplayScope, ResendDelivery, TestEndpoint,
    },
    merchant::{CreateMerchant, Environment, MerchantTerms},
};
use std::time::Duration;
use uuid::Uuid;

fn replay(to: Timestamp, scope: ReplayScope) -> ReplayDeliveries {
    ReplayDeliveries { merchant: None, from: Timestamp::default(), to, scope }
}

on_both_platforms! {
    async fn a_test_arrives_and_its_attempt_is_kept(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let queued = scene.platform.ask("cb", TestEndpoint::default()).await.unwrap();
        let received = scene.receiver.wait_for(1).await;
        assert_eq!(told(&received[0]), is("endpoint.test", 1));
        assert!(verifies(&received[0], 1));
        scene.delivered("cb", 1).await;
        let store = &scene.platform.store;
        let row = store.delivery(queued.delivery).await.unwrap().unwrap();
        assert_eq!((row.state, row.http_status), (DeliveryState::Delivered, Some(200)));
        let attempts = store.attempts(queued.delivery).await.unwrap();
        assert_eq!((attempts.len(), attempts[0].number, attempts[0].http_status), (1, 1, Some(200)));
        assert_eq!(attempts[0].request_body, received[0].body);
        let signature = ("webhook-signature".to_owned(), received[0].header("webhook-signature").to_owned());
        assert!(attempts[0].request_headers.contains(&signature));
    }

    async fn one_delivery_can_be_resent_whatever_became_of_it(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.purchase("order").await;
        scene.delivered("cb", 1).await;
        let delivery = scene.deliveries("cb").await[0].delivery.id;
        let resend = |delivery| ResendDelivery { merchant: Some(scene.shop.merchant.clone()), delivery };
        scene.platform.ask("cb", resend(delivery)).await.unwrap();
        let received = scene.receiver.wait_for(2).await;
        assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
        assert_eq!(received[0].body, received[1].body);
        scene.delivered("cb", 2).await;
        assert_eq!(scene.platform.store.attempts(delivery).await.unwrap().len(), 2);
        // A pending one is tried at once.
        scene.receiver.answer("/cb", refusals(1));
        scene.purchase("failing").await;
        scene.failures("cb", 1).await;
        let pending = scene.deliveries("cb").await[1].delivery.id;
        scene.platform.ask("cb", resend(pending)).await.unwrap();
        scene.delivered("cb", 3).await;
        let refused = scene.platform.ask("cb", resend(Uuid::now_v7())).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);
    }

    async fn all_that_failed_can_be_replayed_and_a_window_of_time(platform) {
        let scene = Scene::set(platform).await;
        let Scene { platform, clock, receiver, .. } = &scene;
        let settings = EndpointSettings { schedule: vec![0], ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        receiver.answer("/cb", refusals(5));
        for n in 0..5 {
            scene.purchase(&format!("order-{n}")).await;
            scene.failures("cb", n + 1).await;
        }
        let between = platform.clock.now();
        clock.advance(MS);
        for n in 5..8 {
            scene.purchase(&format!("order-{n}")).await;
        }
        scene.delivered("cb", 3).await;
        platform.ask("cb", replay(between, ReplayScope::Failed)).await.unwrap();
        receiver.wait_for(13).await;
        scene.delivered("cb", 8).await;
        assert_eq!(scene.endpoint("cb").await.replay, None);
        platform.ask("cb", replay(between, ReplayScope::All)).await.unwrap();
        receiver.wait_for(18).await;
        scene.delivered("cb", 13).await;
        assert_eq!(scene.states("cb").await, vec![DeliveryState::Delivered; 8]);
    }

    async fn pages_of_deliveries_follow_each_other(platform) {
        let scene = Scene::with_endpoint(platform).await;
        for n in 0..7 {
            scene.purchase(&format!("order-{n}")).await;
            scene.clock.advance(MS);
        }
        scene.delivered("cb", 7).await;
        let mut query = DeliveryQuery {
            merchant: Some(scene.shop.merchant.clone()),
            state: Some(DeliveryState::Delivered),
            limit: 3,
            ..DeliveryQuery::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = scene.platform.store.deliveries(&query).await.unwrap();
            let Some(last) = page.last() else { break };
            query.after = Some(purser_actors::ports::DeliveryCursor {
                created_at: last.delivery.created_at,
                delivery: last.delivery.id,
            });
            seen.extend(page.into_iter().map(|row| row.delivery.id));
        }
        let mut all: Vec<_> = scene.deliveries("cb").await.iter().map(|r| r.delivery.id).collect();
        all.reverse();
        assert_eq!(seen, all);
        let object = Some(scene.shop.payment("order-3").key());
        let of_object = DeliveryQuery { object, limit: 9, ..DeliveryQuery::default() };
        assert_eq!(scene.platform.store.deliveries(&of_object).await.unwrap().len(), 1);
    }

    async fn a_new_address_counts_for_what_waits_and_a_removed_endpoint_gets_nothing(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, clock, receiver, .. } = &scene;
        receiver.answer("/cb", refusals(1));
        scene.purchase("order").await;
        scene.failures("cb", 1).await;
        let url = Some(receiver.url("/new"));
        platform.ask("cb", ChangeEndpoint { url, ..ChangeEndpoint::default() }).await.unwrap();
        clock.advance(Duration::from_secs(6));
        assert_eq!(receiver.wait_for(2).await[1].path, "/new");
        scene.delivered("cb", 1).await;
        platform.ask("cb", RemoveEndpoint::default()).await.unwrap();
        scene.purchase("later").await;
        scene.stays_at(2).await;
        let rows = platform.store.endpoints(Some(&scene.shop.merchant), None, 10).await.unwrap();
        assert_eq!((rows.len(), rows[0].kind), (1, EndpointKind::Registered));
    }

    async fn a_live_merchant_cannot_reach_this_machine(platform) {
        let scene = Scene::set(platform).await;
        let create = CreateMerchant {
            name: "Live".to_owned(),
            environment: Environment::Live,
            credentials: Vec::new(),
            terms: MerchantTerms::default(),
        };
        scene.platform.ask("live", create).await.unwrap();
        for (n, url) in ["http://127.0.0.1:{}", "http://localhost:{}", "http://2130706433:{}"]
            .into_iter()
            .enumerate()
        {
            let port = scene.receiver.url("/");
            let port = port.rsplit(':').next().unwrap().trim_end_matches('/');
            let name = format!("live-{n}");
            let register = RegisterEndpoint {
                merchant: "live".parse().unwrap(),
                url: url.replace("{}", port),
                events: Vec::new(),
                description: String::new(),
                secret: scene.secret(&name, 1),
                settings: EndpointSettings::default(),
            };
            scene.platform.ask(&name, register).await.unwrap();
            scene.platform.ask(&name, TestEndpoint::default()).await.unwrap();
            scene.failures(&name, 1).await;
            let error = scene.deliveries(&name).await[0].error.clone().unwrap();
            assert!(error.contains("is not public"), "{url}: {error}");
        }
        scene.stays_at(0).await;
    }
}
