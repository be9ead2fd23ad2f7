//! Notification endpoints: attempts, and what follows from how they end.

mod actor;
mod decide;
mod schedule;
mod state;

pub use actor::Callback;
pub use schedule::{InvalidSchedule, RetrySchedule};
pub use state::CallbackState;

#[cfg(test)]
mod tests;
