//! What an entity must know of others before it decides.

use crate::ports::DeliveryRow;
use purser_subjects::{AccountId, MerchantId, Money, Rejection, merchant::MerchantStanding};
use uuid::Uuid;

/// A question to another entity, asked before the command reaches its receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Would this account take this credit?
    Credit(AccountId, Money),
    /// May this merchant do business, and on which terms?
    Standing(MerchantId),
    /// The same of a merchant whose customers bind cards: can its issuer be asked?
    Issuing(MerchantId),
    /// What became of this delivery?
    Delivery(Uuid),
}

/// The answers, as they were when the command arrived.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// One answer per [`Question::Credit`], in their order: how many minor units the account could take
    /// at present, or no limit.
    pub credits: Vec<Result<Option<i64>, Rejection>>,
    /// The answer to [`Question::Standing`] or [`Question::Issuing`].
    pub standing: Option<Result<MerchantStanding, Rejection>>,
    /// The answer to [`Question::Delivery`]; nothing when there is no such delivery.
    pub delivery: Option<Result<Option<DeliveryRow>, Rejection>>,
}
