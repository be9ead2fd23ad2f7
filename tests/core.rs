//! The actors and the ledger, asked over the bus, on both engines.

mod accounts;
mod binding_kills;
mod bindings;
mod callbacks;
mod commands;
mod connectors;
mod fees;
mod holds;
mod issuers;
mod lost_slots;
mod outages;
mod payments;
mod refunds;
mod restarts;
mod settlement;
mod supervision;
mod unknown;
