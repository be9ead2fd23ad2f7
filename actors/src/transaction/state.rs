//! What a payment remembers.

use purser_subjects::{
    BindingId, MerchantId, Money, Timestamp, TransactionId,
    merchant::{Environment, MerchantTerms},
    transaction::{
        CardSummary, Decline, NotifyTarget, OperationKind, OperationOutcome, OperationView,
        PaymentStatus, PaymentView, TransactionEvent,
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// An operation is looked after when its call, limited to 20 s, should long have ended. The same goes for
/// a status query, so that there is one at a time.
pub(super) const FIRST_CHECK: Duration = Duration::from_secs(30);

/// State of a payment; nothing until one is begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionState {
    /// The payment.
    pub payment: Option<Payment>,
}

/// A payment. Amounts are minor units of its currency.
///
/// Stored states decode for ever (`tests/states.rs`). A field that is added gets `#[serde(default)]`;
/// those that say what became of money have none, so that a damaged state is told and not taken for zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Whose payment.
    pub merchant: MerchantId,
    /// Whose money it is.
    pub environment: Environment,
    /// The merchant's own name for it.
    pub reference: String,
    /// How much was asked for.
    pub amount: Money,
    /// Whether it was to be captured with the authorisation.
    pub capture: bool,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// What the interface wants echoed.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// The binding whose card is charged, if it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
    /// The merchant's terms when it was begun.
    pub terms: MerchantTerms,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed as others see it.
    pub updated_at: Timestamp,
    /// Why the authorisation was declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline: Option<Decline>,
    /// The acquirer's reference of the authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquirer_reference: Option<String>,
    /// Authorised.
    pub authorised: i64,
    /// Whether the authorisation was given back.
    pub voided: bool,
    /// Captured so far.
    pub captured: i64,
    /// Refunded so far.
    pub refunded: i64,
    /// Number of refunds.
    #[serde(default)]
    pub refunds: u32,
    /// Fee charged so far: that on captured less refunded.
    pub fee: i64,
    /// What this payment has in the merchant's pending account.
    pub pending: i64,
    /// What this payment has in the merchant's reserve account, by the time at which it is released.
    pub reserves: BTreeMap<Timestamp, i64>,
    /// Whether anything was settled.
    pub settled: bool,
    /// When what is pending settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_at: Option<Timestamp>,
    /// Number of the last notification.
    #[serde(default)]
    pub notifications: u32,
    /// Number of the last notice to registered endpoints.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub notices: u32,
    /// Operations that have not ended.
    pub running: BTreeMap<Uuid, Operation>,
    /// How operations ended that had been told as open; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<OperationView>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An operation that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// How much.
    pub amount: i64,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Whether the merchant's available account pays for it.
    pub from_available: bool,
    /// What that account sets aside for it.
    #[serde(default)]
    pub set_aside: i64,
    /// How far it is.
    pub stage: Stage,
    /// Whether whoever asked for it was told that its outcome is open, and so has an answer.
    #[serde(default)]
    pub told: bool,
    /// When it is looked after next.
    pub next_check: Timestamp,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The account that must pay has not set the money aside yet.
    Funding,
    /// It was, or is about to be, sent to the acquirer.
    Sent,
}

impl Payment {
    /// Minor units of running operations of `kind`.
    pub fn running_amount(&self, kind: OperationKind) -> i64 {
        self.running.values().filter(|op| op.kind == kind).map(|op| op.amount).sum()
    }

    /// Whether an operation of `kind` is running.
    pub fn is_running(&self, kind: OperationKind) -> bool {
        self.running.values().any(|op| op.kind == kind)
    }

    /// Where the payment stands.
    pub fn status(&self) -> PaymentStatus {
        let authorising =
            self.is_running(OperationKind::Authorise) || self.is_running(OperationKind::Purchase);
        if authorising {
            PaymentStatus::Authorising
        } else if self.authorised == 0 {
            PaymentStatus::Declined
        } else if self.is_running(OperationKind::Void) {
            PaymentStatus::Voiding
        } else if self.voided {
            PaymentStatus::Voided
        } else if self.is_running(OperationKind::Capture) {
            PaymentStatus::Capturing
        } else if self.is_running(OperationKind::Refund) {
            PaymentStatus::Refunding
        } else if self.captured == 0 {
            PaymentStatus::Authorised
        } else if self.refunded == self.captured {
            PaymentStatus::Refunded
        } else if self.refunded > 0 {
            PaymentStatus::PartlyRefunded
        } else if self.settled && self.settle_at.is_none() {
            PaymentStatus::Settled
        } else {
            PaymentStatus::Captured
        }
    }

