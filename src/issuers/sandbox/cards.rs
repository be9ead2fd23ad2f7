//! Banks, test cards and one-time codes, as data: what the sandbox does and what its documentation says
//! is these tables.

use purser_subjects::{
    Timestamp,
    binding::{FailureReason, IssuerRules},
    transaction::CardSummary,
};
use time::{Date, Month, PrimitiveDateTime, Time};

/// A bank of the sandbox, with the rules of the real one for its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Bank {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Days without a charge after which a token expires; otherwise with the card.
    pub idle_days: Option<u16>,
    /// Whether each charge needs a one-time code.
    pub otp_to_charge: bool,
    /// Whether unbinding needs one.
    pub otp_to_unbind: bool,
}

impl Bank {
    /// What it wants of a binding of `card`.
    pub(super) fn rules(&self, card: &CardSummary) -> IssuerRules {
        IssuerRules {
            expires_at: if self.idle_days.is_none() { end_of(card) } else { None },
            idle_days: self.idle_days,
            otp_to_charge: self.otp_to_charge,
            otp_to_unbind: self.otp_to_unbind,
            otp_to_limit: self.otp_to_charge,
        }
    }
}

/// The moment in which the card's month of expiry ends, in UTC.
fn end_of(card: &CardSummary) -> Option<Timestamp> {
    let month = Month::try_from(card.expiry_month).ok()?;
    let year = i32::from(card.expiry_year) + i32::from(month == Month::December);
    let next = Date::from_calendar_date(year, month.next(), 1).ok()?;
    let end = PrimitiveDateTime::new(next, Time::MIDNIGHT).assume_utc();
    Some(Timestamp::from_millis(end.unix_timestamp() * 1_000))
}

/// Every bank that takes part. A session's bank code chooses one, else the card is of the bank that the
/// table of cards says.
pub const BANKS: [Bank; 4] = [
    Bank { code: "002", name: "BRI", idle_days: None, otp_to_charge: false, otp_to_unbind: false },
    Bank {
        code: "008",
        name: "Mandiri",
        idle_days: Some(90),
        otp_to_charge: true,
        otp_to_unbind: false,
    },
    Bank { code: "009", name: "BNI", idle_days: None, otp_to_charge: false, otp_to_unbind: true },
    Bank {
        code: "011",
        name: "Danamon",
        idle_days: Some(365),
        otp_to_charge: true,
        otp_to_unbind: true,
    },
];

/// How an operation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The answer comes at once.
    Answered,
    /// The answer comes after 2 s.
    Late,
    /// The answer never comes; a question finds it 5 s after sending.
    Lost,
    /// Neither request nor answer arrive; a question knows it 5 s after sending.
    NeverReceived,
}

/// A card of the sandbox as its issuer sees it.
#[derive(Clone, Copy, Debug)]
pub struct IssuedCard {
    /// Its number; not a secret.
    pub number: &'static str,
    /// Code of its bank.
    pub bank: &'static str,
    /// Why it cannot be bound, with the issuer's code and words.
    pub refusal: Option<(FailureReason, &'static str, &'static str)>,
    /// Whether its holder gets a one-time code; otherwise it is bound at once.
    pub needs_otp: bool,
    /// How the question about it goes.
    pub enrolment: Course,
    /// What a tester should expect.
    pub description: &'static str,
}

const fn card(number: &'static str, bank: &'static str, description: &'static str) -> IssuedCard {
    let (refusal, needs_otp, enrolment) = (None, true, Course::Answered);
    IssuedCard { number, bank, refusal, needs_otp, enrolment, description }
}

impl IssuedCard {
    const fn refuses(self, reason: FailureReason, code: &'static str, text: &'static str) -> Self {
        Self { refusal: Some((reason, code, text)), ..self }
    }

    const fn course(self, enrolment: Course) -> Self {
        Self { enrolment, ..self }
    }
}

