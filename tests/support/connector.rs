//! A connector that does as it is told and remembers what it did: what a program of the acquirer would be,
//! on the bus of the test.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use purser_actors::ports::{Bus, BusMessage, Responder};
use purser_subjects::{
    Envelope, Sealed, Subject,
    connector::{
        ConnectorAnswer, ConnectorApproval, ConnectorAuthorise, ConnectorFollowUp,
        ConnectorNothing, ConnectorPayout, ConnectorStatus, sealing_context,
    },
    decode, encode,
    transaction::{Decline, DeclineReason},
};
use serde::de::DeserializeOwned;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The connector's name, and the key that it shares with the platform.
pub(crate) const NAME: &str = "bank-1";
pub(crate) const KEY: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// What happens to one request other than a status query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Approve,
    Decline,
    /// Takes effect; the answer comes after so long.
    ApproveAfter(Duration),
    /// Takes effect; there is no answer.
    Silence,
    /// Takes effect, and the connection is dropped instead of an answer.
    Drop,
    /// Takes effect, and these bytes are the answer.
    Nonsense(&'static [u8]),
    /// Is not received.
    Lose,
}

/// A request as it arrived: the subject, and its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) subject: String,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Default)]
struct Memory {
    plans: VecDeque<Plan>,
    /// What each operation came to; those that were never received are `None`, and stay so.
    outcomes: HashMap<Uuid, Option<ConnectorAnswer>>,
    arrived: Vec<Arrived>,
    /// Numbers and codes of the cards that came.
    cards: Vec<(String, String)>,
    /// References that captures, voids and refunds named.
    originals: Vec<String>,
    /// How often an operation took effect.
    effects: HashMap<Uuid, usize>,
    is_silent: bool,
    /// Askers that get no answer; dropped, they would learn of it at once.
    held: Vec<Responder>,
}

/// A scripted connector. Without a plan it approves. It ends when it is dropped.
pub(crate) struct TestConnector {
    memory: Arc<Mutex<Memory>>,
    tasks: Vec<JoinHandle<()>>,
}

impl TestConnector {
    /// Starts it on `bus`.
    pub(crate) async fn start(bus: &Arc<dyn Bus>) -> Self {
        let mut connector = Self { memory: Arc::default(), tasks: Vec::new() };
        connector.join(bus, Some("bank")).await;
        connector
    }

    /// Starts another copy of it: of the same queue group, or one that gets every request as well.
    pub(crate) async fn join(&mut self, bus: &Arc<dyn Bus>, queue: Option<&str>) {
        let pattern = format!("purser.connector.{NAME}.*");
        let mut requests = bus.subscribe(&pattern, queue).await.unwrap();
        let memory = self.memory.clone();
        self.tasks.push(tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                tokio::spawn(serve(memory.clone(), request));
            }
        }));
    }

    /// The next requests other than status queries go like this.
    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.memory().plans.extend(plans);
    }

    /// Whether status queries stay without an answer from now on.
    pub(crate) fn set_silent(&self, is_silent: bool) {
        self.memory().is_silent = is_silent;
    }

    /// Everything that arrived.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.memory().arrived.clone()
    }

    /// Number of requests for `operation`, such as `status`.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let end = format!(".{operation}");
        self.memory().arrived.iter().filter(|request| request.subject.ends_with(&end)).count()
    }

    /// Numbers and codes of the cards that came.
    pub(crate) fn cards(&self) -> Vec<(String, String)> {
        self.memory().cards.clone()
    }

    /// References that captures, voids and refunds named.
    pub(crate) fn originals(&self) -> Vec<String> {
        self.memory().originals.clone()
    }

    /// Panics when an operation took effect more than once.
    pub(crate) fn assert_each_once(&self) {
        let memory = self.memory();
        assert!(memory.effects.values().all(|count| *count == 1), "{:?}", memory.effects);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }
}

