//! Slots change hands, and whoever lost one can write nothing to it any more.

use super::fixture::{Fixture, LONG, at, entity, event, key, posting, slot_of, slots};
use purser_actors::ports::{CommitError, Lease, Refusal, Slot, Tail};
use purser_subjects::EntityKey;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(40);

/// Two accounts in different slots.
fn two() -> (EntityKey, EntityKey) {
    let (alice, bob) = (key("alice"), key("bob"));
    assert_ne!(slot_of(&alice), slot_of(&bob));
    (alice, bob)
}

/// Stores the entity's next version, with an event.
async fn write(member: &mut Fixture, key: &EntityKey, version: i64) -> Result<(), CommitError> {
    let mut batch = member.batch();
    batch.entities = vec![entity(key.clone(), version - 1, version)];
    batch.events = vec![event(key.clone(), version)];
    member.commit(batch).await
}

/// The slot of `key` goes from one who is away to another.
async fn goes_over(from: &mut Fixture, to: &mut Fixture, key: &EntityKey) -> Vec<Lease> {
    let (id, epoch) = (from.node.id, from.head.epoch);
    from.store.renew(id, epoch, SHORT).await.unwrap();
    tokio::time::sleep(SHORT * 2).await;
    let taken = to.take(&[slot_of(key)]).await;
    from.store.renew(id, epoch, LONG).await.unwrap();
    assert_eq!(taken.len(), 1);
    taken
}

fn lost(outcome: Result<(), CommitError>) -> Vec<Slot> {
    let Err(CommitError::Refused(refused)) = outcome else { panic!("{outcome:?}") };
    let slot = |refusal: &Refusal| match refusal {
        Refusal::LostSlot(slot) => *slot,
        other => panic!("{other:?}"),
    };
    refused.iter().map(slot).collect()
}

