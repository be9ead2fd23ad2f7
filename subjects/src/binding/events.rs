//! What happens to a card binding. No event holds a card's number or code, a one-time code or a token
//! in clear.

mod charges;
mod session;
mod token;

pub use charges::*;
pub use session::*;
pub use token::*;
