//! How requests have gone since this node was started, by verb. For whoever looks at the node from
//! outside; nothing here is decided upon.

use purser_subjects::{
    Answer, Command, EntityKind, Rejection, account::AccountCommand, binding::BindingCommand,
    callback::CallbackCommand, merchant::MerchantCommand, transaction::TransactionCommand,
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// First bytes of an encoded refusal: a map with the one key `error`.
const REFUSAL: &[u8] = b"\x81\xa5error";

/// How requests with one verb have gone on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerbStatistics {
    /// Kind of the entities asked.
    pub kind: EntityKind,
    /// What they were asked.
    pub verb: &'static str,
    /// Requests answered.
    pub requests: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// Time from the arrival of requests to their answers, added up.
    pub took: Duration,
    /// The last refusal.
    pub last_refusal: Option<Rejection>,
}

/// Counts what the intake answers.
#[derive(Debug)]
pub(crate) struct Statistics(Vec<Counters>);

#[derive(Debug)]
struct Counters {
    kind: EntityKind,
    verb: &'static str,
    requests: AtomicU64,
    refused: AtomicU64,
    took_ns: AtomicU64,
    last_refusal: Mutex<Option<Rejection>>,
}

const fn verbs(kind: EntityKind) -> &'static [&'static str] {
    match kind {
        EntityKind::Merchant => MerchantCommand::VERBS,
        EntityKind::Account => AccountCommand::VERBS,
        EntityKind::Transaction => TransactionCommand::VERBS,
        EntityKind::Binding => BindingCommand::VERBS,
        EntityKind::Callback => CallbackCommand::VERBS,
    }
}

impl Default for Statistics {
    fn default() -> Self {
        let of = |kind: EntityKind| {
            verbs(kind).iter().map(move |verb| Counters {
                kind,
                verb,
                requests: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                took_ns: AtomicU64::new(0),
                last_refusal: Mutex::new(None),
            })
        };
        Self(EntityKind::ALL.into_iter().flat_map(of).collect())
    }
}

impl Statistics {
    /// Counts a request that was answered; one with an unknown verb is nobody's.
    pub(crate) fn count(&self, kind: EntityKind, verb: &str, answer: &[u8], took: Duration) {
        let counters = self.0.iter().find(|one| one.kind == kind && one.verb == verb);
        let Some(counters) = counters else { return };
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        counters.requests.fetch_add(1, Ordering::Relaxed);
        counters.took_ns.fetch_add(took, Ordering::Relaxed);
        if answer.starts_with(REFUSAL)
            && let Ok(Answer::<()>::Error(rejection)) = Answer::from_bytes(answer)
        {
            counters.refused.fetch_add(1, Ordering::Relaxed);
            let last = counters.last_refusal.lock();
            *last.unwrap_or_else(PoisonError::into_inner) = Some(rejection);
        }
    }

    /// The figures of every verb.
    pub(crate) fn read(&self) -> Vec<VerbStatistics> {
        let one = |counters: &Counters| VerbStatistics {
            kind: counters.kind,
            verb: counters.verb,
            requests: counters.requests.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            took: Duration::from_nanos(counters.took_ns.load(Ordering::Relaxed)),
            last_refusal: counters
                .last_refusal
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        };
        self.0.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::ErrorCode;

    fn of(statistics: &Statistics, verb: &str) -> VerbStatistics {
        let all = statistics.read();
        all.into_iter().find(|one| one.kind == EntityKind::Account && one.verb == verb).unwrap()
    }

    #[test]
    fn answers_and_refusals_are_counted_by_verb() {
        let statistics = Statistics::default();
        let count = |verb, answer: &[u8]| {
            statistics.count(EntityKind::Account, verb, answer, Duration::from_millis(2));
        };
        let rejection = Rejection::new(ErrorCode::NotFound, "there is no such account");
        count("balance", &Answer::Ok(1).to_bytes());
        count("balance", &Answer::<()>::Error(rejection.clone()).to_bytes());
        count("teleport", b"");
        let balance = of(&statistics, "balance");
        assert_eq!((balance.requests, balance.refused), (2, 1));
        assert_eq!(balance.took, Duration::from_millis(4));
        assert_eq!(balance.last_refusal, Some(rejection));
        assert_eq!(of(&statistics, "transfer").requests, 0);
    }
}
