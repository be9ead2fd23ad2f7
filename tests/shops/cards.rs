//! The sandbox's cards, as its documentation describes them: what each operation must come to.

/// A card, and what its operations come to in the end.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) number: &'static str,
    /// How often it is drawn, relative to the others.
    pub(crate) weight: u32,
    pub(crate) pays: Outcome,
    pub(crate) captures: bool,
    pub(crate) refunds: Outcome,
}

/// What an operation comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) approved: bool,
    /// Whether the answer may say that it is not known yet.
    pub(crate) may_be_pending: bool,
}

const YES: Outcome = Outcome { approved: true, may_be_pending: false };
const NO: Outcome = Outcome { approved: false, may_be_pending: false };
const LATER_YES: Outcome = Outcome { approved: true, may_be_pending: true };
const LATER_NO: Outcome = Outcome { approved: false, may_be_pending: true };

const fn card(number: &'static str, weight: u32, pays: Outcome) -> Card {
    Card { number, weight, pays, captures: true, refunds: YES }
}

pub(crate) const CARDS: &[Card] = &[
    card("4242424242424242", 40, YES),
    card("5105105105105100", 12, YES),
    card("4000000000000002", 5, NO),
    card("4000000000009995", 5, NO),
    card("4000000000005001", 4, LATER_YES),
    card("4000000000005019", 3, LATER_NO),
    card("4000000000005027", 3, LATER_NO),
    // Its answer takes 2 s: a status query after a restart may come before.
    card("4000000000005035", 4, LATER_YES),
    Card { refunds: NO, ..card("4000000000006009", 4, YES) },
    Card { captures: false, ..card("4000000000006017", 4, YES) },
    Card { refunds: LATER_YES, ..card("4000000000006025", 4, YES) },
];
