//! How bad it gets in a run. Every seed draws its own mix: some runs are calm but for one kind of fault,
//! others have all of them.

use super::dice::Dice;

/// Chances per thousand, unless said otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// A message, or an answer to one, is lost.
    pub(crate) lost: u64,
    /// A message arrives twice.
    pub(crate) doubled: u64,
    /// A message takes long, and others overtake it.
    pub(crate) slow: u64,
    /// A call to the store fails before anything is done.
    pub(crate) store_before: u64,
    /// A call to the store is carried out, and its answer is lost.
    pub(crate) store_after: u64,
    /// A commit fails for its sender, and is carried out a little later.
    pub(crate) store_late: u64,
    /// The acquirer does not answer as it should.
    pub(crate) acquirer: u64,
    /// The issuer does not answer as it should.
    pub(crate) issuer: u64,
    /// A receiver refuses, hangs, or loses its own answer.
    pub(crate) receiver: u64,
    /// Nodes meet with an accident every so many milliseconds; zero: never.
    pub(crate) accidents_every_ms: u64,
    /// What accidents there are.
    pub(crate) accidents: Vec<Accident>,
}

/// What may happen to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accident {
    /// Killed at this moment.
    Crash,
    /// Killed after some more steps: between any two of them.
    CrashAtStep,
    /// Stops running for a while, and goes on as if nothing had been.
    Freeze,
    /// Cannot reach the bus for a while.
    CutFromBus,
    /// Cannot reach the store for a while.
    CutFromStore,
    /// Told to stop, and started again.
    Stop,
    /// Its clock jumps, back or ahead.
    ClockJump,
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) fn calm() -> Self {
        Self {
            lost: 0,
            doubled: 0,
            slow: 0,
            store_before: 0,
            store_after: 0,
            store_late: 0,
            acquirer: 0,
            issuer: 0,
            receiver: 0,
            accidents_every_ms: 0,
            accidents: Vec::new(),
        }
    }

    pub(crate) fn draw(dice: &Dice) -> Self {
        use Accident::{ClockJump, Crash, CrashAtStep, CutFromBus, CutFromStore, Freeze, Stop};
        let some = |most| if dice.chance(500) { dice.between(1, most) } else { 0 };
        let all = [Crash, CrashAtStep, Freeze, CutFromBus, CutFromStore, Stop, ClockJump];
        let accidents: Vec<_> = all.into_iter().filter(|_| dice.chance(500)).collect();
        let every = if accidents.is_empty() { 0 } else { dice.between(300, 8_000) };
        Self {
            lost: some(60),
            doubled: some(150),
            slow: some(200),
            store_before: some(40),
            store_after: some(40),
            store_late: some(30),
            acquirer: some(500),
            issuer: some(500),
            receiver: some(600),
            accidents_every_ms: every,
            accidents,
        }
    }
}
