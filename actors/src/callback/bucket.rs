//! How many attempts an endpoint may have in a minute: a token bucket. Pure.

use purser_subjects::Timestamp;
use std::time::Duration;

/// Tokens are kept in these parts, so that slow rates fill exactly.
const PARTS: u64 = 60_000;

/// A bucket that holds a second's worth of attempts, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    per_minute: u32,
    parts: u64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket that fills with `per_minute` tokens; 0: it never empties.
    pub(crate) fn new(per_minute: u32, now: Timestamp) -> Self {
        let mut bucket = Self { per_minute, parts: 0, at: now };
        bucket.parts = bucket.most();
        bucket
    }

    /// The same with another rate; what is in it stays, as far as there is room.
    pub(crate) fn set_rate(&mut self, per_minute: u32, now: Timestamp) {
        if per_minute != self.per_minute {
            self.fill(now);
            self.per_minute = per_minute;
            self.parts = self.parts.min(self.most());
        }
    }

    /// How many attempts may be made at `now`.
    pub(crate) fn tokens(&mut self, now: Timestamp) -> usize {
        if self.per_minute == 0 {
            return usize::MAX;
        }
        self.fill(now);
        usize::try_from(self.parts / PARTS).unwrap_or(usize::MAX)
    }

    /// Whether it is as a new one would be.
    pub(crate) fn is_full(&mut self, now: Timestamp) -> bool {
        self.fill(now);
        self.parts == self.most()
    }

    /// An attempt was made.
    pub(crate) fn take(&mut self) {
        if self.per_minute != 0 {
            self.parts = self.parts.saturating_sub(PARTS);
        }
    }

    /// When there will be a token, if there is none.
    pub(crate) fn next(&self) -> Timestamp {
        let missing = PARTS.saturating_sub(self.parts);
        let wait_ms = missing.div_ceil(u64::from(self.per_minute.max(1)));
        self.at.plus(Duration::from_millis(wait_ms))
    }

    fn most(&self) -> u64 {
        (u64::from(self.per_minute) * 1_000).max(PARTS)
    }

    /// A minute has as many milliseconds as a token has parts.
    fn fill(&mut self, now: Timestamp) {
        let passed_ms = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        let filled = passed_ms.saturating_mul(self.per_minute.into());
        self.parts = self.parts.saturating_add(filled).min(self.most());
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_millis(ms))
    }

    fn taken(bucket: &mut Bucket, now: Timestamp) -> usize {
        let mut taken = 0;
        while bucket.tokens(now) > 0 && taken < 1_000_000 {
            bucket.take();
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_slow_rate_gives_one_at_a_time() {
        let mut bucket = Bucket::new(2, at(0));
        assert_eq!(taken(&mut bucket, at(0)), 1);
        assert_eq!(bucket.next(), at(30_000));
        assert_eq!(taken(&mut bucket, at(29_999)), 0);
        assert_eq!(taken(&mut bucket, at(30_000)), 1);
        // It does not save up.
        assert_eq!(taken(&mut bucket, at(600_000)), 1);
    }

    #[test]
    fn without_a_rate_it_never_empties() {
        let mut bucket = Bucket::new(0, at(0));
        (0..1_000).for_each(|_| bucket.take());
        assert_eq!(bucket.tokens(at(0)), usize::MAX);
    }

    proptest! {
        #[test]
        fn no_minute_has_more_than_its_rate_and_a_second_more(
            per_minute in 1u32..100_000,
            steps in prop::collection::vec(0u64..5_000, 1..50),
        ) {
            let mut bucket = Bucket::new(per_minute, at(0));
            let (mut now, mut total) = (0, 0);
            for step in steps {
                now += step;
                total += taken(&mut bucket, at(now)) as u64;
            }
            let filled = now * u64::from(per_minute) / 60_000;
            prop_assert!(total <= filled + (u64::from(per_minute) / 60).max(1) + 1);
        }

        #[test]
        fn at_the_next_time_there_is_a_token(per_minute in 1u32..100_000) {
            let mut bucket = Bucket::new(per_minute, at(0));
            taken(&mut bucket, at(0));
            let next = bucket.next();
            prop_assert!(bucket.tokens(next) >= 1);
        }
    }
}