on_every_engine! {
    async fn a_slot_has_one_owner_and_its_epoch_rises_with_every_change(fixture) {
        let mut fixture = fixture;
        let mut second = fixture.beside(LONG).await;
        let first = fixture.take(&slots()[..4]).await;
        assert_eq!(first.iter().map(|lease| lease.slot).collect::<Vec<_>>(), slots()[..4]);
        let rest = second.take(&slots()).await;
        assert_eq!(rest.iter().map(|lease| lease.slot).collect::<Vec<_>>(), slots()[4..]);
        let (id, epoch) = (fixture.node.id, fixture.head.epoch);
        fixture.store.give_up(id, epoch, &slots()).await.unwrap();
        let cluster = fixture.store.cluster().await.unwrap();
        let owners: Vec<_> = cluster.slots.iter().map(|row| row.owner).collect();
        assert!(owners[..4].iter().all(Option::is_none));
        assert!(owners[4..].iter().all(|owner| *owner == Some(second.node.id)), "not its own");
        let taken = second.take(&slots()[..2]).await;
        assert!(taken.iter().zip(&first).all(|(now, before)| now.epoch > before.epoch));
        let again = second.take(&slots()[..1]).await;
        assert!(again[0].epoch > taken[0].epoch, "one's own can be taken afresh");
    }

    async fn whoever_lost_a_slot_writes_only_to_the_others(fixture) {
        let mut fixture = fixture;
        let (alice, bob) = two();
        fixture.take(&slots()).await;
        write(&mut fixture, &alice, 1).await.unwrap();
        let mut second = fixture.beside(LONG).await;
        goes_over(&mut fixture, &mut second, &alice).await;
        write(&mut second, &alice, 2).await.unwrap();

        let before = fixture.head.clone();
        let mut both = fixture.batch();
        both.entities = vec![entity(alice.clone(), 2, 3), entity(bob.clone(), 0, 1)];
        assert_eq!(lost(fixture.commit(both).await), [slot_of(&alice)]);
        // Also when nothing is written to it: it is noticed once, and then no more.
        assert_eq!(lost(write(&mut fixture, &bob, 1).await), [slot_of(&alice)]);
        fixture.fences.retain(|(slot, _)| *slot != slot_of(&alice));
        write(&mut fixture, &bob, 1).await.unwrap();
        assert_eq!(fixture.head.losses, before.losses + 1);
        write(&mut fixture, &bob, 2).await.unwrap();
        let found = fixture.store.load(&[alice, bob]).await.unwrap();
        assert_eq!(found.iter().map(|entity| entity.version).collect::<Vec<_>>(), [2, 2]);
    }

    async fn a_refused_slot_leaves_nothing_behind(fixture) {
        let mut fixture = fixture;
        let (alice, _) = two();
        fixture.take(&slots()).await;
        let mut second = fixture.beside(LONG).await;
        goes_over(&mut fixture, &mut second, &alice).await;
        let mut batch = fixture.batch();
        batch.entities = vec![entity(alice.clone(), 0, 1)];
        batch.postings = vec![posting("alice", 1, at(0)), posting("bob", -1, at(0))];
        lost(fixture.commit(batch).await);
        assert_eq!(fixture.store.load(&[alice]).await.unwrap()[0].version, 0);
        let head = fixture.store.journal_head(1).await.unwrap();
        assert_eq!((head.batch, head.posting), (fixture.head.batch, fixture.head.posting));
    }

    async fn what_was_given_up_cannot_be_written_to(fixture) {
        let mut fixture = fixture;
        let (alice, bob) = two();
        fixture.take(&slots()).await;
        let (id, epoch) = (fixture.node.id, fixture.head.epoch);
        fixture.store.give_up(id, epoch, &[slot_of(&alice)]).await.unwrap();
        assert_eq!(lost(write(&mut fixture, &alice, 1).await), [slot_of(&alice)]);
        fixture.fences.retain(|(slot, _)| *slot != slot_of(&alice));
        write(&mut fixture, &bob, 1).await.unwrap();
    }

    async fn a_lease_that_nobody_looked_at_is_looked_at_when_asked_to(fixture) {
        let mut fixture = fixture;
        let (alice, _) = two();
        fixture.take(&slots()).await;
        // Nothing was lost since the batch's losses; but the slot is not what the node believes.
        fixture.take(&[slot_of(&alice)]).await;
        fixture.fences.iter_mut().find(|(slot, _)| *slot == slot_of(&alice)).unwrap().1 -= 1;
        let mut batch = fixture.batch();
        batch.losses = None;
        assert_eq!(lost(fixture.commit(batch).await), [slot_of(&alice)]);
        fixture.take(&[slot_of(&alice)]).await;
        let mut batch = fixture.batch();
        batch.losses = None;
        fixture.commit(batch).await.unwrap();
        assert_eq!(fixture.head.losses, fixture.store.journal_head(1).await.unwrap().losses);
    }

    async fn a_lost_journal_is_told_before_lost_slots(fixture) {
        let mut fixture = fixture;
        let (alice, _) = two();
        fixture.take(&slots()).await;
        let batch = fixture.batch();
        let mut second = fixture.beside(LONG).await;
        goes_over(&mut fixture, &mut second, &alice).await;
        fixture.rejoin(LONG).await;
        assert!(matches!(fixture.store.commit(&batch).await, Err(CommitError::Fenced)));
    }

    async fn events_are_read_journal_by_journal(fixture) {
        let mut fixture = fixture;
        let (alice, bob) = two();
        let mut second = fixture.beside(LONG).await;
        write(&mut fixture, &alice, 1).await.unwrap();
        write(&mut second, &bob, 1).await.unwrap();
        write(&mut fixture, &alice, 2).await.unwrap();
        let places = async |journal, after| {
            let found = fixture.store.events(journal, after, 10).await.unwrap();
            found.into_iter().map(|event| (event.number, event.entity)).collect::<Vec<_>>()
        };
        assert_eq!(places(1, 0).await, [(1, alice.clone()), (2, alice.clone())]);
        assert_eq!(places(1, 1).await, [(2, alice)]);
        let first = (1 << 40) + 1;
        assert_eq!(places(2, 0).await, [(first, bob.clone())]);
        assert_eq!(places(2, first - 1).await, [(first, bob)]);
        assert!(places(2, first).await.is_empty());
        assert!(places(3, 0).await.is_empty());
    }

    async fn the_mark_of_what_is_published_never_goes_back_nor_beyond_the_end(fixture) {
        let mut fixture = fixture;
        let (alice, _) = two();
        for version in 1..=3 {
            write(&mut fixture, &alice, version).await.unwrap();
        }
        for (event, mark) in [(2, 2), (1, 2), (77, 3), (0, 3)] {
            fixture.store.set_published(1, event).await.unwrap();
            assert_eq!(fixture.store.journal_head(1).await.unwrap().published, mark);
        }
        let mut batch = fixture.batch();
        batch.published = 1;
        fixture.commit(batch).await.unwrap();
        assert_eq!(fixture.store.journal_head(1).await.unwrap().published, 3);
    }

    async fn a_lease_names_what_its_owners_before_may_not_have_published(fixture) {
        let mut fixture = fixture;
        let (alice, bob) = two();
        fixture.take(&slots()).await;
        write(&mut fixture, &alice, 1).await.unwrap();
        let (mut second, mut third) = (fixture.beside(LONG).await, fixture.beside(LONG).await);
        let taken = goes_over(&mut fixture, &mut second, &alice).await;
        assert_eq!(taken[0].tails, [Tail { journal: 1, event: 1 }]);

        // The second owner dies before it has published that, and leaves more.
        write(&mut second, &alice, 2).await.unwrap();
        let taken = goes_over(&mut second, &mut third, &alice).await;
        let end = Tail { journal: 2, event: second.head.event };
        assert_eq!(taken[0].tails, [Tail { journal: 1, event: 1 }, end]);

        // What is published is not told; one's own journal goes without saying.
        fixture.store.set_published(1, 1).await.unwrap();
        let taken = goes_over(&mut third, &mut second, &alice).await;
        assert_eq!(taken[0].tails, []);
        let taken = goes_over(&mut second, &mut third, &alice).await;
        assert_eq!(taken[0].tails, [end]);

        // A slot that is given up leaves its tail too.
        fixture.fences.retain(|(slot, _)| *slot != slot_of(&alice));
        write(&mut fixture, &bob, 1).await.unwrap();
        fixture.store.leave(fixture.node.id, fixture.head.epoch).await.unwrap();
        let taken = third.take(&[slot_of(&bob)]).await;
        assert_eq!(taken[0].tails, [Tail { journal: 1, event: 2 }]);
    }

    async fn a_commit_under_way_ends_before_its_slots_are_taken(fixture) {
        let mut fixture = fixture;
        let (alice, _) = two();
        fixture.take(&slots()).await;
        let mut second = fixture.beside(LONG).await;
        let (id, epoch) = (fixture.node.id, fixture.head.epoch);
        fixture.store.renew(id, epoch, Duration::ZERO).await.unwrap();
        // Whichever is first: either the other sees the commit, or the commit sees that it has lost.
        let (store, all) = (fixture.store.clone(), slots());
        let (outcome, taken) = tokio::join!(write(&mut fixture, &alice, 1), second.take(&all));
        assert_eq!(taken.len(), slots().len());
        let stored = store.load(&[alice]).await.unwrap()[0].version;
        let tail = taken.iter().all(|lease| lease.tails == [Tail { journal: 1, event: 1 }]);
        match outcome {
            Ok(()) => assert!(stored == 1 && tail),
            Err(CommitError::Refused(_)) => assert!(stored == 0 && !tail),
            Err(other) => panic!("{other:?}"),
        }
    }
}
