use super::*;
use crate::ports::{BusError, Commands, Subscription};
use async_trait::async_trait;
use bytes::Bytes;
use proptest::prelude::*;
use purser_subjects::EntityKind;
use std::{sync::Mutex, time::Duration};

/// Takes publications after a while, and fails at some.
#[derive(Default)]
struct Broker {
    /// What was sent, and what was taken, in that order each.
    sent: Mutex<Vec<(String, i64)>>,
    taken: Mutex<Vec<(String, i64)>>,
    /// Milliseconds until the n-th publication is taken, over and over.
    delays: Vec<u64>,
    /// Number of the publication that fails.
    fails: Option<usize>,
}

#[async_trait]
impl Bus for Broker {
    async fn publish(&self, subject: &Subject, _: &str, message: Bytes) -> Result<(), BusError> {
        let Subject::Event { entity, .. } = subject else { unreachable!("{subject}") };
        let envelope: Envelope<i64> = purser_subjects::decode(&message).unwrap();
        let what = (entity.id.to_string(), envelope.sequence.unwrap());
        let number = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(what.clone());
            sent.len() - 1
        };
        let delay = self.delays[number % self.delays.len()];
        tokio::time::sleep(Duration::from_millis(delay)).await;
        if self.fails == Some(number) {
            return Err(BusError::Timeout);
        }
        self.taken.lock().unwrap().push(what);
        Ok(())
    }

    async fn ask(&self, subject: &Subject, _: Bytes, _: Duration) -> Result<Bytes, BusError> {
        unreachable!("{subject}")
    }

    async fn tell(&self, subject: &Subject, _: Bytes) -> Result<(), BusError> {
        unreachable!("{subject}")
    }

    async fn subscribe(&self, pattern: &str, _: Option<&str>) -> Result<Subscription, BusError> {
        unreachable!("{pattern}")
    }

    async fn submit(&self, subject: &Subject, _: &str, _: Bytes) -> Result<(), BusError> {
        unreachable!("{subject}")
    }

    async fn commands(&self) -> Result<Commands, BusError> {
        unreachable!("nobody takes commands")
    }

    async fn close(&self) {}
}

/// Events number 1 and so on, of the entities named.
fn events(of: &[u8]) -> Vec<EventRow> {
    let mut versions = [0; 256];
    let event = |(number, name): (usize, &u8)| {
        versions[usize::from(*name)] += 1;
        let id = format!("e{name}").parse().unwrap();
        EventRow {
            number: i64::try_from(number).unwrap() + 1,
            batch: 1,
            entity: EntityKey::new(EntityKind::Account, id),
            version: versions[usize::from(*name)],
            name: "opened".into(),
            payload: purser_subjects::encode(&1).into(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
        }
    };
    of.iter().enumerate().map(event).collect()
}

fn run(broker: &Broker, events: &[EventRow], published: &mut i64) -> Result<(), ()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(publish(broker, events, published))
}

/// Every entity's events were taken in order, without gaps.
fn assert_in_order(taken: &[(String, i64)]) {
    let mut last = std::collections::HashMap::new();
    for (entity, version) in taken {
        let before = last.insert(entity.clone(), *version).unwrap_or(0);
        assert!(*version <= before + 1, "{entity} {version} after {before}");
    }
}

#[test]
fn events_of_different_entities_do_not_wait_for_each_other() {
    let broker = Broker { delays: vec![50, 1], ..Broker::default() };
    let mut published = 0;
    run(&broker, &events(&[1, 2, 3, 4]), &mut published).unwrap();
    assert_eq!(published, 4);
    let taken = broker.taken.lock().unwrap();
    assert_eq!(taken[0].0, "e2", "the second overtook the first");
}

#[test]
fn what_was_published_before_is_left_out() {
    let broker = Broker { delays: vec![1], ..Broker::default() };
    let mut published = 3;
    run(&broker, &events(&[1, 1, 1, 1]), &mut published).unwrap();
    assert_eq!((published, broker.sent.lock().unwrap().len()), (4, 1));
    run(&broker, &events(&[1, 1]), &mut published).unwrap();
    assert_eq!(published, 4);
}

/// Subscribers drop what they have seen by this id, so it may never change.
#[test]
fn the_id_of_an_event_is_its_own_and_never_changes() {
    let key = |kind, id: &str| EntityKey::new(kind, id.parse().unwrap());
    let alice = key(EntityKind::Account, "alice");
    let first = event_id(&alice, 1);
    assert_eq!(first.to_string(), "fe758922-df96-895b-9fb6-a5fec3c02eed");
    assert_eq!(first.get_version_num(), 8);
    assert_ne!(first, event_id(&alice, 2));
    assert_ne!(first, event_id(&key(EntityKind::Transaction, "alice"), 1));
    assert_ne!(event_id(&key(EntityKind::Account, "alice1"), 1), event_id(&alice, 11));
}

proptest! {
    #[test]
    fn no_event_overtakes_an_earlier_one_of_its_entity(
        of in prop::collection::vec(0u8..6, 1..60),
        delays in prop::collection::vec(0u64..40, 1..8),
        fails in prop::option::of(0usize..60),
    ) {
        let broker = Broker { delays, fails, ..Broker::default() };
        let (events, mut published) = (events(&of), 0);
        let outcome = run(&broker, &events, &mut published);
        let taken = broker.taken.lock().unwrap().clone();
        assert_in_order(&taken);
        let is_taken = |event: &EventRow| {
            taken.contains(&(event.entity.id.to_string(), event.version))
        };
        for event in &events {
            prop_assert!(event.number > published || is_taken(event), "{} was lost", event.number);
        }
        let next = events.iter().find(|event| event.number == published + 1);
        prop_assert_eq!(outcome.is_err(), next.is_some());
        prop_assert!(next.is_none_or(|next| !is_taken(next)), "the mark stops at the failure");
        // The next try brings the rest, in order.
        let again = Broker { delays: vec![1], ..Broker::default() };
        run(&again, &events, &mut published).unwrap();
        prop_assert_eq!(published, i64::try_from(events.len()).unwrap());
    }
}
