//! Operations whose outcome came after whoever asked had been told that it is open. The answer to the
//! command stays what it was, so this is where the outcome can be asked for.

use super::state::Payment;
use purser_subjects::{
    ErrorCode, Rejection,
    transaction::{InquireOperation, OperationOutcome, OperationView},
};

/// Late outcomes of one payment that are remembered; they are part of its state.
const REMEMBERED: usize = 32;

impl Payment {
    /// Remembers how an operation ended that was told as open before.
    pub(super) fn remember_late(&mut self, operation: OperationView) {
        if self.late.len() >= REMEMBERED {
            self.late.remove(0);
        }
        self.late.push(operation);
    }
}

/// The operation as it stands, if it is one that was told as open.
pub(super) fn operation(
    payment: &Payment,
    inquire: &InquireOperation,
) -> Result<OperationView, Rejection> {
    let running = payment.operation_view(inquire.operation, OperationOutcome::Pending);
    let ended = || payment.late.iter().find(|late| late.id == inquire.operation).cloned();
    let missing = || Rejection::new(ErrorCode::NotFound, "no such operation was told as open");
    running.or_else(ended).ok_or_else(missing)
}
