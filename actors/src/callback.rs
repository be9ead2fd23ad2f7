//! Notification endpoints: what merchants ask of them, attempts, and what follows from how they end.

mod actor;
mod attempts;
mod breaker;
mod bucket;
mod checks;
mod commands;
mod ends;
mod quota;
mod replay;
mod schedule;
mod state;

pub use actor::Callback;
pub use breaker::{Breaker, Open};
pub(crate) use bucket::Bucket;
pub use quota::{MAX_ENDPOINTS, registering, surplus};
pub use schedule::{InvalidSchedule, RetrySchedule};
pub use state::{CallbackState, Disabled, Endpoint, Replay, Secret};

#[cfg(test)]
mod tests;
