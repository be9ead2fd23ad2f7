//! Everything around one payment, as simple as can be: an acquirer that remembers, an available account
//! that funds refunds, calls and messages under way. Checks the payment after every step.

mod checks;

use super::given::{Given, authorise, capture, eur, merchant, refund, role, void};
use crate::{
    entity::{CallResult, CallTarget, Effects, OutMessage, Reply, Signal},
    ports::{AcquirerOutcome, AcquirerStatus},
};
use purser_subjects::{
    EntityId, ErrorCode, Rejection,
    account::{PlaceHold, SettleHold, VoidHold},
    decode,
    merchant::MerchantTerms,
    transaction::{DeclineReason, OperationKind, Refund, TransactionCommand, TransactionEvent},
};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use uuid::Uuid;

/// What the outside does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Approve,
    Decline,
    /// It arrives and is approved, but the answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
    /// As approved, and the answer comes once more later.
    Twice,
}

#[derive(Clone, Debug)]
enum UnderWay {
    Execute {
        id: Uuid,
        kind: OperationKind,
        amount: i64,
    },
    Status {
        id: Uuid,
    },
    Hold {
        id: Uuid,
        message: OutMessage,
    },
    /// An answer that was given before.
    Again {
        id: Uuid,
        is_approval: bool,
    },
}

/// The merchant's available account: what others put there, and holds.
#[derive(Default)]
struct Available {
    posted: i64,
    holds: BTreeMap<EntityId, i64>,
    answered: BTreeMap<String, bool>,
}

/// What the acquirer knows of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Approved(i64),
    Declined,
    /// It said that it never received it, and so will not act on it.
    Dead,
}

pub(super) struct World {
    pub(super) given: Given,
    under_way: Vec<UnderWay>,
    acquirer: BTreeMap<Uuid, (OperationKind, Known)>,
    available: Available,
    outbox: Vec<OutMessage>,
    /// Balances as decided, credits positive, without what others have in available.
    books: BTreeMap<String, i64>,
    begun: Vec<Uuid>,
    answered: HashSet<Uuid>,
    /// Operations whose outcome was not found out in time.
    given_up: HashSet<Uuid>,
    notified: u32,
}

impl World {
    pub(super) fn new(terms: MerchantTerms, funds: i64) -> Self {
        Self {
            given: Given::with(terms),
            under_way: Vec::new(),
            acquirer: BTreeMap::new(),
            available: Available { posted: funds, ..Available::default() },
            outbox: Vec::new(),
            books: BTreeMap::new(),
            begun: Vec::new(),
            answered: HashSet::new(),
            given_up: HashSet::new(),
            notified: 0,
        }
    }

    pub(super) fn authorise(&mut self, amount: i64, is_purchase: bool) {
        self.command(authorise(amount, is_purchase).into());
    }

    pub(super) fn capture(&mut self, amount: i64) {
        self.command(capture(amount).into());
    }

    pub(super) fn refund(&mut self, amount: Option<i64>) {
        self.command(Refund { merchant: merchant(), amount: amount.map(eur) }.into());
    }

    pub(super) fn void(&mut self) {
        self.command(void().into());
    }

    fn command(&mut self, command: TransactionCommand) {
        let number = 1_000 + self.begun.len() as u128;
        // Refusals change nothing, which is checked below.
        if let Ok(effects) = self.given.command(number, command) {
            assert!(matches!(effects.reply, Reply::Later(id) if id.as_u128() == number));
            self.begun.push(Uuid::from_u128(number));
            self.take(effects);
        }
        self.check();
    }

    /// Ends the call at `position`, if there is one.
    pub(super) fn end(&mut self, position: usize, fate: Fate) {
        if self.under_way.is_empty() {
            return;
        }
        let call = self.under_way.remove(position % self.under_way.len());
        let (id, result) = match call {
            UnderWay::Execute { id, kind, amount } => (id, self.execute(id, kind, amount, fate)),
            UnderWay::Status { id } => (id, CallResult::Status(self.status(id, fate))),
            UnderWay::Hold { id, message } => (id, CallResult::Entity(self.hold(&message, fate))),
            UnderWay::Again { id, is_approval } => (id, CallResult::Acquirer(told(is_approval))),
        };
        let effects = self.given.signal(Signal::CallDone { id, result });
        self.take(effects);
        self.check();
    }

