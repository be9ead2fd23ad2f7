//! Whether a figure counts: what the callers believe, what is stored, what the broker counted and what
//! receivers were told must agree, and the books must balance. Otherwise it is void.

use super::harness::{Meter, Totals};
use crate::{
    store::{self, StoreTarget},
    terminal::chain,
};
use purser_actors::VerifyError;

/// Looks for reasons why figures do not count.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    void: Vec<String>,
}

impl Gate {
    /// So many of the callers' calls were found elsewhere, as `what`. Each that succeeded must be, none
    /// that was refused may be; only of those that ended without a word either may be true.
    pub(crate) fn calls(&mut self, what: &str, totals: Totals, found: u64) {
        self.calls_times(what, totals, 1, found);
    }

    /// The same where each call leaves `times` of them.
    pub(crate) fn calls_times(&mut self, what: &str, totals: Totals, times: u64, found: u64) {
        let least = totals.done * times;
        let most = (totals.done + totals.unknown) * times;
        if !(least..=most).contains(&found) {
            let expected =
                if least == most { least.to_string() } else { format!("{least} to {most}") };
            self.void(format!("{what}: {found} instead of {expected}"));
        }
    }

    /// Two counts of the same.
    pub(crate) fn same(&mut self, what: &str, expected: u64, found: u64) {
        if expected != found {
            self.void(format!("{what}: {found} instead of {expected}"));
        }
    }

    /// At least so many; more may have come since they were counted.
    pub(crate) fn least(&mut self, what: &str, least: u64, found: u64) {
        if found < least {
            self.void(format!("{what}: {found} instead of {least}"));
        }
    }

    /// A load in which nothing succeeded says nothing.
    pub(crate) fn something(&mut self, done: u64) {
        if done == 0 {
            self.void("nothing succeeded");
        }
    }

    /// Replays everything, as `purser verify` does.
    pub(crate) async fn books(&mut self, target: &StoreTarget, meter: &Meter) {
        meter.say("replaying the books");
        let audit = match store::audit(target).await {
            Ok(audit) => audit,
            Err(error) => return self.void(format!("the books cannot be read: {}", chain(&error))),
        };
        match purser_actors::verify(audit, |_| {}).await {
            Ok(_) => {}
            Err(VerifyError::Difference(difference)) => {
                self.void(format!("the books are wrong: {difference}"));
            }
            Err(VerifyError::Store(error)) => {
                self.void(format!("the books cannot be read: {}", chain(&error)));
            }
        }
        meter.say("");
    }

    /// A reason.
    pub(crate) fn void(&mut self, reason: impl Into<String>) {
        self.void.push(reason.into());
    }

    /// The reasons that were found; none: the figures count.
    pub(crate) fn reasons(self) -> Vec<String> {
        self.void
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(totals: Totals, found: u64) -> Vec<String> {
        let mut gate = Gate::default();
        gate.calls("transfers stored", totals, found);
        gate.reasons()
    }

    #[test]
    fn what_succeeded_must_be_stored_and_what_was_refused_must_not() {
        let totals = Totals { done: 100, refused: 7, unknown: 0 };
        assert!(reasons(totals, 100).is_empty());
        assert_eq!(reasons(totals, 99), ["transfers stored: 99 instead of 100"]);
        assert_eq!(reasons(totals, 101), ["transfers stored: 101 instead of 100"]);
    }

    #[test]
    fn what_ended_without_a_word_may_be_stored_or_not() {
        let totals = Totals { done: 100, refused: 0, unknown: 2 };
        for found in 100..=102 {
            assert!(reasons(totals, found).is_empty());
        }
        assert_eq!(reasons(totals, 103), ["transfers stored: 103 instead of 100 to 102"]);
    }

    #[test]
    fn every_reason_is_told() {
        let mut gate = Gate::default();
        gate.same("callbacks received", 5, 4);
        gate.something(0);
        assert_eq!(gate.reasons(), ["callbacks received: 4 instead of 5", "nothing succeeded"]);
    }
}
