//! The actors and the ledger, asked over the bus, on both engines.

mod accounts;
mod holds;
mod supervision;
