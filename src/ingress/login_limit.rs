//! How often a log-in may fail.

use purser_subjects::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Failed log-ins of one user within [`WINDOW`] after which none succeeds until it is over.
const MAX_FAILURES: u32 = 10;
/// How long failures count, from the first.
const WINDOW: Duration = Duration::from_secs(60);
/// Users whose failures are remembered. When there are more, those that are not locked out are
/// forgotten first.
const MAX_USERS: usize = 10_000;

/// Counts failed log-ins per user, also of users that do not exist, so that the limit tells nothing.
#[derive(Debug, Default)]
pub(crate) struct LoginLimit {
    windows: Mutex<HashMap<[u8; 32], Window>>,
}

#[derive(Debug)]
struct Window {
    began: Timestamp,
    failures: u32,
}

/// A user failed too often.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LockedOut;

impl LoginLimit {
    /// Counts the outcome of a log-in. The outcome may be told only if this is no error, so that
    /// concurrent tries learn no more than those one after another.
    pub(crate) fn settle(
        &self,
        user: [u8; 32],
        succeeded: bool,
        now: Timestamp,
    ) -> Result<(), LockedOut> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get_mut(&user).filter(|window| now.since(window.began) < WINDOW);
        match window {
            Some(window) if window.failures >= MAX_FAILURES => Err(LockedOut),
            _ if succeeded => Ok(()),
            Some(window) => {
                window.failures += 1;
                Ok(())
            }
            None => {
                make_room(&mut windows, now);
                windows.insert(user, Window { began: now, failures: 1 });
                Ok(())
            }
        }
    }
}

fn make_room(windows: &mut HashMap<[u8; 32], Window>, now: Timestamp) {
    if windows.len() >= MAX_USERS {
        windows.retain(|_, window| now.since(window.began) < WINDOW);
    }
    if windows.len() >= MAX_USERS {
        windows.retain(|_, window| window.failures >= MAX_FAILURES);
    }
    if windows.len() >= MAX_USERS {
        windows.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const USER: [u8; 32] = [1; 32];

    #[test]
    fn after_ten_failures_not_even_the_right_key_is_accepted() {
        let limit = LoginLimit::default();
        for _ in 0..MAX_FAILURES {
            assert_eq!(limit.settle(USER, false, NOW), Ok(()));
        }
        assert_eq!(limit.settle(USER, false, NOW), Err(LockedOut));
        assert_eq!(limit.settle(USER, true, NOW), Err(LockedOut));
        assert_eq!(limit.settle([2; 32], true, NOW), Ok(()));
        let later = NOW.plus(WINDOW);
        assert_eq!(limit.settle(USER, true, later), Ok(()));
        assert_eq!(limit.settle(USER, false, later), Ok(()));
    }

    #[test]
    fn a_flood_of_names_neither_grows_the_map_nor_frees_the_locked() {
        let limit = LoginLimit::default();
        for _ in 0..MAX_FAILURES {
            limit.settle(USER, false, NOW).unwrap();
        }
        for name in 0..3 * MAX_USERS as u64 {
            let mut user = [0; 32];
            user[..8].copy_from_slice(&name.to_be_bytes());
            limit.settle(user, false, NOW).unwrap();
        }
        assert!(limit.windows.lock().unwrap().len() <= MAX_USERS);
        assert_eq!(limit.settle(USER, true, NOW), Err(LockedOut));
    }
}
