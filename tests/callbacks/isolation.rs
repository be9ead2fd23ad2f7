//! Receivers that hang, drip or never end, beside one that works.

use super::scene::Scene;
use crate::support::{
    platform::eventually,
    receiver::Reply,
    shop::{Shop, terms},
};
use futures_util::future::join_all;
use purser_actors::ports::DeliveryState;
use purser_subjects::callback::EndpointSettings;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Longest time from a payment's answer to its notification at the receiver that works, in tests that run
/// beside others. Limits of attempts are ten times that.
const PROMPTLY: Duration = Duration::from_secs(1);

/// What a receiver does with every connection.
#[derive(Clone, Copy)]
enum Manner {
    /// Reads and never answers.
    Hangs,
    /// Answers one byte of a header a second.
    Drips,
    /// Answers with a body that never ends.
    Endless,
}

async fn receiver(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, manner));
        }
    });
    url
}

async fn talk(mut stream: TcpStream, manner: Manner) {
    let mut request = [0; 16 * 1024];
    let _ = stream.read(&mut request).await;
    match manner {
        Manner::Hangs => while stream.read(&mut request).await.is_ok_and(|read| read > 0) {},
        Manner::Drips => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
            while stream.write_all(b"y").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Manner::Endless => {
            let head = b"HTTP/1.1 500 Broken\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head).await;
            while stream
                .write_all(&[&b"400\r\n"[..], &[b'x'; 1024], b"\r\n"].concat())
                .await
                .is_ok()
            {}
        }
    }
}

impl Scene {
    /// Times from a payment's answer to its notification at the receiver that works, shortest first.
    async fn times(&self, name: &str, payments: usize) -> Vec<Duration> {
        let mut times = Vec::new();
        for n in 0..payments {
            let told = self.receiver.count();
            self.purchase(&format!("{name}-{n}")).await;
            let begun = Instant::now();
            eventually("it is told", async || self.receiver.count() > told).await;
            times.push(begun.elapsed());
        }
        times.sort();
        times
    }

    /// Another merchant with a hundred endpoints at receivers of this manner, and payments that each of
    /// them is to be told of.
    async fn beside(&self, name: &str, manner: Manner, payments: usize) {
        let shop = Shop::open(&self.platform, name, terms()).await;
        let (url, own) = (receiver(manner).await, &shop.merchant);
        let registered = (0..100).map(|n| {
            let (name, url) = (format!("{name}-{n}"), url.clone());
            async move { self.register_for(own, &name, url, &[], EndpointSettings::default()).await }
        });
        join_all(registered).await;
        for n in 0..payments {
            shop.purchase(&self.platform, &format!("{name}-{n}"), 1_000).await;
        }
    }
}

on_both_platforms! {
    async fn three_hundred_receivers_that_hang_drip_or_never_end_slow_nobody_else(platform) {
        let scene = Scene::with_endpoint(platform).await;
        let before = scene.times("before", 20).await;
        let manners = [("hang", Manner::Hangs), ("drip", Manner::Drips), ("endless", Manner::Endless)];
        join_all(manners.map(|(name, manner)| scene.beside(name, manner, 3))).await;
        let during = scene.times("during", 60).await;
        let p99 = |times: &[Duration]| times[times.len() * 99 / 100 - 1];
        assert!(p99(&during) < PROMPTLY, "{:?} before, {:?} among them", p99(&before), p99(&during));
        // The others were there all the time, and none of them took anything.
        for name in ["hang-99", "drip-99", "endless-99"] {
            assert!(scene.states(name).await.iter().all(|state| *state == DeliveryState::Pending));
        }
    }

    async fn a_receiver_that_works_is_not_slowed_by_those_that_do_not(platform) {
        let scene = Scene::with_endpoint(platform).await;
        for (name, manner) in
            [("hangs", Manner::Hangs), ("drips", Manner::Drips), ("endless", Manner::Endless)]
        {
            let url = receiver(manner).await;
            scene.register_at(name, url, &[], EndpointSettings::default()).await;
        }
        let mut times = Vec::new();
        for n in 0..60 {
            scene.purchase(&format!("order-{n}")).await;
            let begun = Instant::now();
            eventually("it is told", async || scene.receiver.count() > n).await;
            times.push(begun.elapsed());
        }
        times.sort();
        let slowest = times[times.len() * 99 / 100 - 1];
        assert!(slowest < PROMPTLY, "99 % within {slowest:?}");
        let row = &scene.deliveries("endless").await[0];
        let attempts = scene.platform.store.attempts(row.delivery.id).await.unwrap();
        assert!(attempts.iter().all(|attempt| attempt.answer.len() <= 16 * 1024));
    }

    async fn many_receivers_that_hang_leave_room_for_others(platform) {
        let scene = Scene::set(platform.limits(|limits| limits.deliveries = (32, 8))).await;
        let hanging = receiver(Manner::Hangs).await;
        for n in 0..16 {
            scene.register_at(&format!("h{n}"), hanging.clone(), &[], EndpointSettings::default()).await;
        }
        for n in 0..8 {
            scene.purchase(&format!("before-{n}")).await;
        }
        scene.register("cb", &[], EndpointSettings::default()).await;
        scene.purchase("order").await;
        let begun = Instant::now();
        scene.receiver.wait_for(1).await;
        assert!(begun.elapsed() < PROMPTLY);
    }

    async fn one_endpoint_gets_no_more_at_once_than_it_may(platform) {
        let scene = Scene::set(platform).await;
        let settings = EndpointSettings { concurrency: 2, ..EndpointSettings::default() };
        scene.register("cb", &[], settings).await;
        scene.receiver.answer("/cb", vec![Reply::Hang; 10]);
        for n in 0..10 {
            scene.purchase(&format!("order-{n}")).await;
        }
        scene.receiver.wait_for(2).await;
        scene.stays_at(2).await;
    }
}
