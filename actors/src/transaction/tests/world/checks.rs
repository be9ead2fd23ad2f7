//! What must hold after every step.

use super::World;
use crate::{
    entity::Entity,
    ports::StoredEntity,
    transaction::{
        Payment, Transaction, TransactionState,
        tests::given::{eur, payment_id},
    },
};
use purser_subjects::transaction::OperationKind;

impl World {
    pub(super) fn check(&self) {
        let Some(payment) = &self.given.state.payment else { return };
        let running = |kind| payment.running_amount(kind);
        let within = |part: i64, whole: i64| (0..=whole).contains(&part);
        let capturing = payment.captured + running(OperationKind::Capture);
        assert!(within(capturing, payment.authorised), "{payment:?}");
        let refunding = payment.refunded + running(OperationKind::Refund);
        assert!(within(refunding, payment.captured), "{payment:?}");
        assert!(!payment.voided || payment.captured == 0);
        assert!(payment.pending >= 0 && payment.reserves.values().all(|reserve| *reserve > 0));
        self.check_books(payment);
        for id in &self.begun {
            let open = payment.running.get(id);
            let is_answered = open.is_none_or(|operation| operation.told);
            assert_eq!(self.answered.contains(id), is_answered, "{id}");
        }
        let has_business =
            !payment.running.is_empty() || payment.pending > 0 || !payment.reserves.is_empty();
        assert!(self.given.wake_at().is_some() || !has_business, "{payment:?}");
        self.check_replay();
    }

    fn check_books(&self, payment: &Payment) {
        let book = |role: &str| self.books.get(role).copied().unwrap_or(0);
        let left = payment.captured - payment.refunded;
        let reserved: i64 = payment.reserves.values().sum();
        assert_eq!(book("clearing"), -left, "{payment:?}");
        assert_eq!(book("pending"), payment.pending, "{payment:?}");
        assert_eq!(book("reserve"), reserved, "{payment:?}");
        assert_eq!(book("fees"), payment.fee, "{payment:?}");
        let fee = crate::ledger::fee(&payment.terms.fees, eur(left));
        assert_eq!(payment.fee, fee, "{payment:?}");
        assert_eq!(book("available"), left - fee - payment.pending - reserved, "{payment:?}");
    }

    /// The events alone give the same state, and so does what is stored of it.
    fn check_replay(&self) {
        let mut replayed = TransactionState::default();
        self.given.events.iter().for_each(|event| replayed.apply(event));
        let encoded = Transaction::encode(&self.given.state);
        assert_eq!(Transaction::encode(&replayed), encoded);
        let stored =
            StoredEntity { state: Some(encoded.clone().into()), ..StoredEntity::default() };
        let restored = Transaction::restore(&payment_id(), &stored).unwrap();
        assert_eq!(restored, self.given.state);
    }
}
