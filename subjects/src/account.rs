//! Ledger accounts: commands, queries, replies and events.

mod chart;
mod commands;
mod events;
mod views;

pub use chart::{AccountTerms, Role, Side, SystemAccount};
pub use commands::*;
pub use events::*;
pub use views::*;

use crate::Answer;

verbs! {
    /// Everything an account can be asked.
    AccountCommand of Account {
        /// Opens the account.
        "open" => OpenAccount -> AccountView,
        /// Moves money from this account to another one.
        "transfer" => Transfer -> Transferred,
        /// Several transfers from this account, each with its own outcome, in order.
        "transfer-batch" => TransferBatch -> TransferBatchResult,
        /// Sets money aside.
        "hold" => PlaceHold -> HoldView,
        /// Posts held money, whole or in part.
        "settle" => SettleHold -> HoldView,
        /// Gives held money back.
        "void" => VoidHold -> HoldView,
        /// Stops debits, new holds and credits.
        "freeze" => Freeze -> AccountView,
        /// Ends a freeze.
        "unfreeze" => Unfreeze -> AccountView,
        /// Closes an empty account for good.
        "close" => Close -> AccountView,
        /// Changes floor and ceiling.
        "set-limits" => SetLimits -> AccountView,
        /// Asks whether a credit would be accepted.
        "credit-check" => CreditCheck -> CreditAccepted,
        /// The balance, now or at a past time.
        "balance" => ReadBalance -> BalanceView,
        /// The postings of a span of time.
        "statement" => ReadStatement -> Statement,
    }
}

events! {
    /// Everything that happens to an account.
    AccountEvent {
        /// The account was opened.
        "opened" => Opened,
        /// Money left by a transfer.
        "transferred" => TransferBooked,
        /// Money was set aside.
        "hold-placed" => HoldPlaced,
        /// Held money was posted.
        "hold-settled" => HoldSettled,
        /// Held money was given back.
        "hold-voided" => HoldVoided,
        /// The account was frozen, unfrozen or closed.
        "status-changed" => StatusChanged,
        /// Floor or ceiling changed.
        "limits-set" => LimitsSet,
    }
}

/// The outcomes of a [`TransferBatch`], in its order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TransferBatchResult {
    /// One outcome per transfer.
    pub results: Vec<Answer<Transferred>>,
}
