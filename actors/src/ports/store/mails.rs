//! E-mails to people: rows that are written with what caused them, and sent by the node that has their
//! slot. Beside the journal: nothing depends on what became of one.

use super::Slot;
use purser_subjects::{MerchantId, Timestamp};
use uuid::Uuid;

/// An e-mail to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Its id, the same whenever it is sent.
    pub id: Uuid,
    /// When it was caused.
    pub at: Timestamp,
    /// Whose merchant it is about.
    pub merchant: MerchantId,
    /// To whom.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// A new e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailWrite {
    /// The slot of the entity that caused it.
    pub slot: Slot,
    /// The e-mail.
    pub mail: MailRow,
}

/// What became of an e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailState {
    /// Waits to be sent.
    #[default]
    Waiting,
    /// The mail server has it.
    Sent,
    /// It will not be sent any more.
    GivenUp,
    /// It is kept to be looked at and not sent, since its merchant is one of the sandbox.
    Kept,
}

impl MailState {
    /// Number in rows; never reused.
    pub const fn number(self) -> i16 {
        match self {
            Self::Waiting => 0,
            Self::Sent => 1,
            Self::GivenUp => 2,
            Self::Kept => 3,
        }
    }

    /// The state of a number.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::GivenUp, Self::Kept]
            .into_iter()
            .find(|state| state.number() == number)
    }
}

/// An e-mail with what became of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMail {
    /// The e-mail.
    pub mail: MailRow,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
}

/// What became of a try to send an e-mail. Counts only for one that waits and was tried once less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailUpdate {
    /// Id of the e-mail.
    pub id: Uuid,
    /// Where it stands now.
    pub state: MailState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due_at: Timestamp,
    /// What went wrong.
    pub error: Option<String>,
}