    /// The payment as others see it.
    pub fn view(&self, payment: TransactionId) -> PaymentView {
        PaymentView {
            payment,
            merchant: self.merchant.clone(),
            reference: self.reference.clone(),
            amount: self.amount,
            status: self.status(),
            capture: self.capture,
            captured: self.captured,
            refunded: self.refunded,
            decline: self.decline.clone(),
            card: self.card.clone(),
            details: self.details.clone(),
            notify: self.notify.clone(),
            binding: self.binding.clone(),
            acquirer_reference: self.acquirer_reference.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// A running operation as others see it once it has ended, or meanwhile, with `outcome`.
    pub fn operation_view(&self, id: Uuid, outcome: OperationOutcome) -> Option<OperationView> {
        let operation = self.running.get(&id)?;
        Some(OperationView {
            id,
            kind: operation.kind,
            amount: Money::new(operation.amount, self.amount.currency),
            outcome,
            begun_at: operation.begun_at,
        })
    }

    /// When the payment wants to be woken: running operations first; money moves on only without them.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let check = self.running.values().map(|operation| operation.next_check).min();
        let release = self.reserves.keys().next().copied();
        check.or_else(|| self.settle_at.into_iter().chain(release).min())
    }

    /// What of the reserve is to be released at `now`.
    pub fn releasable(&self, now: Timestamp) -> i64 {
        self.reserves.range(..=now).map(|(_, amount)| amount).sum()
    }
}

impl TransactionState {
    /// Makes the state one event older.
    pub fn apply(&mut self, event: &TransactionEvent) {
        if let TransactionEvent::PaymentBegun(begun) = event {
            self.payment = Some(Payment {
                merchant: begun.merchant.clone(),
                environment: begun.environment,
                reference: begun.reference.clone(),
                amount: begun.amount,
                capture: begun.capture,
                card: begun.card.clone(),
                details: begun.details.clone(),
                notify: begun.notify.clone(),
                binding: begun.binding.clone(),
                terms: begun.terms.clone(),
                created_at: begun.at,
                updated_at: begun.at,
                decline: None,
                acquirer_reference: None,
                authorised: 0,
                voided: false,
                captured: 0,
                refunded: 0,
                refunds: 0,
                fee: 0,
                pending: 0,
                reserves: BTreeMap::new(),
                settled: false,
                settle_at: None,
                notifications: 0,
                notices: 0,
                running: BTreeMap::new(),
                late: Vec::new(),
            });
        } else if let Some(payment) = &mut self.payment {
            payment.apply(event);
        }
    }
}

impl Payment {
    fn apply(&mut self, event: &TransactionEvent) {
        match event {
            TransactionEvent::PaymentBegun(_) => {}
            TransactionEvent::OperationBegun(begun) => {
                let stage = if begun.from_available { Stage::Funding } else { Stage::Sent };
                let operation = Operation {
                    kind: begun.kind,
                    amount: begun.amount,
                    begun_at: begun.at,
                    from_available: begun.from_available,
                    set_aside: begun.set_aside,
                    stage,
                    told: false,
                    next_check: begun.at.plus(FIRST_CHECK),
                };
                self.running.insert(begun.operation, operation);
                self.updated_at = begun.at;
            }
            TransactionEvent::OperationFunded(funded) => {
                if let Some(operation) = self.running.get_mut(&funded.operation) {
                    operation.stage = Stage::Sent;
                    operation.next_check = funded.at.plus(FIRST_CHECK);
                }
            }
            TransactionEvent::OperationUnknown(unknown) => {
                self.noticed(unknown.notice);
                if let Some(operation) = self.running.get_mut(&unknown.operation) {
                    operation.told |= unknown.told;
                    operation.next_check = unknown.next_check;
                }
            }
            TransactionEvent::OperationDeclined(declined) => {
                self.noticed(declined.notice);
                let outcome = OperationOutcome::Declined(declined.decline.clone());
                self.ended_late(declined.late, declined.operation, outcome);
                let operation = self.running.remove(&declined.operation);
                let kind = operation.map(|operation| operation.kind);
                if matches!(kind, Some(OperationKind::Authorise | OperationKind::Purchase)) {
                    self.decline = Some(declined.decline.clone());
                }
                self.updated_at = declined.at;
            }
            TransactionEvent::OperationApproved(approved) => {
                self.noticed(approved.notice);
                let outcome = OperationOutcome::Approved;
                self.ended_late(approved.late, approved.operation, outcome);
                if let Some(operation) = self.running.remove(&approved.operation) {
                    self.approve(&operation, approved.fee_change, &approved.acquirer_reference);
                }
                self.settle_at = approved.settle_at.or(self.settle_at);
                self.updated_at = approved.at;
            }
            TransactionEvent::PaymentSettled(settled) => {
                self.noticed(settled.notice);
                self.pending -= settled.available + settled.reserved;
                if let Some(at) = settled.release_at {
                    *self.reserves.entry(at).or_default() += settled.reserved;
                }
                self.settled = true;
                self.settle_at = None;
                self.updated_at = settled.at;
            }
            TransactionEvent::ReserveReleased(released) => {
                self.noticed(released.notice);
                self.reserves.retain(|at, _| *at > released.at);
            }
            TransactionEvent::NotificationQueued(queued) => self.notifications = queued.sequence,
        }
    }

    fn ended_late(&mut self, is_late: bool, id: Uuid, outcome: OperationOutcome) {
        if let Some(operation) = self.operation_view(id, outcome).filter(|_| is_late) {
            self.remember_late(operation);
        }
    }

    fn noticed(&mut self, notice: u32) {
        self.notices = self.notices.max(notice);
    }

    fn approve(&mut self, operation: &Operation, fee_change: i64, reference: &str) {
        let amount = operation.amount;
        match operation.kind {
            OperationKind::Authorise => self.authorised = amount,
            OperationKind::Purchase => {
                self.authorised = amount;
                self.captured = amount;
            }
            OperationKind::Capture => self.captured += amount,
            OperationKind::Void => self.voided = true,
            OperationKind::Refund => {
                self.refunded += amount;
                self.refunds += 1;
            }
        }
        match operation.kind {
            OperationKind::Authorise | OperationKind::Purchase => {
                self.acquirer_reference = Some(reference.to_owned());
            }
            OperationKind::Capture | OperationKind::Void | OperationKind::Refund => {}
        }
        match operation.kind {
            OperationKind::Purchase | OperationKind::Capture => self.pending += amount - fee_change,
            OperationKind::Refund if !operation.from_available => {
                self.pending -= amount + fee_change;
            }
            OperationKind::Authorise | OperationKind::Void | OperationKind::Refund => {}
        }
        self.fee += fee_change;
    }
}