    fn execute(&mut self, id: Uuid, kind: OperationKind, amount: i64, fate: Fate) -> CallResult {
        let verdict = match fate {
            Fate::Decline => Known::Declined,
            _ => Known::Approved(amount),
        };
        if fate == Fate::Lost {
            return CallResult::Acquirer(AcquirerOutcome::Unknown);
        }
        let known = self.acquirer.entry(id).or_insert((kind, verdict)).1;
        if let Known::Approved(executed) = known {
            assert_eq!(executed, amount, "one operation with two amounts");
        }
        if fate == Fate::Twice && known != Known::Dead {
            let is_approval = known != Known::Declined;
            self.under_way.push(UnderWay::Again { id, is_approval });
        }
        CallResult::Acquirer(match (fate, known) {
            (Fate::AnswerLost, _) | (_, Known::Dead) => AcquirerOutcome::Unknown,
            (_, known) => told(known != Known::Declined),
        })
    }

    fn status(&mut self, id: Uuid, fate: Fate) -> AcquirerStatus {
        if matches!(fate, Fate::AnswerLost | Fate::Lost) {
            return AcquirerStatus::Unknown;
        }
        let running = &self.given.payment().running;
        let kind = running.get(&id).map_or(OperationKind::Authorise, |running| running.kind);
        match self.acquirer.entry(id).or_insert((kind, Known::Dead)).1 {
            Known::Approved(_) => AcquirerStatus::Approved { reference: "R".into() },
            Known::Declined => AcquirerStatus::Declined(super::given::decline()),
            Known::Dead => AcquirerStatus::NeverReceived,
        }
    }

    fn hold(&mut self, message: &OutMessage, fate: Fate) -> Result<(), Rejection> {
        let lost = || Err(Rejection::new(ErrorCode::Unavailable, "lost"));
        if fate == Fate::Lost {
            return lost();
        }
        let place: PlaceHold = decode(&message.payload).unwrap();
        assert!(place.amount.minor > 0);
        let free = self.available.posted - self.available.holds.values().sum::<i64>();
        let covered = free >= place.amount.minor && fate != Fate::Decline;
        let granted = match self.available.answered.get(&message.key) {
            Some(granted) => *granted,
            None => {
                self.available.answered.insert(message.key.clone(), covered);
                if covered {
                    self.available.holds.insert(place.hold, place.amount.minor);
                }
                covered
            }
        };
        match (fate, granted) {
            (Fate::AnswerLost, _) => lost(),
            (_, true) => Ok(()),
            (_, false) => Err(Rejection::new(ErrorCode::InsufficientFunds, "why")),
        }
    }

    /// Delivers the message at `position`, if there is one.
    pub(super) fn deliver(&mut self, position: usize) {
        if self.outbox.is_empty() {
            return;
        }
        let message = self.outbox.remove(position % self.outbox.len());
        match message.verb {
            "settle" => {
                let settle: SettleHold = decode(&message.payload).unwrap();
                let held = self.available.holds.remove(&settle.hold).expect("an open hold");
                assert!((1..=held).contains(&settle.amount.minor), "{settle:?} of {held}");
                let legs: i64 = settle.legs.iter().map(|leg| leg.amount).sum();
                assert_eq!(legs, -settle.amount.minor);
                self.available.posted -= settle.amount.minor;
            }
            "void" => {
                let void: VoidHold = decode(&message.payload).unwrap();
                self.available.holds.remove(&void.hold).expect("an open hold");
            }
            other => panic!("a message {other}"),
        }
        assert!(self.available.posted >= 0);
    }

    /// Moves the clock, and wakes the payment when its time has come.
    pub(super) fn pass(&mut self, by: Duration) {
        self.given.now = self.given.now.plus(by);
        if self.given.wake_at().is_some_and(|at| at <= self.given.now) {
            let effects = self.given.signal(Signal::Wake);
            self.take(effects);
        }
        self.check();
    }

