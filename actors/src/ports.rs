//! What the core needs from outside, as traits. Nothing here names an engine, a broker or a dialect.

mod acquirer;
mod bus;
mod clock;
mod messenger;
mod store;

pub use acquirer::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, CardToCharge, StatusQuery,
};
pub use bus::{Bus, BusError, BusMessage, Responder, Subscription};
pub use clock::Clock;
pub use messenger::{AttemptOutcome, Delivery, Messenger};
pub use store::*;
