//! The test cards, as data: what the sandbox does and what its documentation says is this table.

use purser_subjects::transaction::{Decline, DeclineReason};

/// A card of the sandbox. Any expiry in the future and any security code go with it.
#[derive(Clone, Copy, Debug)]
pub struct TestCard {
    /// Its number; not a secret.
    pub number: &'static str,
    /// Its brand.
    pub brand: &'static str,
    /// How authorisations and purchases go.
    pub authorise: Course,
    /// How captures go.
    pub capture: Course,
    /// How refunds go. Voids are always approved.
    pub refund: Course,
    /// What a tester should expect.
    pub description: &'static str,
}

/// How an operation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The answer comes at once.
    Answered(Verdict),
    /// The answer comes after [`super::LATE_AFTER`], within the time limit.
    Late(Verdict),
    /// The answer never comes; a status query finds it [`super::FOUND_AFTER`] after sending.
    Lost(Verdict),
    /// Neither request nor answer arrive; a status query knows it [`super::FOUND_AFTER`] after sending.
    NeverReceived,
}

/// What an operation comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes effect.
    Approved,
    /// It has no effect.
    Declined(Refusal),
}

/// A decline as the issuer words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: DeclineReason,
    /// The response code (ISO 8583 field 39, or the networks' extension of it).
    pub code: &'static str,
    /// In words.
    pub message: &'static str,
}

impl From<Refusal> for Decline {
    fn from(refusal: Refusal) -> Self {
        let Refusal { reason, code, message } = refusal;
        Self { reason, code: code.to_owned(), message: message.to_owned() }
    }
}

const fn refusal(reason: DeclineReason, code: &'static str, message: &'static str) -> Refusal {
    Refusal { reason, code, message }
}

const APPROVED: Course = Course::Answered(Verdict::Approved);
const DO_NOT_HONOUR: Refusal = refusal(DeclineReason::DoNotHonour, "05", "Do not honour");

pub(super) const NOT_LIVE: Refusal =
    refusal(DeclineReason::NotSupported, "57", "The sandbox does not move live money");
pub(super) const NOT_OPENED: Refusal =
    refusal(DeclineReason::ProcessingError, "96", "The card data did not arrive");
const NO_TEST_CARD: Refusal =
    refusal(DeclineReason::DoNotHonour, "14", "Invalid card number: not a test card");

impl TestCard {
    const fn approves(number: &'static str, brand: &'static str) -> Self {
        Self {
            number,
            brand,
            authorise: APPROVED,
            capture: APPROVED,
            refund: APPROVED,
            description: "Approved",
        }
    }

    /// A Visa card on which everything not said otherwise is approved.
    const fn visa(number: &'static str, description: &'static str) -> Self {
        Self { description, ..Self::approves(number, "VISA") }
    }

    const fn authorise(self, authorise: Course) -> Self {
        Self { authorise, ..self }
    }

    const fn declines(self, reason: DeclineReason, code: &'static str, text: &'static str) -> Self {
        self.authorise(Course::Answered(Verdict::Declined(refusal(reason, code, text))))
    }

    const fn capture(self, capture: Course) -> Self {
        Self { capture, ..self }
    }

    const fn refund(self, refund: Course) -> Self {
        Self { refund, ..self }
    }
}

/// Every test card. All other numbers are declined with code 14 (`DoNotHonour`).
pub const TEST_CARDS: &[TestCard] = &[
    TestCard::approves("4242424242424242", "VISA"),
    TestCard::approves("4111111111111111", "VISA"),
    TestCard::approves("4444333322221111", "VISA"),
    TestCard::approves("4000000000000051", "VISA"),
    TestCard::approves("4111110000000021", "VISA"),
    TestCard::approves("5105105105105100", "MC"),
    TestCard::approves("5555555555554444", "MC"),
    TestCard::approves("378282246310005", "AMEX"),
    TestCard::approves("3530111333300000", "JCB"),
    TestCard::visa("4000000000000002", "Declined, 05 do not honour")
        .authorise(Course::Answered(Verdict::Declined(DO_NOT_HONOUR))),
    TestCard::visa("4000000000009995", "Declined, 51 insufficient funds").declines(
        DeclineReason::InsufficientFunds,
        "51",
        "Insufficient funds",
    ),
    TestCard::visa("4100000000000019", "Declined, 59 suspected fraud").declines(
        DeclineReason::SuspectedFraud,
        "59",
        "Suspected fraud",
    ),
    TestCard::visa("4000000000000069", "Declined, 54 expired card").declines(
        DeclineReason::ExpiredCard,
        "54",
        "Expired card",
    ),
    TestCard::visa("4000000000000127", "Declined, N7 wrong security code").declines(
        DeclineReason::WrongSecurityCode,
        "N7",
        "Wrong security code",
    ),
    TestCard::visa("4000000000000119", "Declined, 96 processing error").declines(
        DeclineReason::ProcessingError,
        "96",
        "Processing error",
    ),
    TestCard::visa("4000000000003220", "Declined, 1A: the issuer asks for 3-D Secure").declines(
        DeclineReason::ThreeDSecureRequired,
        "1A",
        "The issuer asks for 3-D Secure, which is not offered yet",
    ),
    TestCard::visa("4000002760003184", "Declined, 1A: the issuer asks for 3-D Secure").declines(
        DeclineReason::ThreeDSecureRequired,
        "1A",
        "The issuer asks for 3-D Secure, which is not offered yet",
    ),
    TestCard::visa("4000000000005001", "No answer; found approved 5 s after sending")
        .authorise(Course::Lost(Verdict::Approved)),
    TestCard::visa("4000000000005019", "No answer; found declined (05) 5 s after sending")
        .authorise(Course::Lost(Verdict::Declined(DO_NOT_HONOUR))),
    TestCard::visa("4000000000005027", "No answer; found never received 5 s after sending")
        .authorise(Course::NeverReceived),
    TestCard::visa("4000000000005035", "Approved after 2 s")
        .authorise(Course::Late(Verdict::Approved)),
    TestCard::visa("4000000000006009", "Approved; refunds are declined, 05")
        .refund(Course::Answered(Verdict::Declined(DO_NOT_HONOUR))),
    TestCard::visa("4000000000006017", "Approved; captures are declined, 05")
        .capture(Course::Answered(Verdict::Declined(DO_NOT_HONOUR))),
    TestCard::visa("4000000000006025", "Approved; refunds get no answer, found approved later")
        .refund(Course::Lost(Verdict::Approved)),
];

/// The test card with these first six and last four digits. The digits between are not looked at: a
/// status query does not know them, and must come to the same as the operation.
pub(super) fn find(bin: &str, last4: &str) -> Option<&'static TestCard> {
    let same = |card: &&TestCard| card.number.get(..6) == Some(bin) && card.number.ends_with(last4);
    TEST_CARDS.iter().find(same).filter(|_| last4.len() == 4)
}

pub(super) const fn no_test_card() -> Course {
    Course::Answered(Verdict::Declined(NO_TEST_CARD))
}

/// The test cards as text for people, one per line.
pub fn test_cards_table() -> String {
    let mut table = format!("{:<16}  {:<5}  {}\n", "Number", "Brand", "What happens");
    for TestCard { number, brand, description, .. } in TEST_CARDS {
        table += &format!("{number:<16}  {brand:<5}  {description}\n");
    }
    table += "Any other number is declined, 14 invalid card number.\n";
    table
}
