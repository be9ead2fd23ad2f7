//! An issuer that does as it is told, remembers what it did, and outlives the node that asked it. What it
//! does is what the sandbox's does.

use async_trait::async_trait;
use purser::{
    clock::SystemClock,
    issuers::sandbox::SandboxIssuer,
    vault::{MasterKey, Vault},
};
use purser_actors::ports::{CardIssuer, IssuerAnswer, IssuerQuery, IssuerRequest};
use purser_subjects::connector::IssuerOperation;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// What happens to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Never arrives, and the caller waits.
    HangBefore,
    /// Takes effect, and the caller waits for the answer.
    HangAfter,
    /// Takes effect; the answer is lost.
    AnswerLost,
}

#[derive(Default)]
struct Memory {
    plans: VecDeque<Plan>,
    calls: Vec<(IssuerOperation, Uuid)>,
    answers: HashMap<Uuid, IssuerAnswer>,
}

/// A scripted issuer. Without a plan it answers as the sandbox does.
pub(crate) struct TestIssuer {
    sandbox: SandboxIssuer,
    memory: Mutex<Memory>,
    released: Notify,
}

impl TestIssuer {
    pub(crate) fn new() -> Arc<Self> {
        let vault = Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap());
        let sandbox = SandboxIssuer::new(Arc::new(vault), Arc::new(SystemClock::new()));
        Arc::new(Self { sandbox, memory: Mutex::default(), released: Notify::new() })
    }

    /// The next operations go like this, in the order in which they arrive.
    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.memory().plans.extend(plans);
    }

    /// How many operations of `kind` arrived, each once.
    pub(crate) fn count(&self, kind: IssuerOperation) -> usize {
        let memory = self.memory();
        let ids = memory.calls.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id);
        ids.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// How many cards it has bound.
    pub(crate) fn bound(&self) -> usize {
        let memory = self.memory();
        let is_bound = |answer: &&IssuerAnswer| matches!(answer, IssuerAnswer::Bound { .. });
        memory.answers.values().filter(is_bound).count()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    async fn carry_out(&self, request: IssuerRequest) -> IssuerAnswer {
        let operation = request.operation;
        let known = self.memory().answers.get(&operation).cloned();
        if let Some(known) = known {
            return known;
        }
        let answer = self.sandbox.execute(request).await;
        self.memory().answers.entry(operation).or_insert(answer).clone()
    }
}

#[async_trait]
impl CardIssuer for TestIssuer {
    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer {
        let plan = {
            let mut memory = self.memory();
            memory.calls.push((request.what.kind(), request.operation));
            memory.plans.pop_front()
        };
        match plan {
            None => self.carry_out(request).await,
            Some(Plan::HangBefore) => {
                self.released.notified().await;
                IssuerAnswer::Unknown
            }
            Some(Plan::HangAfter) => {
                let answer = self.carry_out(request).await;
                self.released.notified().await;
                answer
            }
            Some(Plan::AnswerLost) => {
                self.carry_out(request).await;
                IssuerAnswer::Unknown
            }
        }
    }

    async fn status(&self, query: IssuerQuery) -> IssuerAnswer {
        let mut memory = self.memory();
        memory.answers.entry(query.operation).or_insert(IssuerAnswer::NeverReceived).clone()
    }
}