    /// The process ends, with the calls under way; every second of them had arrived.
    pub(super) fn restart(&mut self, had_arrived: u64) {
        for (n, call) in std::mem::take(&mut self.under_way).into_iter().enumerate() {
            if had_arrived >> (n % 64) & 1 == 0 {
                continue;
            }
            match call {
                UnderWay::Execute { id, kind, amount } => {
                    self.execute(id, kind, amount, Fate::AnswerLost);
                }
                UnderWay::Hold { message, .. } => drop(self.hold(&message, Fate::AnswerLost)),
                UnderWay::Status { .. } | UnderWay::Again { .. } => {}
            }
        }
        let effects = self.given.signal(Signal::Restarted);
        self.take(effects);
        self.check();
    }

    /// Lets everything come to its end, and checks that nothing is left.
    pub(super) fn finish(mut self) {
        for _ in 0..2_000 {
            while !self.under_way.is_empty() {
                self.end(0, Fate::Approve);
            }
            while !self.outbox.is_empty() {
                self.deliver(0);
            }
            let Some(at) = self.given.wake_at() else { break };
            self.pass(at.since(self.given.now));
        }
        assert_eq!(self.given.wake_at(), None, "something never ends");
        assert_eq!(self.available.holds, BTreeMap::new());
        let Some(payment) = &self.given.state.payment else { return };
        assert!(payment.running.is_empty());
        assert!(self.begun.iter().all(|id| self.answered.contains(id)));
        assert_eq!((payment.pending, payment.reserves.len()), (0, 0));
        let approved = |kind: OperationKind| -> i64 {
            let found = |id: &Uuid| !self.given_up.contains(id);
            let known = self.acquirer.iter().filter(|(id, known)| known.0 == kind && found(id));
            known.map(|(_, (_, known))| if let Known::Approved(by) = known { *by } else { 0 }).sum()
        };
        let captured = approved(OperationKind::Purchase) + approved(OperationKind::Capture);
        assert_eq!(
            (payment.captured, payment.refunded),
            (captured, approved(OperationKind::Refund))
        );
        assert_eq!(payment.voided, approved(OperationKind::Void) > 0);
    }

    fn take(&mut self, effects: Effects<TransactionEvent>) {
        for group in &effects.groups {
            assert_eq!(group.legs.iter().map(|leg| leg.amount).sum::<i64>(), 0, "{group:?}");
            assert!(group.legs.iter().all(|leg| leg.amount != 0), "{group:?}");
            for leg in &group.legs {
                *self.books.entry(role(&leg.account)).or_default() -= leg.amount;
                if role(&leg.account) == "available" {
                    assert!(leg.amount < 0, "only its own account debits it");
                    self.available.posted -= leg.amount;
                }
            }
        }
        for call in effects.calls {
            let id = call.id;
            self.under_way.push(match call.target {
                CallTarget::Acquirer(request) => {
                    UnderWay::Execute { id, kind: request.kind, amount: request.amount.minor }
                }
                CallTarget::Status(_) => UnderWay::Status { id },
                CallTarget::Entity(message) => UnderWay::Hold { id, message },
                CallTarget::Delivery(_)
                | CallTarget::Replay(_)
                | CallTarget::Issuer(_)
                | CallTarget::IssuerStatus(_) => {
                    panic!("a payment delivers nothing, and asks no issuer")
                }
            });
        }
        for message in effects.messages {
            if message.verb == "settle" {
                let settle: SettleHold = decode(&message.payload).unwrap();
                *self.books.entry("available".into()).or_default() -= settle.amount.minor;
                for leg in settle.legs {
                    *self.books.entry(role(&leg.account)).or_default() -= leg.amount;
                }
            }
            self.outbox.push(message);
        }
        for event in &effects.events {
            if let TransactionEvent::OperationDeclined(declined) = event
                && declined.decline.reason == DeclineReason::Unresolved
            {
                self.given_up.insert(declined.operation);
            }
        }
        for (id, _) in effects.completions {
            assert!(self.answered.insert(id), "{id} is answered twice");
        }
        for notification in effects.notifications {
            self.notified += 1;
            assert_eq!(notification.sequence, self.notified);
        }
    }
}

fn told(is_approval: bool) -> AcquirerOutcome {
    match is_approval {
        true => AcquirerOutcome::Approved { reference: "R".into() },
        false => AcquirerOutcome::Declined(super::given::decline()),
    }
}

/// Also a world in which nothing else happens comes to its end.
#[test]
fn a_world_without_steps_is_finished() {
    let mut world = World::new(super::given::terms(), 0);
    world.authorise(100, true);
    world.command(refund(1).into());
    world.finish();
}
