//! The actors and the ledger, asked over the bus, on both engines.

mod accounts;
mod callbacks;
mod fees;
mod holds;
mod payments;
mod refunds;
mod restarts;
mod settlement;
mod supervision;
mod unknown;