impl Drop for TestConnector {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Memory {
    /// Executes the operation unless it was before.
    fn settle(&mut self, operation: Uuid, answer: ConnectorAnswer) -> ConnectorAnswer {
        let effects = &mut self.effects;
        let known = self.outcomes.entry(operation).or_insert_with(|| {
            *effects.entry(operation).or_default() += 1;
            Some(answer)
        });
        known.clone().unwrap_or(ConnectorAnswer::Unknown(ConnectorNothing {}))
    }

    fn note(&mut self, verb: &str, payload: &[u8]) -> Uuid {
        match verb {
            "authorise" => {
                let request: ConnectorAuthorise = read(payload);
                self.cards.push(open(&request.sealed_card, request.operation));
                request.operation
            }
            "payout" => read::<ConnectorPayout>(payload).operation,
            _ => {
                let request: ConnectorFollowUp = read(payload);
                self.originals.extend(request.original);
                request.operation
            }
        }
    }
}

async fn serve(memory: Arc<Mutex<Memory>>, mut request: BusMessage) {
    let Ok(Subject::Connector { operation: verb, .. }) = request.subject.parse() else {
        panic!("not a connector's subject: {}", request.subject)
    };
    let lock = || memory.lock().unwrap();
    let arrived = Arrived { subject: request.subject.clone(), bytes: request.payload.to_vec() };
    lock().arrived.push(arrived);
    let responder = request.responder.take().unwrap();
    if verb == "status" {
        let operation = read::<ConnectorStatus>(&request.payload).operation;
        if lock().is_silent {
            return lock().held.push(responder);
        }
        let known = lock().outcomes.entry(operation).or_default().clone();
        let never = ConnectorAnswer::NeverReceived(ConnectorNothing {});
        return responder.respond(encode(&known.unwrap_or(never)).into());
    }
    let plan = lock().plans.pop_front().unwrap_or(Plan::Approve);
    if plan == Plan::Lose {
        return lock().held.push(responder);
    }
    let operation = lock().note(&verb, &request.payload);
    let outcome = if plan == Plan::Decline { declined() } else { approved(operation) };
    let answer = encode(&lock().settle(operation, outcome));
    match plan {
        Plan::Approve | Plan::Decline | Plan::Lose => responder.respond(answer.into()),
        Plan::ApproveAfter(delay) => {
            tokio::time::sleep(delay).await;
            responder.respond(answer.into());
        }
        Plan::Silence => lock().held.push(responder),
        Plan::Drop => drop(responder),
        Plan::Nonsense(bytes) => responder.respond(bytes.into()),
    }
}

fn read<P: DeserializeOwned>(bytes: &[u8]) -> P {
    let envelope = decode::<Envelope<P>>(bytes).unwrap();
    assert!(envelope.deadline.is_some());
    envelope.payload
}

fn open(sealed: &Sealed, operation: Uuid) -> (String, String) {
    #[derive(serde::Deserialize)]
    struct Card {
        number: String,
        expiry_month: u8,
        expiry_year: u16,
        code: String,
    }
    let card: Card = rmp_serde::from_slice(&open_sealed(sealed, operation)).unwrap();
    assert_eq!((card.expiry_month, card.expiry_year), (12, 2030));
    (card.number, card.code)
}

/// What was sealed for this connector and `operation`.
pub(crate) fn open_sealed(sealed: &Sealed, operation: Uuid) -> Vec<u8> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, &hex::decode(KEY).unwrap()).unwrap();
    let (header, body) = sealed.ciphertext().split_at(13);
    assert_eq!(header[0], 1);
    let nonce = Nonce::try_assume_unique_for_key(&header[1..]).unwrap();
    let context = sealing_context(&NAME.parse().unwrap(), operation);
    let mut body = body.to_vec();
    key.open_in_place(nonce, Aad::from(context), &mut body).unwrap().to_vec()
}

fn approved(operation: Uuid) -> ConnectorAnswer {
    let reference = format!("BANK-{}", &operation.simple().to_string()[24..]);
    ConnectorAnswer::Approved(ConnectorApproval { reference })
}

fn declined() -> ConnectorAnswer {
    let (code, message) = ("51".to_owned(), "Insufficient funds".to_owned());
    ConnectorAnswer::Declined(Decline { reason: DeclineReason::InsufficientFunds, code, message })
}
