//! Notifications as receivers got them.

use super::same;
use crate::{sim::messenger::Arrival, support::memory_store::MemoryStore};
use purser_actors::ports::{DeliveryQuery, Store};
use purser_subjects::{EndpointId, EntityKey};
use std::collections::{BTreeMap, BTreeSet};

/// More deliveries than any run makes.
const MANY: u32 = 100_000;

/// Every notification was accepted at least once, those about one object in their order, and none ever
/// told anything else than the first time. Those of payments' own URLs are counted against events, those
/// of registered endpoints against what was stored.
pub(super) async fn check(store: &MemoryStore, arrivals: &[Arrival]) -> Result<(), String> {
    let (notices, own): (Vec<_>, Vec<_>) = arrivals.iter().partition(|arrival| arrival.is_notice);
    let mut due: BTreeMap<EntityKey, u32> = BTreeMap::new();
    for event in store.all_events() {
        if event.name == "notified" {
            *due.entry(event.entity).or_default() += 1;
        }
    }
    let accepted =
        of_lines(own, |arrival| arrival.object.clone(), |_, sequence| Some(sequence as usize - 1))?;
    same("notifications of payments", counts(due), accepted)?;

    // An endpoint may have been registered after the first event about an object.
    let query = DeliveryQuery { limit: MANY, ..DeliveryQuery::default() };
    let rows = store.deliveries(&query).await.map_err(|error| error.to_string())?;
    let mut due: BTreeMap<(EndpointId, EntityKey), BTreeSet<u32>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.delivery.event.is_some()) {
        let line = (row.delivery.endpoint, row.delivery.object);
        due.entry(line).or_default().insert(row.delivery.sequence);
    }
    let accepted = of_lines(
        notices,
        |arrival| (arrival.endpoint.clone(), arrival.object.clone()),
        |line, sequence| due.get(line)?.iter().position(|due| *due == sequence),
    )?;
    let due = due.into_iter().map(|(line, sequences)| (line, sequences.len())).collect();
    same("notices to registered endpoints", due, accepted)
}

fn counts(due: BTreeMap<EntityKey, u32>) -> BTreeMap<EntityKey, usize> {
    due.into_iter().map(|(object, count)| (object, count as usize)).collect()
}

/// How many different ones were accepted of each line: of all that must come in order, at the place
/// that `place` tells of their sequence numbers, from 0.
fn of_lines<L: Ord + Clone + std::fmt::Debug>(
    arrivals: Vec<&Arrival>,
    line: impl Fn(&Arrival) -> L,
    place: impl Fn(&L, u32) -> Option<usize>,
) -> Result<BTreeMap<L, usize>, String> {
    let mut lines: BTreeMap<L, Vec<&Arrival>> = BTreeMap::new();
    for arrival in arrivals {
        lines.entry(line(arrival)).or_default().push(arrival);
    }
    let mut counted = BTreeMap::new();
    for (line, arrivals) in lines {
        let count = accepted(&line, &arrivals, |sequence| place(&line, sequence))?;
        counted.insert(line, count);
    }
    Ok(counted)
}

fn accepted(
    line: &impl std::fmt::Debug,
    arrivals: &[&Arrival],
    place: impl Fn(u32) -> Option<usize>,
) -> Result<usize, String> {
    let mut firsts: Vec<&Arrival> = Vec::new();
    let mut accepted = 0;
    for arrival in arrivals {
        let what = |what: &str| format!("{what} of notification {} of {line:?}", arrival.sequence);
        let Some(place) = place(arrival.sequence) else {
            return Err(what("nothing is stored"));
        };
        match firsts.get(place) {
            Some(first) => {
                same(what("id"), first.delivery, arrival.delivery)?;
                same(what("contents"), &first.payload, &arrival.payload)?;
            }
            None => {
                same(what("place"), firsts.len(), place)?;
                same(what("accepted before"), firsts.len(), accepted)?;
                firsts.push(arrival);
            }
        }
        if arrival.is_accepted {
            accepted = accepted.max(place + 1);
        }
    }
    Ok(accepted)
}
