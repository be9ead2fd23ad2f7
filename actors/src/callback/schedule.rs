//! When a failed delivery is attempted again: data, not code.

use std::time::Duration;
use uuid::Uuid;

/// Pauses before each attempt, the first included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    pauses: Vec<Duration>,
}

/// The pauses cannot be a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a schedule has 1 to 50 attempts, each at most 7 days after the one before")]
pub struct InvalidSchedule;

impl Default for RetrySchedule {
    /// At once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h: over three days.
    fn default() -> Self {
        let pauses = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        Self { pauses: pauses.map(Duration::from_secs).to_vec() }
    }
}

impl RetrySchedule {
    /// A schedule with these pauses before the attempts.
    ///
    /// # Errors
    /// [`InvalidSchedule`].
    pub fn try_new(pauses: Vec<Duration>) -> Result<Self, InvalidSchedule> {
        let longest = Duration::from_secs(7 * 86_400);
        let fits = (1..=50).contains(&pauses.len()) && pauses.iter().all(|p| *p <= longest);
        if fits { Ok(Self { pauses }) } else { Err(InvalidSchedule) }
    }

    /// The pause after `attempts` failed attempts of `delivery`, up to a tenth longer so that deliveries
    /// that failed together do not come back together; `None` when that was the last.
    pub fn pause_after(&self, attempts: u32, delivery: Uuid) -> Option<Duration> {
        let pause = *self.pauses.get(usize::try_from(attempts).ok()?)?;
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
        assert_eq!(RetrySchedule::try_new(Vec::new()), Err(InvalidSchedule));
        assert_eq!(RetrySchedule::try_new(vec![Duration::MAX]), Err(InvalidSchedule));
    }
}
