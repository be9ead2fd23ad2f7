//! How fast what is due is found, by the engines that have indexes of their own.

use super::fixture::{at, delivery, slots, writes};

on_both_engines! {
    async fn a_backlog_of_one_endpoint_does_not_slow_the_others(fixture) {
        const BACKLOG: usize = 100_000;
        let mut fixture = fixture;
        for page in 0..BACKLOG / 10_000 {
            let mut batch = fixture.batch();
            let of_page = (0..10_000).map(|n| delivery("e1", &format!("p{page}-{n}"), 1, 0));
            batch.deliveries = writes(of_page);
            fixture.commit(batch).await.unwrap();
        }
        let mut batch = fixture.batch();
        batch.deliveries = writes((0..50).map(|n| delivery(&format!("o{n}"), "p", 1, 1)));
        fixture.commit(batch).await.unwrap();
        let begun = std::time::Instant::now();
        for _ in 0..20 {
            let lanes = fixture.store.due_lanes(&slots(), at(9), None, 512).await.unwrap();
            assert_eq!(lanes.len(), 51);
            let scans: Vec<_> = lanes.into_iter().map(|lane| (lane.endpoint, 24)).collect();
            let found = fixture.store.due_of_lanes(&scans, at(9)).await.unwrap();
            assert_eq!(found.iter().map(|lane| lane.first.len()).sum::<usize>(), 24 + 50);
            assert_eq!(found.iter().filter(|lane| !lane.is_all).count(), 1);
        }
        let each = begun.elapsed() / 20;
        // Reading the backlog once takes far longer than this on any machine that tests run on.
        assert!(each < std::time::Duration::from_millis(50), "{each:?} for one look");
        let plan = fixture.plan_of_due("e1").await;
        assert!(plan.contains("deliveries_lane"), "{plan}");
    }
}
