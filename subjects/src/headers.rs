//! Names of the headers that messages carry on a broker, beside their bytes.

/// Why a command was buried, a sentence for people.
pub const REASON: &str = "Purser-Reason";
/// Why a command was buried, an error code for programs.
pub const CODE: &str = "Purser-Code";
/// How often a buried command had been delivered.
pub const ATTEMPT: &str = "Purser-Attempt";
/// On an answer that comes from the way and not from the entity: `overloaded` when the receiver's queue
/// was full and nothing was done, `unanswered` when the receiver dropped the request. On a message
/// without bytes `last`: a node ends a subscription; it is of no use to others.
pub const STATUS: &str = "Purser-Status";
