//! How the tests say what has happened to a payment before, and what happens then.

use crate::{
    entity::{
        Call, CallResult, CallTarget, Context, Decision, Effects, Entity, Facts, Reply, Signal,
    },
    ports::{AcquirerOutcome, AcquirerStatus, AnswerKey},
    transaction::{Payment, Transaction, TransactionState},
};
use purser_subjects::{
    AccountId, Answer, EntityId, ErrorCode, MerchantId, Money, Rejection, Sealed, Timestamp,
    TransactionId,
    merchant::{
        Environment, FeeSchedule, MerchantStanding, MerchantStatus, MerchantTerms, SettlementTerms,
    },
    transaction::{
        Authorise, Capture, CardSummary, Decline, DeclineReason, NotifyTarget, PaymentReply,
        Refund, TransactionCommand, TransactionEvent, Void,
    },
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// 2026-01-05T10:00:00Z.
pub(super) const START: Timestamp = Timestamp::from_millis(1_767_607_200_000);
pub(super) const DAY: Duration = Duration::from_secs(86_400);
pub(super) const REFERENCE: &str = "order-1";

pub(super) fn merchant() -> MerchantId {
    "10001".parse().unwrap()
}

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub(super) fn operation(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Fee 2.5 % and 10, settled the next day at 06:00 less a reserve of 10 % for two days.
pub(super) fn terms() -> MerchantTerms {
    MerchantTerms {
        fees: FeeSchedule { percent_bps: 250, fixed: vec![eur(10)], ..FeeSchedule::default() },
        settlement: SettlementTerms {
            delay_days: 1,
            hour_utc: 6,
            reserve_bps: 1_000,
            reserve_days: 2,
        },
        multiple_refunds: true,
        acquirer: None,
        issuer: None,
    }
}

/// A payment, and what has happened to it.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) state: TransactionState,
    pub(super) events: Vec<TransactionEvent>,
    pub(super) now: Timestamp,
    pub(super) standing: Result<MerchantStanding, Rejection>,
    messages: u128,
}

impl Given {
    pub(super) fn nothing() -> Self {
        Self::with(terms())
    }

    /// Nothing yet, and a merchant with these terms.
    pub(super) fn with(terms: MerchantTerms) -> Self {
        let (environment, status) = (Environment::Sandbox, MerchantStatus::Active);
        let standing = Ok(MerchantStanding { environment, status, terms });
        let (state, events) = (TransactionState::default(), Vec::new());
        Self { state, events, now: START, standing, messages: 0 }
    }

    /// Captured with its authorisation, which was operation 1.
    pub(super) fn purchased(self, amount: i64) -> Self {
        self.begun(1, authorise(amount, true)).approved(1)
    }

    /// Authorised by operation 1.
    pub(super) fn authorised(self, amount: i64) -> Self {
        self.begun(1, authorise(amount, false)).approved(1)
    }

    pub(super) fn begun(mut self, number: u128, command: impl Into<TransactionCommand>) -> Self {
        self.command(number, command).unwrap();
        self
    }

    pub(super) fn approved(mut self, number: u128) -> Self {
        self.ended(number, approval());
        self
    }

    /// The available account has set the money of an operation aside.
    pub(super) fn funded(mut self, number: u128) -> Self {
        self.ended(number, CallResult::Entity(Ok(())));
        self
    }

    pub(super) fn later(mut self, by: Duration) -> Self {
        self.now = self.now.plus(by);
        self
    }

    /// At the time of its wish, and woken.
    pub(super) fn woken(mut self) -> Self {
        self.now = self.wake_at().unwrap();
        self.signal(Signal::Wake);
        self
    }

    pub(super) fn payment(&self) -> &Payment {
        self.state.payment.as_ref().unwrap()
    }

    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        Transaction::wake_at(&self.state)
    }

    /// Decides, and applies what happened.
    pub(super) fn command(
        &mut self,
        number: u128,
        command: impl Into<TransactionCommand>,
    ) -> Result<Effects<TransactionEvent>, Rejection> {
        let context = self.context(operation(number));
        match Transaction::decide(&self.state, command.into(), &context)? {
            Decision::Do(effects) => Ok(self.apply(*effects)),
            Decision::Answer(answer) => {
                Ok(Effects { reply: Reply::Now(answer), ..Effects::default() })
            }
            other => panic!("a payment decides at once: {other:?}"),
        }
    }

    pub(super) fn refusal(
        &mut self,
        number: u128,
        command: impl Into<TransactionCommand>,
    ) -> ErrorCode {
        let before = self.state.clone();
        let refused = self.command(number, command).expect_err("a refusal");
        assert_eq!(self.state, before);
        refused.code
    }

    pub(super) fn signal(&mut self, signal: Signal) -> Effects<TransactionEvent> {
        let context = self.context(Uuid::nil());
        let effects = Transaction::on_signal(&self.state, signal, &context);
        self.apply(effects)
    }

    pub(super) fn ended(&mut self, number: u128, result: CallResult) -> Effects<TransactionEvent> {
        self.signal(Signal::CallDone { id: operation(number), result })
    }

    fn apply(&mut self, effects: Effects<TransactionEvent>) -> Effects<TransactionEvent> {
        effects.events.iter().for_each(|event| Transaction::apply(&mut self.state, event));
        self.events.extend(effects.events.iter().cloned());
        effects
    }

    fn context(&mut self, operation: Uuid) -> Context {
        self.messages += 100;
        Context {
            id: payment_id(),
            now: self.now,
            message: Uuid::from_u128((1 << 64) + self.messages),
            operation,
            facts: Facts { standing: Some(self.standing.clone()), ..Facts::default() },
            balance_is_fresh: false,
        }
    }
}

