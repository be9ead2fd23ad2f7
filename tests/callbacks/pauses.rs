//! What a receiver can bring about by its answers.

use super::scene::{MOMENT, MS, Scene, is, refusals, told};
use crate::support::receiver::Reply;
use purser_actors::ports::DeliveryState;
use purser_subjects::callback::{
    DisableEndpoint, DisableReason, EnableEndpoint, EndpointSettings, EndpointStatus,
};
use std::time::Duration;

on_both_platforms! {
    async fn a_receiver_that_is_gone_is_disabled_at_once_and_nothing_is_lost(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { platform, receiver, .. } = &scene;
        let contact = "ops@shop.example".to_owned();
        let settings = EndpointSettings { contact, ..EndpointSettings::default() };
        scene.register("gone", &["payment.*"], settings).await;
        receiver.answer("/gone", [Reply::Status(410)]);
        scene.purchase("one").await;
        // The payment's own notice, the refused one, and that the other endpoint was disabled.
        let received = receiver.wait_for(3).await;
        let disabled = received.iter().find(|request| told(request) == is("endpoint.disabled", 1));
        let disabled = disabled.expect("the other endpoint is told");
        assert_eq!((&disabled.path[..], &disabled.json()["data"]["reason"]), ("/cb", &"gone".into()));
        let view = scene.endpoint("gone").await;
        assert_eq!(view.status, EndpointStatus::Disabled);
        assert_eq!(view.disabled.unwrap().reason, DisableReason::Gone);
        let mails = platform.store.mails(10).await.unwrap();
        assert_eq!((mails.len(), &mails[0].mail.recipient[..]), (1, "ops@shop.example"));

        scene.purchase("two").await;
        receiver.wait_for(4).await;
        scene.clock.advance(Duration::from_secs(3_600));
        scene.stays_at(4).await;
        let rows = scene.deliveries("gone").await;
        assert!(rows.len() == 2 && rows.iter().all(|row| row.is_held));
        platform.ask("gone", EnableEndpoint::default()).await.unwrap();
        let received = receiver.wait_for(6).await;
        assert!(received[4..].iter().all(|request| request.path == "/gone"));
        scene.delivered("gone", 2).await;
    }

    async fn too_many_requests_with_a_time_is_honoured(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { clock, receiver, .. } = &scene;
        receiver.answer("/cb", [Reply::TooMany(12)]);
        scene.purchase("order").await;
        receiver.wait_for(1).await;
        scene.failures("cb", 1).await;
        clock.advance(MS * 11_999);
        scene.stays_at(1).await;
        clock.advance(MS);
        receiver.wait_for(2).await;
        scene.delivered("cb", 1).await;
    }

    async fn an_endpoint_that_fails_too_often_is_left_alone_and_then_tried_once(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { clock, receiver, .. } = &scene;
        receiver.answer("/cb", refusals(11));
        for n in 0..10 {
            scene.purchase(&format!("order-{n}")).await;
            scene.failures("cb", n + 1).await;
        }
        assert!(scene.endpoint("cb").await.paused_until.is_some());
        scene.purchase("another").await;
        clock.advance(Duration::from_secs(29));
        scene.stays_at(10).await;
        // All are due by now, and one is tried; it fails, and the pause is longer.
        clock.advance(Duration::from_secs(1));
        receiver.wait_for(11).await;
        scene.failures("cb", 11).await;
        clock.advance(Duration::from_secs(59));
        scene.stays_at(11).await;
        clock.advance(Duration::from_secs(1));
        receiver.wait_for(12).await;
        let all = async || scene.endpoint("cb").await.delivered == 11;
        clock.advance_until(Duration::from_secs(30), "all have arrived", all).await;
        assert_eq!(scene.endpoint("cb").await.paused_until, None);
    }

    async fn a_repetition_that_becomes_due_while_others_take_their_turns_stops_nobody(platform) {
        let scene = Scene::set(platform).await;
        let settings = EndpointSettings { concurrency: 1, ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        let Scene { platform, clock, receiver, .. } = &scene;
        receiver.answer("/cb", [Reply::Status(500), Reply::After(MOMENT * 5)]);
        scene.purchase("repeated").await;
        scene.failures("cb", 1).await;
        // Those that are read together take turns, and the first of them is held for a while.
        platform.ask("cb", DisableEndpoint { merchant: None }).await.unwrap();
        for n in 0..3 {
            scene.purchase(&format!("in-turn-{n}")).await;
        }
        platform.ask("cb", EnableEndpoint::default()).await.unwrap();
        receiver.wait_for(2).await;
        clock.advance(Duration::from_secs(10));
        scene.delivered("cb", 4).await;
    }

    async fn five_days_without_success_disable_the_endpoint(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let Scene { clock, receiver, .. } = &scene;
        receiver.answer("/cb", refusals(1_000));
        scene.purchase("order").await;
        scene.failures("cb", 1).await;
        clock.advance(Duration::from_secs(5 * 86_400));
        let disabled = async || scene.endpoint("cb").await.status == EndpointStatus::Disabled;
        clock.advance_until(Duration::from_secs(60), "it is disabled", disabled).await;
        let reason = scene.endpoint("cb").await.disabled.unwrap().reason;
        assert_eq!(reason, DisableReason::Failing);
        let states = scene.states("cb").await;
        assert!(states.iter().all(|state| *state == DeliveryState::Pending), "{states:?}");
    }

    async fn an_endpoint_may_ask_for_few_at_a_time(platform) {
        let scene = Scene::set(platform).await;
        let settings = EndpointSettings { rate_per_minute: 60, ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        for n in 0..4 {
            scene.purchase(&format!("order-{n}")).await;
        }
        scene.receiver.wait_for(1).await;
        for count in 2..=4 {
            scene.stays_at(count - 1).await;
            scene.clock.advance(MS * 999);
            scene.stays_at(count - 1).await;
            scene.clock.advance(MS);
            scene.receiver.wait_for(count).await;
        }
    }

    async fn an_endpoint_may_have_a_schedule_of_its_own(platform) {
        let scene = Scene::set(platform).await;
        let settings = EndpointSettings { schedule: vec![0, 60], ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        scene.receiver.answer("/cb", refusals(2));
        scene.purchase("order").await;
        scene.failures("cb", 1).await;
        scene.clock.advance(MS * 59_999);
        scene.stays_at(1).await;
        scene.clock.advance(MS * 6_001);
        scene.receiver.wait_for(2).await;
        scene.failures("cb", 2).await;
        assert_eq!(scene.states("cb").await, [DeliveryState::GivenUp]);
    }
}
