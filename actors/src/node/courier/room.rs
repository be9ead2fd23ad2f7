//! How many attempts may be under way, and for whom there is room.
//!
//! A receiver that hangs holds an attempt for as long as attempts may take. So the attempts of a node are
//! of two parts of the same size: one for those that have just begun, and one for those that take long
//! and for endpoints known for it. An attempt moves from the one to the other when it turns out slow.
//! Endpoints of which nothing is known get at most three quarters of the first part; so whatever is
//! registered anew and hangs, those that answered promptly before keep a quarter to themselves.

use lru::LruCache;
use purser_subjects::EndpointId;
use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroUsize,
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

/// An attempt that takes longer is slow, and so is its endpoint, until one of its attempts takes less.
const PROMPT: Duration = Duration::from_secs(1);

/// Endpoints whose manner is remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");

/// What an endpoint's last attempt was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Prompt,
    Slow,
}

#[derive(Debug)]
struct UnderWay {
    endpoint: EndpointId,
    begun: Instant,
    is_of_slow_part: bool,
}

/// The attempts under way.
#[derive(Debug)]
pub(super) struct Room {
    /// Attempts of each part.
    part: usize,
    /// Attempts of one endpoint that asks for no other number.
    usual: usize,
    /// Attempts in the part for slow ones; the rest is in the other.
    slow: usize,
    under_way: HashMap<Uuid, UnderWay>,
    manners: LruCache<EndpointId, Manner>,
    /// Attempts that may become slow, oldest first; some have ended.
    young: VecDeque<(Instant, Uuid)>,
    /// Slow ones for which there was no room in the part for them, oldest first; some have ended.
    stuck: VecDeque<Uuid>,
}

impl Room {
    pub(super) fn new((part, usual): (usize, usize)) -> Self {
        Self {
            part,
            usual,
            slow: 0,
            under_way: HashMap::new(),
            manners: LruCache::new(REMEMBERED),
            young: VecDeque::new(),
            stuck: VecDeque::new(),
        }
    }

