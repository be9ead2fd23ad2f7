//! What this node knows of the endpoints that it delivers to: deliveries that were read and have not
//! begun, so that each is read about once, and whether the store has more.

use crate::ports::{Delivery, DueOfLane, Lane};
use purser_subjects::{EndpointId, Timestamp};
use std::collections::{HashMap, VecDeque};

/// Deliveries of all endpoints that are kept although they cannot begin yet.
const KEPT: usize = 4_096;

/// An endpoint with something under way or ready.
#[derive(Debug)]
struct Known {
    lane: Lane,
    /// The lease of its slot when it was read: what was read under one says nothing under another.
    epoch: i64,
    under_way: usize,
    /// Read, and the first of their objects.
    ready: VecDeque<Delivery>,
    /// Whether the store had nothing else that is due.
    is_drained: bool,
    /// When the first is due that was not yet.
    next: Option<Timestamp>,
}

/// The endpoints with something under way or ready.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    known: HashMap<EndpointId, Known>,
    /// Those with something ready, each once, in the order of their turns.
    line: VecDeque<EndpointId>,
    /// Deliveries that are ready.
    kept: usize,
    /// Those with nothing under way or due any more.
    idle: Vec<EndpointId>,
}

impl Lanes {
    pub(super) fn under_way(&self, endpoint: &EndpointId) -> usize {
        self.known.get(endpoint).map_or(0, |known| known.under_way)
    }

    /// Whether the store need not be asked: something is ready, or there was nothing else, which news put
    /// in question. Then also when there will be; what has become due meanwhile waits for what is ready.
    pub(super) fn is_known(
        &self,
        endpoint: &EndpointId,
        now: Timestamp,
        is_news: bool,
    ) -> Option<Option<Timestamp>> {
        let known = self.known.get(endpoint)?;
        let next = known.next.filter(|next| *next > now);
        let is_later = next == known.next;
        let is_known = !known.ready.is_empty() || (known.is_drained && is_later && !is_news);
        is_known.then_some(next)
    }

    /// Notes what was read of an endpoint of which nothing was ready, under a lease of its slot.
    /// `room`: how many may begin; `is_put_off`: what waits for others is not due any more.
    pub(super) fn read(
        &mut self,
        lane: Lane,
        epoch: i64,
        found: DueOfLane,
        is_put_off: bool,
        room: usize,
    ) {
        let endpoint = lane.endpoint.clone();
        let mut ready: VecDeque<_> = found.first.into();
        let all = ready.len();
        if self.kept + all > KEPT {
            ready.truncate(room);
        }
        self.kept += ready.len();
        let is_drained =
            found.is_all && ready.len() == all && (found.waiting.is_empty() || is_put_off);
        if !ready.is_empty() {
            self.line.push_back(endpoint.clone());
        }
        let under_way = self.under_way(&endpoint);
        let known = Known { lane, epoch, under_way, ready, is_drained, next: found.next };
        self.known.insert(endpoint.clone(), known);
        self.forget_if_idle(&endpoint);
    }

    /// How many endpoints have something ready.
    pub(super) fn in_line(&self) -> usize {
        self.line.len()
    }

    /// Whose turn it is, and under which lease it was read.
    pub(super) fn turn(&mut self) -> Option<(Lane, i64)> {
        let known = self.known.get(&self.line.pop_front()?)?;
        Some((known.lane.clone(), known.epoch))
    }

    /// Takes up to `room` deliveries of the endpoint whose turn it was; puts it at the end of the line
    /// when more are ready.
    pub(super) fn begin(&mut self, endpoint: &EndpointId, room: usize) -> Vec<Delivery> {
        let Some(known) = self.known.get_mut(endpoint) else { return Vec::new() };
        let begun: Vec<_> = known.ready.drain(..room.min(known.ready.len())).collect();
        known.under_way += begun.len();
        self.kept -= begun.len();
        if !known.ready.is_empty() {
            self.line.push_back(endpoint.clone());
        }
        begun
    }

    /// Forgets what is ready of an endpoint: it may be so no more. Its turn has to be over or to come.
    pub(super) fn distrust(&mut self, endpoint: &EndpointId) {
        let Some(known) = self.known.get_mut(endpoint) else { return };
        self.kept -= known.ready.len();
        if !known.ready.is_empty() {
            self.line.retain(|other| other != endpoint);
        }
        known.ready.clear();
        known.is_drained = false;
        self.forget_if_idle(endpoint);
    }

