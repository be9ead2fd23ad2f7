//! One writer, and every batch on top of the one before.

use super::fixture::{LONG, at, entity, event, key, posting};
use purser_actors::ports::{CommitError, JournalHead};

on_every_engine! {
    async fn a_new_journal_is_empty(fixture) {
        let head = fixture.store.journal_head(1).await.unwrap();
        let empty = JournalHead {
            journal: 1,
            epoch: 1,
            losses: 0,
            batch: 0,
            hash: [0; 32],
            event: 0,
            posting: 0,
            message: 1 << 62,
            booked_at: purser_subjects::Timestamp::default(),
            published: 0,
        };
        assert_eq!(head, empty);
        assert_eq!(fixture.head, empty);
    }

    async fn the_head_tells_where_the_last_batch_ended(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.entities = vec![entity(key("alice"), 0, 2)];
        batch.events = vec![event(key("alice"), 1), event(key("alice"), 2)];
        batch.postings = vec![posting("alice", 5, at(0))];
        batch.published = 1;
        fixture.commit(batch).await.unwrap();
        assert_eq!((fixture.head.event, fixture.head.posting, fixture.head.published), (2, 1, 1));
        assert_eq!(fixture.store.journal_head(1).await.unwrap(), fixture.head);

        let empty = fixture.batch();
        fixture.commit(empty).await.unwrap();
        assert_eq!(fixture.store.journal_head(1).await.unwrap(), fixture.head);
    }

    async fn a_node_that_joins_again_fences_out_its_former_life(fixture) {
        let mut fixture = fixture;
        let old = fixture.batch();
        fixture.rejoin(LONG).await;
        assert_eq!(fixture.head.epoch, old.epoch + 1);
        assert!(matches!(fixture.store.commit(&old).await, Err(CommitError::Fenced)));
        let new = fixture.batch();
        fixture.commit(new).await.unwrap();
    }

    async fn a_batch_number_is_used_once_and_none_is_left_out(fixture) {
        let mut fixture = fixture;
        let first = fixture.batch();
        fixture.commit(first.clone()).await.unwrap();
        let mut too_far = fixture.batch();
        too_far.number += 1;
        for fenced in [first, too_far] {
            assert!(matches!(fixture.store.commit(&fenced).await, Err(CommitError::Fenced)));
        }
        assert_eq!(fixture.store.journal_head(1).await.unwrap(), fixture.head);
    }

    async fn a_batch_on_another_history_is_fenced(fixture) {
        let mut fixture = fixture;
        let first = fixture.batch();
        fixture.commit(first).await.unwrap();
        let mut other = fixture.batch();
        other.previous_hash = [7; 32];
        assert!(matches!(fixture.store.commit(&other).await, Err(CommitError::Fenced)));
    }

    async fn a_fenced_batch_leaves_nothing_behind(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.epoch = 0;
        batch.entities = vec![entity(key("alice"), 0, 1)];
        batch.events = vec![event(key("alice"), 1)];
        assert!(matches!(fixture.commit(batch).await, Err(CommitError::Fenced)));
        let found = fixture.store.load(&[key("alice")]).await.unwrap();
        assert_eq!(found, [Default::default()]);
        assert!(fixture.store.events(1, 0, 10).await.unwrap().is_empty());
    }
}

mod on_disk {

    on_both_engines! {
        async fn a_reopened_store_goes_on_where_it_ended(fixture) {
            let mut fixture = fixture;
            let batch = fixture.batch();
            fixture.commit(batch).await.unwrap();
            purser::store::migrate(fixture.target()).await.unwrap();
            let again = purser::store::open(fixture.target()).await.unwrap();
            assert_eq!(again.journal_head(1).await.unwrap(), fixture.head);
        }
    }
}
