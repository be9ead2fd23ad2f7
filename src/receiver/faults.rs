//! How the kit fails.

use axum::http::StatusCode;
use std::time::Duration;

/// What a failed attempt is answered with if nothing else was asked for.
const FAILURE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// Failures as they were asked for. By default there are none.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many attempts of every notification fail; `None`: all, if a failure was asked for.
    pub fail: Option<u32>,
    /// What is answered instead of 200.
    pub status: Option<StatusCode>,
    /// `Retry-After` of failures, in seconds.
    pub retry_after: Option<u32>,
    /// How long every answer waits.
    pub delay: Duration,
    /// Failures are never answered at all.
    pub hang: bool,
}

impl Faults {
    /// The answer to the `attempt`th attempt, from 1, of a notification.
    pub(super) fn status(&self, attempt: u32) -> StatusCode {
        let all = self.status.is_some() || self.hang;
        let fails = self.fail.map_or(all, |fail| attempt <= fail);
        if fails { self.status.unwrap_or(FAILURE) } else { StatusCode::OK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempts_of_a_notification_fail_and_then_it_is_taken() {
        let faults = Faults { fail: Some(2), ..Faults::default() };
        let answers = [1, 2, 3].map(|attempt| faults.status(attempt).as_u16());
        assert_eq!(answers, [503, 503, 200]);
        let gone = Faults { fail: Some(1), status: Some(StatusCode::GONE), ..Faults::default() };
        assert_eq!([1, 2].map(|attempt| gone.status(attempt).as_u16()), [410, 200]);
    }

    #[test]
    fn without_a_number_all_fail_if_any_do() {
        assert_eq!(Faults::default().status(1), 200);
        let always = Faults { status: Some(StatusCode::GONE), ..Faults::default() };
        assert_eq!(always.status(9), 410);
        assert_eq!(Faults { hang: true, ..Faults::default() }.status(9), 503);
    }
}
