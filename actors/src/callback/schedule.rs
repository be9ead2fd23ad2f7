//! When a failed delivery is attempted again: data, not code.

use std::time::Duration;
use uuid::Uuid;

/// Most attempts of a schedule.
const MOST: usize = 50;
/// Longest pause, in seconds.
const LONGEST_S: u32 = 7 * 86_400;
/// At once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h: over three days.
const USUAL_S: [u32; 10] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Pauses before each attempt, the first included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrySchedule<'s> {
    pauses_s: &'s [u32],
}

/// The pauses cannot be a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a schedule has 1 to 50 attempts: the first at once (0), each other at most 7 days later")]
pub struct InvalidSchedule;

impl Default for RetrySchedule<'_> {
    fn default() -> Self {
        Self { pauses_s: &USUAL_S }
    }
}

impl<'s> RetrySchedule<'s> {
    /// A schedule with these seconds before the attempts, the first of which is made at once; none
    /// stands for the usual one.
    ///
    /// # Errors
    /// [`InvalidSchedule`].
    pub fn try_new(pauses_s: &'s [u32]) -> Result<Self, InvalidSchedule> {
        if pauses_s.is_empty() {
            return Ok(Self::default());
        }
        let fits = pauses_s.len() <= MOST
            && pauses_s[0] == 0
            && pauses_s.iter().all(|pause| *pause <= LONGEST_S);
        if fits { Ok(Self { pauses_s }) } else { Err(InvalidSchedule) }
    }

    /// The pause after `attempts` failed attempts of `delivery`, up to a tenth longer so that deliveries
    /// that failed together do not come back together; `None` when that was the last.
    pub fn pause_after(&self, attempts: u32, delivery: Uuid) -> Option<Duration> {
        let pause_s = *self.pauses_s.get(usize::try_from(attempts).ok()?)?;
        let pause = Duration::from_secs(pause_s.into());
        let draw =
            delivery.as_u128().wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(attempts.into());
        let share = u32::try_from((draw >> 32) % 1_000).unwrap_or(0);
        Some(pause + pause * share / 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let schedule = RetrySchedule::default();
        let delivery = Uuid::from_u128(7);
        let pauses: Vec<_> =
            (1..10).map(|attempt| schedule.pause_after(attempt, delivery).unwrap()).collect();
        assert!(pauses.is_sorted());
        assert!(pauses[0] >= Duration::from_secs(5) && pauses[0] <= Duration::from_millis(5_500));
        assert_eq!(schedule.pause_after(10, delivery), None);
    }

    #[test]
    fn nonsense_is_no_schedule() {
        assert_eq!(RetrySchedule::try_new(&[0; 51]), Err(InvalidSchedule));
        assert_eq!(RetrySchedule::try_new(&[0, 604_801]), Err(InvalidSchedule));
        assert_eq!(RetrySchedule::try_new(&[5, 10]), Err(InvalidSchedule));
        assert_eq!(RetrySchedule::try_new(&[]), Ok(RetrySchedule::default()));
        assert!(RetrySchedule::try_new(&[0, 604_800]).is_ok());
    }
}
