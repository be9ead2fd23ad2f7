//! What is looked up of card bindings without asking their actors, which write it.

use purser_subjects::{BindingId, MerchantId, Timestamp, binding::TokenStatus};

/// A card binding in which a card was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingRow {
    /// Its id.
    pub binding: BindingId,
    /// Whose.
    pub merchant: MerchantId,
    /// The merchant's own name for its customer.
    pub customer: Option<String>,
    /// What may be done with the token; `None` while no card is bound.
    pub status: Option<TokenStatus>,
    /// Code of the bank.
    pub bank_code: Option<String>,
    /// Last four digits of the card.
    pub last4: String,
    /// What no two bindings hold at a time: a digest of merchant, customer and card. A batch in which a
    /// binding takes what another one holds is refused.
    pub claim: Option<String>,
    /// When its session was begun.
    pub created_at: Timestamp,
}

/// Which bindings a page shows, in the order of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingQuery {
    /// Whose.
    pub merchant: MerchantId,
    /// Of this customer; absent: of all.
    pub customer: Option<String>,
    /// Only what comes after this.
    pub after: Option<BindingId>,
    /// At most so many.
    pub limit: u32,
}

/// The number of a token's status in stored rows; 0 while there is none. Numbers are never reused.
pub const fn binding_status_number(status: Option<TokenStatus>) -> i16 {
    match status {
        None => 0,
        Some(TokenStatus::Active) => 1,
        Some(TokenStatus::Blocked) => 2,
        Some(TokenStatus::Disabled) => 3,
        Some(TokenStatus::Expired) => 4,
    }
}

/// The status with a stored number.
pub fn binding_status(number: i16) -> Option<Option<TokenStatus>> {
    let all = [
        None,
        Some(TokenStatus::Active),
        Some(TokenStatus::Blocked),
        Some(TokenStatus::Disabled),
        Some(TokenStatus::Expired),
    ];
    all.into_iter().find(|status| binding_status_number(*status) == number)
}