    /// An attempt has ended. When it was to be repeated, only the store knows when.
    pub(super) fn ended(&mut self, endpoint: &EndpointId) {
        let Some(known) = self.known.get_mut(endpoint) else { return };
        known.under_way -= 1;
        if known.under_way > 0 {
            known.is_drained = false;
        }
        self.forget_if_idle(endpoint);
    }

    /// Endpoints of which the store may note when their next delivery is due.
    pub(super) fn take_idle(&mut self) -> Vec<EndpointId> {
        std::mem::take(&mut self.idle)
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    fn forget_if_idle(&mut self, endpoint: &EndpointId) {
        let is_idle = |known: &Known| known.under_way + known.ready.len() == 0;
        if !self.known.get(endpoint).is_some_and(is_idle) {
            return;
        }
        if self.known.remove(endpoint).is_some_and(|known| known.is_drained) {
            self.idle.push(endpoint.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Delivery;
    use purser_subjects::{EntityKey, EntityKind};
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_millis(1_000);
    const LATER: Timestamp = Timestamp::from_millis(2_000);

    fn lane(name: &str) -> Lane {
        Lane { endpoint: name.parse().unwrap(), ready_at: NOW, width: 0, rate_per_minute: 0 }
    }

    fn delivery(name: &str) -> Delivery {
        Delivery {
            id: Uuid::now_v7(),
            endpoint: name.parse().unwrap(),
            merchant: "10001".parse().unwrap(),
            object: EntityKey::new(EntityKind::Transaction, "p1".parse().unwrap()),
            sequence: 1,
            event: None,
            format: Delivery::STANDARD.to_owned(),
            url: String::new(),
            payload: bytes::Bytes::new(),
            created_at: NOW,
            due_at: NOW,
            attempts: 0,
            round: 0,
        }
    }

    fn found(name: &str, count: usize, is_all: bool) -> DueOfLane {
        let first = (0..count).map(|_| delivery(name)).collect();
        DueOfLane { first, is_all, next: Some(LATER), ..DueOfLane::default() }
    }

    #[test]
    fn an_endpoint_is_read_once_and_noted_when_nothing_is_left() {
        let mut lanes = Lanes::default();
        let id: EndpointId = "e".parse().unwrap();
        assert_eq!(lanes.is_known(&id, NOW, false), None);
        lanes.read(lane("e"), 1, found("e", 3, true), false, 2);
        assert_eq!((lanes.in_line(), lanes.kept), (1, 3));
        assert_eq!(lanes.turn(), Some((lane("e"), 1)));
        assert_eq!(lanes.begin(&id, 2).len(), 2);
        assert_eq!(lanes.is_known(&id, NOW, true), Some(Some(LATER)), "one is ready");
        assert_eq!(lanes.is_known(&id, LATER, true), Some(None), "no time that has come is told");
        lanes.turn();
        assert_eq!(lanes.begin(&id, 2).len(), 1);
        assert_eq!((lanes.in_line(), lanes.kept, lanes.under_way(&id)), (0, 0, 3));
        assert_eq!(lanes.is_known(&id, NOW, false), Some(Some(LATER)), "nothing else was due");
        assert_eq!(lanes.is_known(&id, NOW, true), None, "unless there is news");
        assert_eq!(lanes.is_known(&id, LATER, false), None, "or the time has come");
        for _ in 0..3 {
            assert!(!lanes.has_idle());
            lanes.ended(&id);
        }
        // What ended while others were under way may have to be repeated, so it is read again.
        assert!(lanes.take_idle().is_empty());
        lanes.read(lane("e"), 1, found("e", 0, true), false, 8);
        assert_eq!(lanes.take_idle(), std::slice::from_ref(&id));
        assert!(lanes.known.is_empty());
    }

    #[test]
    fn what_is_doubted_or_left_out_is_read_again() {
        let mut lanes = Lanes::default();
        let (one, many): (EndpointId, EndpointId) =
            ("one".parse().unwrap(), "many".parse().unwrap());
        lanes.read(lane("one"), 1, found("one", 3, true), false, 2);
        lanes.distrust(&one);
        assert_eq!((lanes.in_line(), lanes.kept), (0, 0));
        assert!(lanes.known.is_empty() && !lanes.has_idle());
        lanes.read(lane("many"), 1, found("many", KEPT + 1, true), false, 2);
        assert_eq!(lanes.kept, 2, "only what may begin is kept");
        lanes.turn();
        lanes.begin(&many, 2);
        assert_eq!(lanes.is_known(&many, NOW, false), None);
    }
}
