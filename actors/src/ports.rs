//! What the core needs from outside, as traits. Nothing here names an engine, a broker or a dialect.

mod acquirer;
mod bus;
mod clock;
mod issuer;
mod messenger;
mod store;

pub use acquirer::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, Beneficiary, CardToCharge, Payout,
    StatusQuery,
};
pub use bus::{
    Bus, BusError, BusMessage, Commands, DurableCommand, Headers, Receipt, Responder, Subscription,
};
pub use clock::Clock;
pub use issuer::{CardIssuer, IssuerAnswer, IssuerQuery, IssuerRequest, IssuerSubject, IssuerTask};
pub use messenger::{
    Attempt, AttemptLog, AttemptOutcome, Delivery, DueDelivery, MailOutcome, Messenger,
};
pub use store::*;
