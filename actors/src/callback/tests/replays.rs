//! Delivering anew what falls into a window of time.

use super::*;
use crate::{
    entity::{CallTarget, Entity, given::NOW},
    ports::{DeliveryCursor, ReplayQuery},
};
use purser_subjects::{
    ErrorCode,
    callback::{ReplayDeliveries, ReplayScope},
};

fn replay() -> ReplayDeliveries {
    let scope = ReplayScope::Failed;
    ReplayDeliveries { merchant: None, from: Timestamp::default(), to: NOW, scope }
}

fn asked(effects: &Effects<CallbackEvent>) -> (Uuid, ReplayQuery) {
    let [call] = &effects.calls[..] else { panic!("one question") };
    let CallTarget::Replay(query) = &call.target else { panic!("of the store") };
    (call.id, (**query).clone())
}

fn page(from: u32, count: u32) -> Vec<DeliveryCursor> {
    let cursor = |n: u32| DeliveryCursor {
        created_at: Timestamp::from_millis(n.into()),
        delivery: Uuid::from_u128(n.into()),
    };
    (from..from + count).map(cursor).collect()
}

fn found(
    endpoint: &mut Given<Callback>,
    id: Uuid,
    page: Option<Vec<DeliveryCursor>>,
) -> Effects<CallbackEvent> {
    endpoint.signal(Signal::CallDone { id, result: CallResult::Replay(page) })
}

#[test]
fn a_replay_goes_page_by_page_to_its_end() {
    let mut endpoint = registered();
    let (id, query) = asked(&endpoint.when(replay()).unwrap());
    assert_eq!((query.after, query.limit), (None, 500));
    let first = found(&mut endpoint, id, Some(page(1, 500)));
    assert_eq!((names(&first), first.requeues[0].deliveries.len()), (vec!["replay-advanced"], 500));
    let (_, query) = asked(&first);
    assert_eq!(query.after, page(500, 1).pop());
    assert_eq!(view(&mut endpoint).replay.unwrap().queued, 500);
    let last = found(&mut endpoint, id, Some(page(501, 3)));
    assert_eq!(names(&last), ["replay-advanced", "replay-ended"]);
    assert!(last.calls.is_empty());
    assert_eq!(view(&mut endpoint).replay, None);
    assert_eq!(endpoint.replayed(), endpoint.state);
}

#[test]
fn a_replay_that_lost_its_call_goes_on_where_it_was() {
    let mut endpoint = registered();
    let (id, _) = asked(&endpoint.when(replay()).unwrap());
    found(&mut endpoint, id, Some(page(1, 500)));
    assert!(Callback::wake_at(&endpoint.state).is_some());
    for signal in [Signal::Wake, Signal::Restarted] {
        let (again, query) = asked(&endpoint.signal(signal));
        assert_eq!((again, query.after), (id, page(500, 1).pop()));
    }
    // The store failed: nothing happens until it is woken again.
    assert!(found(&mut endpoint, id, None).events.is_empty());
    // Asked twice, the store answers twice; the second answer is of a page that was queued.
    found(&mut endpoint, id, Some(page(501, 500)));
    assert!(found(&mut endpoint, id, Some(page(501, 500))).requeues.is_empty());
    found(&mut endpoint, id, Some(Vec::new()));
    assert_eq!(Callback::wake_at(&endpoint.state), None);
}

#[test]
fn one_replay_runs_at_a_time_and_of_the_past() {
    let mut endpoint = registered();
    let future = ReplayDeliveries { to: NOW.plus(Duration::from_millis(1)), ..replay() };
    assert_eq!(endpoint.refused(future), ErrorCode::TimeInFuture);
    let empty = ReplayDeliveries { from: NOW, to: Timestamp::default(), ..replay() };
    assert_eq!(endpoint.refused(empty), ErrorCode::InvalidField);
    endpoint.when(replay()).unwrap();
    assert_eq!(endpoint.refused(replay()), ErrorCode::StateConflict);
}