    /// Whether the delivery is being attempted.
    pub(super) fn has(&self, delivery: Uuid) -> bool {
        self.under_way.contains_key(&delivery)
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Whether endpoints that answer promptly have no attempt left.
    pub(super) fn is_full(&self) -> bool {
        self.free_of(Some(Manner::Prompt)) == 0
    }

    /// Attempts that could begin, of whatever endpoints.
    pub(super) fn free(&self) -> usize {
        self.free_of(Some(Manner::Prompt)) + self.free_of(Some(Manner::Slow))
    }

    /// How many more attempts an endpoint may have that has so many and asks for `width` at once, or for
    /// no number with 0. The fewer the node has left, the fewer one endpoint gets.
    pub(super) fn of(&self, endpoint: &EndpointId, under_way: usize, width: u16) -> usize {
        let free = self.free_of(self.manners.peek(endpoint).copied());
        let width = if width == 0 { self.usual } else { width.into() };
        width.min((free / 16).max(1)).saturating_sub(under_way).min(free)
    }

    fn free_of(&self, manner: Option<Manner>) -> usize {
        let (part, used) = match manner {
            Some(Manner::Slow) => (self.part, self.slow),
            Some(Manner::Prompt) => (self.part, self.prompt()),
            None => (self.part - self.part / 4, self.prompt()),
        };
        part.saturating_sub(used)
    }

    fn prompt(&self) -> usize {
        self.under_way.len() - self.slow
    }

    /// An attempt begins.
    pub(super) fn begin(&mut self, delivery: Uuid, endpoint: EndpointId, now: Instant) {
        let is_of_slow_part = self.manners.get(&endpoint) == Some(&Manner::Slow);
        if is_of_slow_part {
            self.slow += 1;
        } else {
            self.young.push_back((now, delivery));
        }
        self.under_way.insert(delivery, UnderWay { endpoint, begun: now, is_of_slow_part });
    }

    /// An attempt has ended; when it had begun.
    pub(super) fn end(&mut self, delivery: Uuid, now: Instant) -> Option<Instant> {
        let ended = self.under_way.remove(&delivery)?;
        self.slow -= usize::from(ended.is_of_slow_part);
        let is_slow = now.duration_since(ended.begun) >= PROMPT;
        let manner = if is_slow { Manner::Slow } else { Manner::Prompt };
        self.manners.put(ended.endpoint, manner);
        Some(ended.begun)
    }

    /// Notes which attempts have turned out slow, and moves them as far as there is room for them.
    pub(super) fn age(&mut self, now: Instant) {
        while let Some((begun, delivery)) = self.young.front().copied() {
            let attempt = self.under_way.get(&delivery);
            let Some(attempt) = attempt.filter(|attempt| attempt.begun == begun) else {
                self.young.pop_front();
                continue;
            };
            if now.duration_since(begun) < PROMPT {
                break;
            }
            self.manners.put(attempt.endpoint.clone(), Manner::Slow);
            self.young.pop_front();
            self.stuck.push_back(delivery);
        }
        while self.slow < self.part
            && let Some(delivery) = self.stuck.pop_front()
        {
            // It may have been repeated, and be stuck twice.
            if let Some(attempt) = self.under_way.get_mut(&delivery)
                && !attempt.is_of_slow_part
            {
                attempt.is_of_slow_part = true;
                self.slow += 1;
            }
        }
    }

    /// When the next attempt will have turned out slow, unless it ends before.
    pub(super) fn next_age(&self) -> Option<Instant> {
        self.young.front().map(|(begun, _)| *begun + PROMPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn id(name: &str) -> EndpointId {
        name.parse().unwrap()
    }

    /// Begins as many attempts of `count` endpoints as there is room for; their ids.
    fn fill(room: &mut Room, name: &str, count: usize, now: Instant) -> Vec<Uuid> {
        let mut begun = Vec::new();
        for n in 0..count {
            let endpoint = id(&format!("{name}{n}"));
            if room.of(&endpoint, 0, 0) > 0 {
                begun.push(Uuid::now_v7());
                room.begin(*begun.last().unwrap(), endpoint, now);
            }
        }
        begun
    }

    fn known(name: &str, now: Instant) -> Room {
        let mut room = Room::new((256, 8));
        let first = Uuid::now_v7();
        room.begin(first, id(name), now);
        room.end(first, now);
        room
    }

    #[tokio::test]
    async fn what_is_new_and_hangs_leaves_a_quarter_to_those_that_answer() {
        let mut now = Instant::now();
        let mut room = known("good", now);
        let mut hanging = 0;
        for _ in 0..20 {
            hanging += fill(&mut room, &format!("bad{hanging}x"), 10_000, now).len();
            assert!(room.of(&id("good"), 0, 0) >= 4, "{hanging} hang");
            now += SECOND;
            room.age(now);
        }
        assert_eq!(hanging, 256 + 192, "there is an end to it");
    }

    #[tokio::test]
    async fn endpoints_that_were_slow_share_a_part_of_their_own_until_they_are_prompt() {
        let mut now = Instant::now();
        let mut room = Room::new((256, 8));
        let slow = fill(&mut room, "slow", 100, now);
        now += SECOND;
        room.age(now);
        assert_eq!((room.prompt(), room.slow), (0, 100));
        for delivery in slow {
            room.end(delivery, now);
        }
        fill(&mut room, "slow", 100, now);
        assert_eq!((room.prompt(), room.slow), (0, 100));
        let again = Uuid::now_v7();
        room.begin(again, id("slow0"), now);
        room.end(again, now);
        assert_eq!(room.of(&id("slow0"), 0, 0), 8);
        room.begin(again, id("slow0"), now);
        assert_eq!((room.prompt(), room.slow), (1, 100));
    }

    #[tokio::test]
    async fn one_endpoint_gets_the_fewer_the_fewer_are_left() {
        let now = Instant::now();
        let mut room = known("good", now);
        let of = |room: &Room, under_way, width| room.of(&id("good"), under_way, width);
        assert_eq!((of(&room, 0, 0), of(&room, 5, 0), of(&room, 9, 0)), (8, 3, 0));
        assert_eq!((of(&room, 0, 2), of(&room, 0, 64)), (2, 16));
        fill(&mut room, "other", 191, now);
        assert_eq!((of(&room, 0, 0), of(&room, 1, 64)), (4, 3));
    }
}
