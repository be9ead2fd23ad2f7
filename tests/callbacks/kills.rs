//! Deliveries outlive the process that makes them, at every step.

use super::scene::{MS, Scene, is, refusals, told};
use crate::support::receiver::Reply;
use purser_actors::ports::DeliveryState;
use purser_subjects::{
    Timestamp,
    callback::{EndpointSettings, ReplayDeliveries, ReplayScope},
};
use std::time::Duration;

impl Scene {
    async fn killed(mut self) -> Self {
        self.platform = self.platform.kill().await.start().await;
        self
    }
}

on_both_platforms! {
    async fn what_was_committed_and_never_attempted_is_delivered_after_a_kill(platform) {
        let scene = Scene::with_endpoint(platform.limits(|limits| limits.deliveries.0 = 0)).await;
        scene.purchase("order").await;
        scene.stays_at(0).await;
        let Scene { platform, clock, receiver, shop } = scene;
        let builder = platform.kill().await.limits(|limits| limits.deliveries.0 = 256);
        let scene = Scene { platform: builder.start().await, clock, receiver, shop };
        let received = scene.receiver.wait_for(1).await;
        assert_eq!(told(&received[0]), is("payment.succeeded", 1));
        scene.delivered("cb", 1).await;
    }

    async fn an_attempt_that_was_cut_off_is_made_again_with_the_same_id(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.receiver.answer("/cb", [Reply::Hang]);
        scene.purchase("order").await;
        scene.receiver.wait_for(1).await;
        let scene = scene.killed().await;
        let received = scene.receiver.wait_for(2).await;
        assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
        assert_eq!(received[1].header("purser-attempt"), "1");
        scene.delivered("cb", 1).await;
    }

    async fn a_retry_survives_a_kill_and_comes_at_its_time(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.receiver.answer("/cb", refusals(1));
        scene.purchase("order").await;
        scene.failures("cb", 1).await;
        let scene = scene.killed().await;
        scene.clock.advance(MS * 4_999);
        scene.stays_at(1).await;
        scene.clock.advance(MS * 501);
        scene.receiver.wait_for(2).await;
        scene.delivered("cb", 1).await;
    }

    async fn what_arrived_is_not_sent_again_after_a_kill(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.purchase("order").await;
        scene.delivered("cb", 1).await;
        let scene = scene.killed().await;
        scene.clock.advance(Duration::from_secs(86_400));
        // The settlement is news; the purchase is not.
        let received = scene.receiver.wait_for(2).await;
        assert_eq!(told(&received[1]), is("payment.settled", 2));
        scene.stays_at(2).await;
    }

    async fn nothing_is_skipped_when_nobody_delivered_for_an_hour(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.receiver.answer("/cb", refusals(4));
        for order in ["a", "b"] {
            scene.shop.preauthorise(&scene.platform, order, 1_000).await;
            scene.shop.capture(&scene.platform, order, 100).await.unwrap();
        }
        scene.receiver.wait_for(2).await;
        scene.failures("cb", 2).await;
        let Scene { platform, clock, receiver, shop } = scene;
        let builder = platform.kill().await;
        clock.advance(Duration::from_secs(3_600));
        let platform = builder.start().await;
        let scene = Scene { platform, clock, receiver, shop };
        // Both are overdue and tried at once; they fail once more, and go on as scheduled.
        scene.receiver.wait_for(4).await;
        scene.failures("cb", 4).await;
        let all = async || scene.endpoint("cb").await.delivered == 4;
        scene.clock.advance_until(Duration::from_secs(30), "all have arrived", all).await;
        let received: Vec<_> = scene.receiver.received()[4..].iter().map(told).collect();
        for sequence in [1, 2] {
            assert_eq!(received.iter().filter(|told| told.1 == sequence).count(), 2);
        }
        assert_eq!(scene.states("cb").await, vec![DeliveryState::Delivered; 4]);
    }

    async fn a_breaker_stays_open_through_a_kill(platform) {
        let scene = Scene::with_endpoint(platform).await;
        scene.receiver.answer("/cb", refusals(10));
        for n in 0..10 {
            scene.purchase(&format!("order-{n}")).await;
            scene.failures("cb", n + 1).await;
        }
        let scene = scene.killed().await;
        scene.purchase("another").await;
        scene.stays_at(10).await;
        scene.clock.advance(Duration::from_secs(30));
        scene.receiver.wait_for(11).await;
        // The one that was let through closes it, and all that failed is due by now.
        scene.delivered("cb", 11).await;
    }

    async fn a_replay_goes_on_after_a_kill(platform) {
        let scene = Scene::set(platform).await;
        let settings = EndpointSettings { schedule: vec![0], ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        scene.receiver.answer("/cb", refusals(1));
        scene.purchase("order").await;
        scene.failures("cb", 1).await;
        let (from, to) = (Timestamp::default(), scene.platform.clock.now());
        let replay =
            ReplayDeliveries { merchant: None, from, to, scope: ReplayScope::Failed };
        scene.platform.ask("cb", replay).await.unwrap();
        let scene = scene.killed().await;
        let done = async || scene.endpoint("cb").await.delivered == 1;
        scene.clock.advance_until(Duration::from_secs(5), "it arrived", done).await;
        assert_eq!(scene.endpoint("cb").await.replay, None);
    }
}