/// Every card that the sandbox issues; all are test cards of its acquirer too, which says how charges go.
pub const ISSUED_CARDS: &[IssuedCard] = &[
    card("4242424242424242", "002", "Bound with a one-time code"),
    card("4111111111111111", "008", "Bound; each charge needs a one-time code"),
    card("5105105105105100", "009", "Bound; unbinding needs a one-time code"),
    card("4444333322221111", "011", "Bound; charges and unbinding need a one-time code"),
    IssuedCard {
        needs_otp: false,
        ..card("4000000000000051", "002", "Bound at once, without a one-time code")
    },
    card("4000000000000002", "002", "Bound; charges are declined, 05"),
    card("4000000000009995", "002", "Bound; charges are declined, 51 insufficient funds"),
    card("4100000000000019", "002", "Bound; charges are declined, 59 suspected fraud"),
    card("4000002760003184", "002", "Bound; charges are declined, 1A: 3-D Secure is asked for"),
    card("4000000000006009", "002", "Bound; refunds are declined, 05"),
    card("4000000000006025", "002", "Bound; refunds get no answer, found approved later"),
    card("4000000000000069", "002", "Refused: the card has expired").refuses(
        FailureReason::CardExpired,
        "54",
        "Expired card",
    ),
    card("4000000000000127", "002", "Refused: the security code is wrong").refuses(
        FailureReason::CardRefused,
        "N7",
        "Wrong security code",
    ),
    card("4000000000000119", "002", "Refused: the bank has blocked the card").refuses(
        FailureReason::CardBlocked,
        "62",
        "Restricted card",
    ),
    card("4000000000003220", "002", "Refused: the bank does not offer it").refuses(
        FailureReason::NotSupported,
        "57",
        "Not offered for this card",
    ),
    card("5555555555554444", "014", "Refused: its bank does not take part"),
    card("4000000000005001", "002", "No answer; found 5 s later: a one-time code was sent")
        .course(Course::Lost),
    card("4000000000005027", "002", "No answer; found 5 s later never received; enter it again")
        .course(Course::NeverReceived),
    card("4000000000005035", "002", "Bound; the one-time code comes after 2 s")
        .course(Course::Late),
];

/// A one-time code of the sandbox.
#[derive(Clone, Copy, Debug)]
pub struct OneTimeCode {
    /// The code; empty: any other.
    pub code: &'static str,
    /// Why it is not right, with the issuer's words.
    pub refusal: Option<(FailureReason, &'static str)>,
    /// How the question about it goes.
    pub course: Course,
    /// What a tester should expect.
    pub description: &'static str,
}

/// What one-time codes come to, in sessions and for charges, limits and unbinding alike. The last is any
/// other code.
pub const ONE_TIME_CODES: [OneTimeCode; 5] = [
    OneTimeCode { code: "123456", refusal: None, course: Course::Answered, description: "Right" },
    OneTimeCode {
        code: "111111",
        refusal: Some((FailureReason::OtpExpired, "The one-time code came too late")),
        course: Course::Answered,
        description: "Too late: ask for another",
    },
    OneTimeCode {
        code: "222222",
        refusal: None,
        course: Course::Lost,
        description: "No answer; found right 5 s later",
    },
    OneTimeCode {
        code: "333333",
        refusal: None,
        course: Course::NeverReceived,
        description: "No answer; found never received 5 s later: give it again",
    },
    OneTimeCode {
        code: "",
        refusal: Some((FailureReason::WrongOtp, "The one-time code is wrong")),
        course: Course::Answered,
        description: "Wrong; the third time it is blocked",
    },
];

/// The card with these first six and last four digits.
pub(super) fn find(bin: &str, last4: &str) -> Option<&'static IssuedCard> {
    let same =
        |card: &&IssuedCard| card.number.get(..6) == Some(bin) && card.number.ends_with(last4);
    ISSUED_CARDS.iter().find(same).filter(|_| last4.len() == 4)
}

/// The bank whose rules hold: that of the session, or else the card's own.
pub(super) fn bank_of(card: &IssuedCard, code: Option<&str>) -> Option<&'static Bank> {
    let code = code.unwrap_or(card.bank);
    BANKS.iter().find(|bank| bank.code == code)
}

/// What this one-time code comes to.
pub(super) fn code(otp: &str) -> &'static OneTimeCode {
    let [known @ .., other] = &ONE_TIME_CODES;
    known.iter().find(|code| code.code == otp).unwrap_or(other)
}

/// Cards, one-time codes and banks as text for people, one per line.
pub fn issuer_table() -> String {
    let mut table =
        format!("{:<16}  {:<4}  {}\n", "Number", "Bank", "What happens when it is bound");
    for IssuedCard { number, bank, description, .. } in ISSUED_CARDS {
        table += &format!("{number:<16}  {bank:<4}  {description}\n");
    }
    table += "Any other number is refused, 14 invalid card number.\n\n";
    table += &format!("{:<9}  {}\n", "OTP", "What it comes to");
    for OneTimeCode { code, description, .. } in ONE_TIME_CODES {
        let code = if code.is_empty() { "any other" } else { code };
        table += &format!("{code:<9}  {description}\n");
    }
    table += &format!("\n{:<4}  {:<7}  {:<22}  {}\n", "Bank", "Name", "A token expires", "OTP to");
    for bank in BANKS {
        let life = match bank.idle_days {
            Some(days) => format!("{days} days without charge"),
            None => "with the card".to_owned(),
        };
        let charge = bank.otp_to_charge.then_some("charge");
        let unbind = bank.otp_to_unbind.then_some("unbind");
        let needs: Vec<_> = charge.into_iter().chain(unbind).collect();
        let line = format!("{:<4}  {:<7}  {life:<22}  {}", bank.code, bank.name, needs.join(", "));
        table += line.trim_end();
        table.push('\n');
    }
    table += "Cards of other banks are refused. A session's bank code chooses the bank.\n";
    table
}
