//! Bugs that are planted at a node's ports, to show that the simulation finds bugs of their kind.

/// What goes wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// A commit is acknowledged, and so everybody answered, a moment before it is stored.
    ReplyBeforeCommit,
    /// A commit is stored whoever has the slots by then.
    NoFence,
    /// Nobody looks whether a command with a key was answered before: a retry is a command of its own.
    ForgetAnswers,
    /// Nobody looks whether a card is claimed by another binding.
    ForgetClaims,
}
