//! Rotation, and secrets that cannot be used.

use super::scene::{MS, Scene, verifies};
use purser::messenger::SECRET_PURPOSE;
use purser_subjects::callback::{
    EndpointSecret, EndpointSettings, RegisterEndpoint, RotateSecret, TestEndpoint,
};
use std::time::Duration;

on_both_platforms! {
    async fn every_notification_verifies_while_secrets_are_rotated_under_load(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let rotate = |byte| RotateSecret {
            merchant: None,
            secret: scene.secret("cb", byte),
            overlap_s: Some(60),
        };
        let load = async {
            for n in 0..40 {
                scene.purchase(&format!("order-{n}")).await;
            }
        };
        let rotations = async {
            for byte in [2, 3] {
                scene.receiver.wait_for(usize::from(byte) * 5).await;
                scene.platform.ask("cb", rotate(byte)).await.unwrap();
            }
        };
        tokio::join!(load, rotations);
        let received = scene.receiver.wait_for(40).await;
        for request in &received {
            // Whoever has one of the secrets that were in force can verify it.
            assert!([1, 2, 3].into_iter().any(|byte| verifies(request, byte)));
        }
        // A receiver that has not changed yet accepts all of them within the overlap.
        assert!(received.iter().all(|request| verifies(request, 1)));
        scene.clock.advance(Duration::from_secs(60));
        scene.purchase("later").await;
        let received = scene.receiver.wait_for(41).await;
        assert!(verifies(&received[40], 3) && !verifies(&received[40], 2));
        assert!(!verifies(&received[40], 1));
    }

    async fn a_failure_of_our_own_does_not_count_against_the_endpoint(platform) {
        let scene = Scene::set(platform).await;
        // Sealed for another endpoint: it cannot be opened.
        let hmac = scene.platform.vault.seal(SECRET_PURPOSE, "another", &[1; 32]);
        let register = RegisterEndpoint {
            merchant: scene.shop.merchant.clone(),
            url: scene.receiver.url("/cb"),
            events: Vec::new(),
            description: String::new(),
            secret: EndpointSecret { hmac, ed25519: None },
            settings: EndpointSettings::default(),
        };
        scene.platform.ask("cb", register).await.unwrap();
        scene.platform.ask("cb", TestEndpoint::default()).await.unwrap();
        scene.stays_at(0).await;
        let view = scene.endpoint("cb").await;
        assert_eq!((view.failures_in_a_row, view.failing_since), (0, None));
        assert_eq!(scene.deliveries("cb").await[0].delivery.attempts, 0);
        let secret = scene.secret("cb", 2);
        let rotate = RotateSecret { merchant: None, secret, overlap_s: Some(0) };
        scene.platform.ask("cb", rotate).await.unwrap();
        scene.clock.advance(MS);
        let received = scene.receiver.wait_for(1).await;
        assert!(verifies(&received[0], 2));
    }
}
