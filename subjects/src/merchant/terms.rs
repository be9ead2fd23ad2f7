//! What was agreed with a merchant.

use super::AcquirerName;
use crate::Money;
use serde::{Deserialize, Serialize};

/// Fees, settlement and refund rules, and who moves the money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantTerms {
    /// What a captured payment costs the merchant.
    #[serde(default)]
    pub fees: FeeSchedule,
    /// When captured money becomes the merchant's.
    #[serde(default)]
    pub settlement: SettlementTerms,
    /// Whether a payment can be refunded in several parts; otherwise once.
    #[serde(default)]
    pub multiple_refunds: bool,
    /// Who moves a live merchant's card money, `nats:<connector>`; a sandbox merchant has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquirer: Option<AcquirerName>,
    /// Who issues the cards that a live merchant binds, `nats:<connector>`; a sandbox merchant has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<AcquirerName>,
}

/// The fee on what a payment has captured and not refunded.
///
/// `fee = clamp(fixed + amount * percent_bps / 10,000, min, max)`, at most the amount itself, and zero
/// for zero. The percentage is rounded half up to the minor unit. After a refund the fee is computed
/// afresh on what is left, and the difference given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// Hundredths of a percent, at most 10,000.
    #[serde(default)]
    pub percent_bps: u32,
    /// Fixed part; at most one amount per currency.
    #[serde(default)]
    pub fixed: Vec<Money>,
    /// Least fee; at most one amount per currency.
    #[serde(default)]
    pub min: Vec<Money>,
    /// Most fee; at most one amount per currency.
    #[serde(default)]
    pub max: Vec<Money>,
}

/// When captured money becomes available.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementTerms {
    /// Whole days (UTC) between the day of the capture and that of the settlement, at most 365; zero
    /// settles at once.
    #[serde(default)]
    pub delay_days: u16,
    /// Hour (UTC, 0 to 23) at which the day's settlements happen; unused with zero days.
    #[serde(default)]
    pub hour_utc: u8,
    /// Hundredths of a percent that go to the reserve first, at most 10,000; rounded down.
    #[serde(default)]
    pub reserve_bps: u32,
    /// Days from settlement until the reserve is released, at most 730.
    #[serde(default)]
    pub reserve_days: u16,
}
