//! The acquirer: moves card money once per operation, and does not always say so.

use super::{
    life::{Life, Link},
    world::World,
};
use async_trait::async_trait;
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, StatusQuery,
};
use purser_subjects::{
    TransactionId,
    transaction::{Decline, DeclineReason, OperationKind},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Approved,
    Declined,
    /// Told to have never arrived; it is not executed any more.
    Dead,
}

/// An operation as the acquirer knows it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) payment: TransactionId,
    pub(crate) kind: OperationKind,
    pub(crate) amount: i64,
    pub(crate) fate: Fate,
}

/// The acquirer itself; it has no faults but silence.
pub(crate) struct CardHouse {
    world: Arc<World>,
    operations: Mutex<BTreeMap<Uuid, Operation>>,
    faults: Mutex<Vec<String>>,
}

impl CardHouse {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        let (operations, faults) = (Mutex::default(), Mutex::default());
        Arc::new(Self { world: world.clone(), operations, faults })
    }

    /// Everything that it was asked to do.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.operations.lock().unwrap().values().cloned().collect()
    }

    /// Operations that came twice and were not the same.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    /// Executes the operation unless it was before.
    fn execute(&self, request: &AcquirerRequest) -> AcquirerOutcome {
        let mut operations = self.operations.lock().unwrap();
        let operation = operations.entry(request.operation).or_insert_with(|| {
            let declines = self.world.dice.chance(150);
            Operation {
                payment: request.payment.clone(),
                kind: request.kind,
                amount: request.amount.minor,
                fate: if declines { Fate::Declined } else { Fate::Approved },
            }
        });
        if (operation.kind, operation.amount) != (request.kind, request.amount.minor) {
            self.faults.lock().unwrap().push(format!("{operation:?} came again as {request:?}"));
        }
        match operation.fate {
            Fate::Approved => AcquirerOutcome::Approved { reference: reference(request.operation) },
            Fate::Declined => AcquirerOutcome::Declined(decline()),
            Fate::Dead => AcquirerOutcome::Unknown,
        }
    }

    fn status(&self, query: &StatusQuery) -> AcquirerStatus {
        let mut operations = self.operations.lock().unwrap();
        let operation = operations.entry(query.operation).or_insert_with(|| Operation {
            payment: query.payment.clone(),
            kind: query.kind,
            amount: query.amount.minor,
            fate: Fate::Dead,
        });
        match operation.fate {
            Fate::Approved => AcquirerStatus::Approved { reference: reference(query.operation) },
            Fate::Declined => AcquirerStatus::Declined(decline()),
            Fate::Dead => AcquirerStatus::NeverReceived,
        }
    }
}

fn reference(operation: Uuid) -> String {
    format!("C{}", &operation.simple().to_string()[..8])
}

fn decline() -> Decline {
    let (code, message) = ("05".to_owned(), "Do not honour".to_owned());
    Decline { reason: DeclineReason::DoNotHonour, code, message }
}

/// A node's line to the acquirer.
pub(crate) struct SimAcquirer {
    pub(crate) house: Arc<CardHouse>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl Acquirer for SimAcquirer {
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome {
        let world = self.life.world.clone();
        self.life.note(format_args!("has {:?} of {} executed", request.kind, request.payment));
        let _ = self.life.step(Link::Outside).await;
        let trouble = world.hurts(|weather| weather.acquirer).then(|| world.dice.below(5));
        let outcome = match trouble {
            // Lost on the way there.
            Some(0) => AcquirerOutcome::Unknown,
            // Executed, and the answer is lost.
            Some(1) => {
                self.house.execute(&request);
                AcquirerOutcome::Unknown
            }
            // Executed late, when the caller may be gone or may have asked for the status.
            Some(2) => {
                let (house, pause) = (self.house.clone(), world.dice.between(100, 30_000));
                let work = tokio::spawn(async move {
                    sleep(Duration::from_millis(pause)).await;
                    house.execute(&request)
                });
                work.await.unwrap_or(AcquirerOutcome::Unknown)
            }
            // Executed twice.
            Some(3) => {
                self.house.execute(&request);
                self.house.execute(&request)
            }
            // Silence.
            Some(_) => std::future::pending().await,
            None => self.house.execute(&request),
        };
        let _ = self.life.step(Link::Outside).await;
        outcome
    }

    async fn status(&self, query: StatusQuery) -> AcquirerStatus {
        let world = self.life.world.clone();
        self.life.note(format_args!("looks into {:?} of {}", query.kind, query.payment));
        let _ = self.life.step(Link::Outside).await;
        if world.hurts(|weather| weather.acquirer) {
            return AcquirerStatus::Unknown;
        }
        let status = self.house.status(&query);
        let _ = self.life.step(Link::Outside).await;
        status
    }
}
