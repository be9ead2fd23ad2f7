//! Card bindings: the session in which a customer enters a card and a one-time code, and the token that
//! stands for the card afterwards.

mod actor;
mod answers;
mod challenges;
mod charges;
mod checks;
mod codes;
mod happening;
mod limits;
mod requests;
mod session;
mod state;
mod token;
mod wake;

pub use actor::Binding;
pub use state::{
    Asking, BindingState, CardBinding, Challenge, Charge, Enrolment, Running, SentOtp, Token,
};

#[cfg(test)]
mod tests;
