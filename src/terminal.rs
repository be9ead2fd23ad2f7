//! What the user of a verb gets to see: results, remarks, and why it failed.

mod failure;
mod output;

pub use failure::{Failure, chain};
pub use output::{print, say};