pub(super) fn payment_id() -> EntityId {
    TransactionId::derive(&merchant(), REFERENCE).entity_id().clone()
}

pub(super) fn authorise(amount: i64, capture: bool) -> Authorise {
    Authorise {
        merchant: merchant(),
        reference: REFERENCE.into(),
        amount: eur(amount),
        capture,
        card: CardSummary {
            brand: "VISA".into(),
            bin: "424242".into(),
            last4: "4242".into(),
            expiry_month: 12,
            expiry_year: 2030,
            holder: String::new(),
        },
        sealed_card: Sealed::from_ciphertext(vec![1]),
        details: BTreeMap::new(),
        notify: Some(NotifyTarget { url: "https://shop.example/cb".into(), format: "f".into() }),
        binding: None,
    }
}

pub(super) fn capture(amount: i64) -> Capture {
    Capture { merchant: merchant(), amount: Some(eur(amount)) }
}

pub(super) fn refund(amount: i64) -> Refund {
    Refund { merchant: merchant(), amount: Some(eur(amount)) }
}

pub(super) fn void() -> Void {
    Void { merchant: merchant(), amount: None }
}

pub(super) fn approval() -> CallResult {
    CallResult::Acquirer(AcquirerOutcome::Approved { reference: "R".into() })
}

pub(super) fn decline() -> Decline {
    Decline { reason: DeclineReason::DoNotHonour, code: "05".into(), message: "no".into() }
}

pub(super) fn refused_by_acquirer() -> CallResult {
    CallResult::Acquirer(AcquirerOutcome::Declined(decline()))
}

pub(super) fn unknown() -> CallResult {
    CallResult::Acquirer(AcquirerOutcome::Unknown)
}

pub(super) fn status(status: AcquirerStatus) -> CallResult {
    CallResult::Status(status)
}

/// The lines of all groups as `(role, amount)`, in order.
pub(super) fn lines(effects: &Effects<TransactionEvent>) -> Vec<(String, i64)> {
    let legs = effects.groups.iter().flat_map(|group| &group.legs);
    legs.map(|leg| (role(&leg.account), leg.amount)).collect()
}

/// The last part of a system account's id.
pub(super) fn role(account: &AccountId) -> String {
    account.as_str().rsplit('-').next().unwrap().to_owned()
}

/// The only answer among the effects.
pub(super) fn answer(effects: &Effects<TransactionEvent>) -> PaymentReply {
    let [(_, answer)] = &effects.completions[..] else {
        panic!("one answer: {:?}", effects.completions)
    };
    Answer::from_bytes(answer).unwrap().into_result().unwrap()
}

/// What kind of calls are made, for which operation.
pub(super) fn calls(effects: &Effects<TransactionEvent>) -> Vec<(&'static str, u128)> {
    let name = |call: &Call| match &call.target {
        CallTarget::Acquirer(_) => "acquirer",
        CallTarget::Status(_) => "status",
        CallTarget::Entity(message) => message.verb,
        CallTarget::Delivery(_) | CallTarget::Replay(_) => panic!("a payment delivers nothing"),
        CallTarget::Issuer(_) | CallTarget::IssuerStatus(_) => panic!("a payment asks no issuer"),
    };
    effects.calls.iter().map(|call| (name(call), call.id.as_u128())).collect()
}

/// Ids of operations that were begun with a key are of a form that names the answer.
#[test]
fn operations_of_the_tests_have_no_stored_answer() {
    assert_eq!(AnswerKey::of_operation(operation(1)), None);
}
