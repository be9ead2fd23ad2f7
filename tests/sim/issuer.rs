//! The issuer: binds a card once per operation, and does not always say so.

use super::{
    life::{Life, Link},
    world::World,
};
use async_trait::async_trait;
use purser_actors::ports::{
    CardIssuer, IssuerAnswer, IssuerQuery, IssuerRequest, IssuerSubject, IssuerTask,
};
use purser_subjects::{
    BindingId, Sealed,
    binding::{FailureReason, IssuerRules},
    connector::IssuerOperation,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// How long a one-time code is good.
const OTP_LIFE: Duration = Duration::from_secs(300);

/// One-time codes that may be tried for one card (`actors/src/binding/state.rs`).
const MAX_TRIES: usize = 3;

/// What stands for a one-time code; a simulated issuer opens nothing.
pub(crate) fn otp(is_right: bool) -> Sealed {
    Sealed::from_ciphertext(if is_right { b"right".to_vec() } else { b"wrong".to_vec() })
}

/// An operation as the issuer knows it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) binding: BindingId,
    pub(crate) kind: IssuerOperation,
    /// The enrolment that a one-time code is of.
    enrolment: Option<Uuid>,
    /// [`IssuerAnswer::NeverReceived`]: it was told so, and is not executed any more.
    pub(crate) answer: IssuerAnswer,
}

/// The issuer itself; it has no faults but silence.
pub(crate) struct CardBank {
    world: Arc<World>,
    operations: Mutex<BTreeMap<Uuid, Operation>>,
    faults: Mutex<Vec<String>>,
}

impl CardBank {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        let (operations, faults) = (Mutex::default(), Mutex::default());
        Arc::new(Self { world: world.clone(), operations, faults })
    }

    /// Everything that it was asked to do.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.operations.lock().unwrap().values().cloned().collect()
    }

    /// What it should never have been asked.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    fn complain(&self, what: String) {
        self.faults.lock().unwrap().push(what);
    }

    /// Executes the operation unless it was before.
    fn execute(&self, request: &IssuerRequest) -> IssuerAnswer {
        let mut operations = self.operations.lock().unwrap();
        let (binding, kind) = (request.about.binding.clone(), request.what.kind());
        if let Some(known) = operations.get(&request.operation) {
            if (&known.binding, known.kind) != (&binding, kind) {
                self.complain(format!("{known:?} came again as {request:?}"));
            }
            return match &known.answer {
                IssuerAnswer::NeverReceived => IssuerAnswer::Unknown,
                answer => answer.clone(),
            };
        }
        let enrolment = match &request.what {
            IssuerTask::VerifyOtp { enrolment, .. } => Some(*enrolment),
            _ => None,
        };
        let answer = self.answer(&request.about, request.operation, &request.what);
        let operation = Operation { binding, kind, enrolment, answer: answer.clone() };
        operations.insert(request.operation, operation);
        let tried = |known: &&Operation| enrolment.is_some() && known.enrolment == enrolment;
        let tries = operations.values().filter(tried).count();
        if tries > MAX_TRIES {
            self.complain(format!("{tries} one-time codes were tried for {enrolment:?}"));
        }
        answer
    }

    fn answer(&self, about: &IssuerSubject, operation: Uuid, what: &IssuerTask) -> IssuerAnswer {
        let reference = format!("B{}", &operation.simple().to_string()[..8]);
        let sent = |reference: String| IssuerAnswer::OtpSent {
            reference,
            sent_to: "0812****00".to_owned(),
            expires_at: self.world.now().plus(OTP_LIFE),
        };
        match what {
            IssuerTask::Enrol { .. } if self.world.dice.chance(150) => {
                IssuerAnswer::refused(FailureReason::CardRefused, "05", "Do not honour")
            }
            IssuerTask::Enrol { .. } | IssuerTask::Challenge { .. } => sent(reference),
            IssuerTask::ResendOtp { .. } => sent(about.reference.clone().unwrap_or(reference)),
            IssuerTask::VerifyOtp { otp, .. } if *otp == self::otp(true) => {
                IssuerAnswer::Bound { reference, bank_code: None, rules: IssuerRules::default() }
            }
            IssuerTask::VerifyChallenge { otp, .. } if *otp == self::otp(true) => {
                IssuerAnswer::Done
            }
            IssuerTask::VerifyOtp { .. } | IssuerTask::VerifyChallenge { .. } => {
                IssuerAnswer::refused(FailureReason::WrongOtp, "55", "Wrong one-time code")
            }
            IssuerTask::Unbind => IssuerAnswer::Done,
        }
    }

    fn status(&self, query: &IssuerQuery) -> IssuerAnswer {
        let mut operations = self.operations.lock().unwrap();
        let operation = operations.entry(query.operation).or_insert_with(|| Operation {
            binding: query.about.binding.clone(),
            kind: query.kind,
            enrolment: None,
            answer: IssuerAnswer::NeverReceived,
        });
        operation.answer.clone()
    }
}

/// A node's line to the issuer.
pub(crate) struct SimIssuer {
    pub(crate) bank: Arc<CardBank>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl CardIssuer for SimIssuer {
    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer {
        let world = self.life.world.clone();
        let kind = request.what.kind();
        self.life.note(format_args!("asks the issuer to {kind:?} {}", request.about.binding));
        let _ = self.life.step(Link::Outside).await;
        let trouble = world.hurts(|weather| weather.issuer).then(|| world.dice.below(5));
        let answer = match trouble {
            // Lost on the way there.
            Some(0) => IssuerAnswer::Unknown,
            // Executed, and the answer is lost.
            Some(1) => {
                self.bank.execute(&request);
                IssuerAnswer::Unknown
            }
            // Executed late, when the caller may be gone or may have asked for the status.
            Some(2) => {
                let (bank, pause) = (self.bank.clone(), world.dice.between(100, 30_000));
                let work = tokio::spawn(async move {
                    sleep(Duration::from_millis(pause)).await;
                    bank.execute(&request)
                });
                work.await.unwrap_or(IssuerAnswer::Unknown)
            }
            // Executed twice.
            Some(3) => {
                self.bank.execute(&request);
                self.bank.execute(&request)
            }
            // Silence.
            Some(_) => std::future::pending().await,
            None => self.bank.execute(&request),
        };
        let _ = self.life.step(Link::Outside).await;
        answer
    }

    async fn status(&self, query: IssuerQuery) -> IssuerAnswer {
        let world = self.life.world.clone();
        self.life.note(format_args!("asks the issuer about {:?}", query.kind));
        let _ = self.life.step(Link::Outside).await;
        if world.hurts(|weather| weather.issuer) {
            return IssuerAnswer::Unknown;
        }
        let answer = self.bank.status(&query);
        let _ = self.life.step(Link::Outside).await;
        answer
    }
}
