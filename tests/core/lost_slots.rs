//! Slots that another node takes from one that goes on working.

use crate::support::platform::{TestPlatform, account, transfer};
use purser_actors::ports::{NodeId, NodeInfo, Slot};
use std::time::Duration;
use uuid::Uuid;

/// Another node takes the account's slot, for as long as it takes: its own lease has run out already.
async fn steal(platform: &TestPlatform, id: &str) -> Slot {
    let (store, own) = (&platform.store, platform.node_info());
    let slot = Slot::of(&account(id).key(), own.partitions);
    let thief = NodeInfo { id: NodeId(Uuid::now_v7()), ..own.clone() };
    let head = store.join(&thief, Duration::ZERO).await.unwrap();
    let epoch = store.journal_head(1).await.unwrap().epoch;
    // As after a pause; the platform may renew before the other can take.
    loop {
        store.renew(own.id, epoch, Duration::ZERO).await.unwrap();
        if !store.take(thief.id, head.epoch, &[slot]).await.unwrap().is_empty() {
            return slot;
        }
    }
}

on_both_platforms! {
    async fn only_what_is_in_a_lost_slot_is_refused(platform) {
        let platform = platform.start().await;
        for id in ["alice", "bob"] {
            platform.open_funded(id, 0, 100).await;
        }
        let partitions = platform.node_info().partitions;
        let slot = |id| Slot::of(&account(id).key(), partitions);
        assert_ne!(slot("alice"), slot("bob"));
        assert_ne!(slot("alice"), slot("bank"));
        steal(&platform, "alice").await;
        let (alice, bob) = tokio::join!(
            platform.ask("alice", transfer("bank", 1)),
            platform.ask("bob", transfer("bank", 10))
        );
        bob.unwrap();
        // Refused, unless the platform has taken the slot back by then.
        if let Err(refused) = alice {
            assert!(refused.code.is_retryable(), "{refused:?}");
            assert_eq!(platform.balance("bob").await.posted, 90);
        }
    }

    async fn a_loss_that_nothing_was_written_to_holds_nobody_up(platform) {
        let platform = platform.start().await;
        platform.open_funded("bob", 0, 100).await;
        let losses = platform.store.journal_head(1).await.unwrap().losses;
        steal(&platform, "alice").await;
        platform.ask("bob", transfer("bank", 10)).await.unwrap();
        platform.ask("bob", transfer("bank", 10)).await.unwrap();
        assert!(platform.store.journal_head(1).await.unwrap().losses > losses);
        assert_eq!(platform.balance("bob").await.posted, 80);
    }
}
