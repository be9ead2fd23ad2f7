//! An acquirer that does as it is told, remembers what it did, and outlives the node that asked it.

use async_trait::async_trait;
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, StatusQuery,
};
use purser_subjects::{
    Money,
    transaction::{Decline, DeclineReason, OperationKind},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Notify;
use uuid::Uuid;

/// What happens to one call of [`Acquirer::execute`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Approve,
    Decline,
    /// Takes effect after so long, even if the caller has given up; the answer comes then.
    ApproveAfter(Duration),
    /// Takes effect; the answer is lost.
    AnswerLost,
    /// Does not arrive; the caller learns nothing.
    Lost,
    /// Never arrives, and the caller waits.
    HangBefore,
    /// Takes effect, and the caller waits for the answer.
    HangAfter,
}

/// A call, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: Uuid,
    pub(crate) kind: OperationKind,
    pub(crate) amount: Money,
    /// Whether it asked for the status of an operation, and did not execute it.
    pub(crate) is_query: bool,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// At work; its status is not known.
    Open,
    Approved,
    Declined,
    /// Reported as never received; will not be executed any more.
    Dead,
}

#[derive(Default)]
struct Memory {
    plans: VecDeque<Plan>,
    calls: Vec<Call>,
    fates: HashMap<Uuid, (Fate, Money)>,
    is_silent: bool,
    faults: Vec<String>,
}

/// A scripted acquirer. Without a plan it approves.
#[derive(Default)]
pub(crate) struct TestAcquirer {
    memory: Arc<Mutex<Memory>>,
    released: Notify,
}

impl TestAcquirer {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The next operations go like this, in the order in which they arrive.
    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.memory().plans.extend(plans);
    }

    /// Whether status queries are answered "unknown" from now on.
    pub(crate) fn set_silent(&self, is_silent: bool) {
        self.memory().is_silent = is_silent;
    }

    /// Lets the calls go on that hang at present.
    pub(crate) fn release(&self) {
        self.released.notify_waiters();
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.memory().calls.clone()
    }

    /// Number of status queries so far.
    pub(crate) fn queries(&self) -> usize {
        self.memory().calls.iter().filter(|call| call.is_query).count()
    }

    /// Number of calls so far that were to execute an operation.
    pub(crate) fn executions(&self) -> usize {
        self.memory().calls.iter().filter(|call| !call.is_query).count()
    }

    /// Sum of the amounts of `kind` that took effect, each operation once, in minor units.
    pub(crate) fn moved(&self, kind: OperationKind) -> i64 {
        let memory = self.memory();
        let mut kinds: HashMap<Uuid, OperationKind> = HashMap::new();
        kinds.extend(memory.calls.iter().map(|call| (call.operation, call.kind)));
        let approved = memory.fates.iter().filter(|(_, (fate, _))| *fate == Fate::Approved);
        let of_kind = approved.filter(|(operation, _)| kinds.get(operation) == Some(&kind));
        of_kind.map(|(_, (_, amount))| amount.minor).sum()
    }

    /// Panics when an operation came twice with different amounts.
    pub(crate) fn assert_no_faults(&self) {
        assert_eq!(self.memory().faults, Vec::<String>::new());
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    fn arrive(&self, request: &AcquirerRequest) -> Plan {
        let AcquirerRequest { operation, kind, amount, .. } = *request;
        let mut memory = self.memory();
        let earlier = memory.calls.iter().find(|call| call.operation == operation);
        if earlier.is_some_and(|call| (call.kind, call.amount) != (kind, amount)) {
            let fault = format!("{operation} was {earlier:?} before, and is {request:?}");
            memory.faults.push(fault);
        }
        memory.calls.push(Call { operation, kind, amount, is_query: false });
        memory.plans.pop_front().unwrap_or(Plan::Approve)
    }

    fn settle(&self, request: &AcquirerRequest, fate: Fate) -> AcquirerOutcome {
        self.memory().settle(request.operation, request.amount, fate)
    }
}

impl Memory {
    /// Executes the operation unless it was before; what it came to.
    fn settle(&mut self, operation: Uuid, amount: Money, fate: Fate) -> AcquirerOutcome {
        let (known, _) = self.fates.entry(operation).or_insert((fate, amount));
        if *known == Fate::Open {
            *known = fate;
        }
        match known {
            Fate::Approved => AcquirerOutcome::Approved { reference: reference(operation) },
            Fate::Declined => AcquirerOutcome::Declined(decline()),
            Fate::Dead | Fate::Open => AcquirerOutcome::Unknown,
        }
    }
}

fn reference(operation: Uuid) -> String {
    format!("T{}", &operation.simple().to_string()[..8])
}

fn decline() -> Decline {
    let (code, message) = ("05".to_owned(), "Do not honour".to_owned());
    Decline { reason: DeclineReason::DoNotHonour, code, message }
}

#[async_trait]
impl Acquirer for TestAcquirer {
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome {
        match self.arrive(&request) {
            Plan::Approve => self.settle(&request, Fate::Approved),
            Plan::Decline => self.settle(&request, Fate::Declined),
            Plan::ApproveAfter(delay) => {
                self.settle(&request, Fate::Open);
                let memory = self.memory.clone();
                let work = tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let mut memory = memory.lock().unwrap();
                    memory.settle(request.operation, request.amount, Fate::Approved)
                });
                work.await.unwrap()
            }
            Plan::AnswerLost => {
                self.settle(&request, Fate::Approved);
                AcquirerOutcome::Unknown
            }
            Plan::Lost => AcquirerOutcome::Unknown,
            Plan::HangBefore => {
                self.released.notified().await;
                AcquirerOutcome::Unknown
            }
            Plan::HangAfter => {
                let released = self.released.notified();
                let outcome = self.settle(&request, Fate::Approved);
                released.await;
                outcome
            }
        }
    }

    async fn status(&self, query: StatusQuery) -> AcquirerStatus {
        let StatusQuery { operation, kind, amount, .. } = query;
        let mut memory = self.memory();
        memory.calls.push(Call { operation, kind, amount, is_query: true });
        if memory.is_silent {
            return AcquirerStatus::Unknown;
        }
        match memory.fates.entry(operation).or_insert((Fate::Dead, amount)).0 {
            Fate::Approved => AcquirerStatus::Approved { reference: reference(operation) },
            Fate::Declined => AcquirerStatus::Declined(decline()),
            Fate::Dead => AcquirerStatus::NeverReceived,
            Fate::Open => AcquirerStatus::Unknown,
        }
    }
}
