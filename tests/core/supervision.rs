//! Faults inside entities, activation and passivation, and back-pressure.

use crate::support::platform::{eventually, transfer};
use futures_util::future::join_all;
use purser_subjects::{ErrorCode, account::ReadBalance};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

on_both_platforms! {
    async fn a_panic_is_answered_and_the_stored_state_found_again(platform) {
        let faults = Arc::new(AtomicUsize::new(0));
        let budget = faults.clone();
        let platform = platform
            .fault(Arc::new(move |entity, verb| {
                let due = entity.id.as_str() == "alice" && verb == "transfer";
                if due && budget.load(Ordering::SeqCst) > 0 {
                    budget.fetch_sub(1, Ordering::SeqCst);
                    panic!("forced by the test");
                }
            }))
            .start()
            .await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 50).await;
        faults.store(1, Ordering::SeqCst);
        let (failed, other) = tokio::join!(
            platform.ask("alice", transfer("bob", 10)),
            platform.ask("bob", transfer("alice", 5))
        );
        assert!(failed.unwrap_err().code.is_retryable());
        other.unwrap();
        platform.ask("alice", transfer("bob", 10)).await.unwrap();
        assert_eq!(platform.balance("alice").await.posted, 95);
    }

    async fn the_fourth_panic_within_the_window_quarantines_until_released(platform) {
        let faulty = Arc::new(AtomicUsize::new(1));
        let switch = faulty.clone();
        let platform = platform
            .fault(Arc::new(move |entity, verb| {
                let due = entity.id.as_str() == "alice" && verb == "transfer";
                assert!(!due || switch.load(Ordering::SeqCst) == 0, "forced by the test");
            }))
            .start()
            .await;
        platform.open_funded("alice", 0, 100).await;
        platform.open_funded("bob", 0, 50).await;
        for _ in 0..4 {
            let failed = platform.ask("alice", transfer("bob", 10)).await.unwrap_err();
            assert_eq!(failed.code, ErrorCode::Unavailable);
        }
        eventually("alice is quarantined", async || !platform.node().quarantined().is_empty()).await;
        let refused = platform.ask("alice", ReadBalance::default()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Quarantined);
        platform.ask("bob", transfer("bank", 1)).await.unwrap();
        faulty.store(0, Ordering::SeqCst);
        let alice = platform.node().quarantined().remove(0);
        assert!(platform.node().release(&alice));
        assert!(!platform.node().release(&alice));
        platform.ask("alice", transfer("bob", 10)).await.unwrap();
    }

    async fn entities_come_back_after_passivation_without_losing_messages(platform) {
        let platform = platform
            .limits(|limits| {
                limits.active_entities = 4;
                limits.idle = Duration::from_millis(1);
            })
            .start()
            .await;
        let names: Vec<_> = (0..40).map(|n| format!("account-{n}")).collect();
        for name in &names {
            platform.open_funded(name, 0, 100).await;
        }
        for _ in 0..10 {
            let moves = names.iter().zip(names.iter().cycle().skip(1));
            let moves = moves.map(|(from, to)| platform.ask(from, transfer(to, 7)));
            for outcome in join_all(moves).await {
                outcome.unwrap();
            }
        }
        for name in &names {
            assert_eq!(platform.balance(name).await.posted, 100);
        }
    }

    async fn overload_is_refused_at_once(platform) {
        let platform = platform.limits(|limits| limits.commands_per_partition = 2).start().await;
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        let many = (0..500).map(|_| platform.ask("alice", transfer("bob", 1)));
        let outcomes = join_all(many).await;
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let refused = outcomes.into_iter().filter_map(Result::err);
        assert!(refused.map(|refused| refused.code).all(|code| code == ErrorCode::Overloaded));
        assert!((1..500).contains(&done), "{done} were done");
        assert_eq!(platform.balance("bob").await.posted, done as i64);
    }
}
