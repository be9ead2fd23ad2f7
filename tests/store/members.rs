//! Nodes that come, stay and go, each with a journal of its own.

use super::fixture::{Fixture, LONG, at, node, posting, slots};
use purser_actors::ports::{JoinError, JournalHead, LeaseError, NodeId, NodeInfo, Share};
use std::time::Duration;
use uuid::Uuid;

/// Runs out before the test looks again, after [`run_out`].
const SHORT: Duration = Duration::from_millis(40);

async fn run_out() {
    tokio::time::sleep(SHORT * 2).await;
}

/// Ids of the nodes that are alive.
async fn alive(fixture: &Fixture) -> Vec<NodeId> {
    fixture.store.cluster().await.unwrap().nodes.into_iter().map(|node| node.id).collect()
}

on_every_engine! {
    async fn every_node_writes_a_journal_of_its_own(fixture) {
        let mut fixture = fixture;
        let mut second = fixture.beside(LONG).await;
        let expected = JournalHead { epoch: 1, ..JournalHead::start(2) };
        assert_eq!((fixture.head.journal, &second.head), (1, &expected));
        for member in [&mut fixture, &mut second] {
            let mut batch = member.batch();
            batch.postings = vec![posting("alice", 1, at(0)), posting("bob", -1, at(0))];
            member.commit(batch).await.unwrap();
        }
        assert_eq!(fixture.store.journal_head(1).await.unwrap(), fixture.head);
        assert_eq!(fixture.store.journal_head(2).await.unwrap(), second.head);
        assert_eq!(second.head.posting, (1 << 40) + 2);
        assert!(fixture.store.journal_head(3).await.is_err());
    }

    async fn all_see_who_is_alive_and_who_has_what(fixture) {
        let mut fixture = fixture;
        let info = NodeInfo { shares: vec![Share::Callbacks], ..node(NodeId(Uuid::now_v7())) };
        fixture.store.join(&info, LONG).await.unwrap();
        fixture.take(&slots()[..3]).await;
        let cluster = fixture.store.cluster().await.unwrap();
        let own = cluster.nodes.iter().find(|row| row.id == fixture.node.id).unwrap();
        assert_eq!((own.name.as_str(), own.journal, &own.shares), ("test", 1, &fixture.node.shares));
        assert!(own.alive_for <= LONG && own.alive_for > LONG / 2);
        let other = cluster.nodes.iter().find(|row| row.id == info.id).unwrap();
        assert_eq!((other.journal, &other.shares), (2, &info.shares));
        assert_eq!(cluster.nodes.len(), 2);
        let found: Vec<_> = cluster.slots.iter().map(|row| row.slot).collect();
        assert_eq!(found, slots());
        for (place, row) in cluster.slots.iter().enumerate() {
            let taken = place < 3;
            assert_eq!((row.owner, row.epoch > 0), (taken.then_some(fixture.node.id), taken));
        }
    }

    async fn a_node_that_joins_again_keeps_its_journal_and_finds_its_slots_free(fixture) {
        let mut fixture = fixture;
        let mut other = fixture.beside(LONG).await;
        fixture.take(&slots()).await;
        let batch = fixture.batch();
        fixture.commit(batch).await.unwrap();
        let before = fixture.head.clone();
        fixture.rejoin(LONG).await;
        assert_eq!((fixture.head.journal, fixture.head.batch, fixture.head.hash),
            (1, before.batch, before.hash));
        assert_eq!(fixture.head.epoch, before.epoch + 1);
        assert_eq!(other.take(&slots()).await.len(), slots().len());
    }

    async fn a_journal_that_was_left_is_written_on_by_the_next_node(fixture) {
        let mut second = fixture.beside(LONG).await;
        let batch = second.batch();
        second.commit(batch).await.unwrap();
        second.store.leave(second.node.id, second.head.epoch).await.unwrap();
        assert_eq!(alive(&fixture).await, [fixture.node.id]);
        let third = fixture.beside(LONG).await;
        assert_eq!((third.head.journal, third.head.batch), (2, second.head.batch));
        let late = second.batch();
        assert!(second.commit(late).await.is_err(), "another has the journal");
    }

    async fn a_journal_is_kept_for_a_node_that_was_not_gone_for_long(fixture) {
        let second = fixture.beside(SHORT).await;
        run_out().await;
        assert_eq!(alive(&fixture).await, [fixture.node.id]);
        assert_eq!(fixture.beside(LONG).await.head.journal, 3);
        let again = second.store.renew(second.node.id, second.head.epoch, LONG).await.unwrap();
        assert_eq!(again.nodes.len(), 3, "it was only away");
    }

    async fn a_former_life_cannot_change_the_leases_of_its_successor(fixture) {
        let mut fixture = fixture;
        let (store, node, epoch) =
            (fixture.store.clone(), fixture.node.id, fixture.head.epoch);
        fixture.rejoin(LONG).await;
        fixture.take(&slots()).await;
        let outcomes = [
            store.renew(node, epoch, LONG).await.map(drop),
            store.take(node, epoch, &slots()).await.map(drop),
            store.give_up(node, epoch, &slots()).await,
            store.leave(node, epoch).await,
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(LeaseError::Lost)), "{outcome:?}");
        }
        let cluster = store.renew(node, fixture.head.epoch, LONG).await.unwrap();
        assert!(cluster.slots.iter().all(|row| row.owner == Some(node)));
    }

    async fn another_number_of_partitions_is_refused(fixture) {
        for partitions in [1, 7, 9, 0] {
            let other = NodeInfo { partitions, ..node(NodeId(Uuid::now_v7())) };
            let refused = fixture.store.join(&other, LONG).await;
            assert!(matches!(refused, Err(JoinError::OtherPartitions { stored: 8 })), "{refused:?}");
        }
        assert_eq!(alive(&fixture).await, [fixture.node.id]);
    }

    async fn an_expired_lease_can_be_renewed_until_somebody_takes_the_slots(fixture) {
        let mut fixture = fixture;
        let mut second = fixture.beside(SHORT).await;
        second.take(&slots()).await;
        run_out().await;
        let cluster = fixture.store.cluster().await.unwrap();
        assert!(cluster.slots.iter().all(|row| row.owner.is_none()), "free to be taken");
        let (id, epoch) = (second.node.id, second.head.epoch);
        let cluster = second.store.renew(id, epoch, SHORT).await.unwrap();
        assert!(cluster.slots.iter().all(|row| row.owner == Some(id)), "nobody took them");
        assert!(fixture.take(&slots()).await.is_empty(), "they are not free any more");
        run_out().await;
        assert_eq!(fixture.take(&slots()[..4]).await.len(), 4);
        let cluster = second.store.renew(id, epoch, LONG).await.unwrap();
        let owned = cluster.slots.iter().filter(|row| row.owner == Some(id)).count();
        assert_eq!(owned, slots().len() - 4, "the others took some");
    }
}

mod changed_by_hand {
    use super::*;

    on_both_engines! {
        async fn the_journal_of_a_node_that_was_gone_for_long_goes_to_another(fixture) {
            let mut second = fixture.beside(LONG).await;
            second.take(&slots()).await;
            fixture.sql("UPDATE nodes SET alive_until = alive_until - 660000 - 600000 \
                         WHERE journal = 2").await;
            let mut third = fixture.beside(LONG).await;
            assert_eq!((third.head.journal, third.head.epoch), (2, second.head.epoch + 1));
            let renewed = second.store.renew(second.node.id, second.head.epoch, LONG).await;
            assert!(matches!(renewed, Err(LeaseError::Lost)));
            assert_eq!(third.take(&slots()).await.len(), slots().len());
            second.rejoin(LONG).await;
            assert_eq!(second.head.journal, 3, "it comes back as a new node");
        }
    }
}
