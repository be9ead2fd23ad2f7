//! Changes of a merchant's terms: what is not named stays.

use purser_subjects::{
    Money,
    merchant::{AcquirerName, MerchantTerms},
};
use serde::{Deserialize, Serialize};

/// New values for some of a merchant's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TermsChange {
    /// Hundredths of a percent.
    pub fee_percent_bps: Option<u32>,
    /// All fixed fees, one per currency.
    pub fee_fixed: Option<Vec<Money>>,
    /// All least fees, one per currency.
    pub fee_min: Option<Vec<Money>>,
    /// All most fees, one per currency.
    pub fee_max: Option<Vec<Money>>,
    /// Days from capture to settlement.
    pub settlement_days: Option<u16>,
    /// Hour (UTC) of the settlement.
    pub settlement_hour: Option<u8>,
    /// Hundredths of a percent that go to the reserve.
    pub reserve_bps: Option<u32>,
    /// Days until the reserve is released.
    pub reserve_days: Option<u16>,
    /// Whether a payment can be refunded in several parts.
    pub multiple_refunds: Option<bool>,
    /// Who moves a live merchant's card money.
    pub acquirer: Option<AcquirerName>,
    /// Who issues the cards that a live merchant binds.
    pub issuer: Option<AcquirerName>,
}

impl TermsChange {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The terms with the changes.
    pub fn apply(self, mut terms: MerchantTerms) -> MerchantTerms {
        let MerchantTerms { fees, settlement, multiple_refunds, acquirer, issuer } = &mut terms;
        set(&mut fees.percent_bps, self.fee_percent_bps);
        set(&mut fees.fixed, self.fee_fixed);
        set(&mut fees.min, self.fee_min);
        set(&mut fees.max, self.fee_max);
        set(&mut settlement.delay_days, self.settlement_days);
        set(&mut settlement.hour_utc, self.settlement_hour);
        set(&mut settlement.reserve_bps, self.reserve_bps);
        set(&mut settlement.reserve_days, self.reserve_days);
        set(multiple_refunds, self.multiple_refunds);
        if self.acquirer.is_some() {
            *acquirer = self.acquirer;
        }
        if self.issuer.is_some() {
            *issuer = self.issuer;
        }
        terms
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_changes() {
        let change = TermsChange {
            fee_percent_bps: Some(290),
            settlement_days: Some(2),
            ..TermsChange::default()
        };
        let before = change.apply(MerchantTerms::default());
        let change = TermsChange { fee_percent_bps: Some(0), ..TermsChange::default() };
        let after = change.apply(before.clone());
        assert_eq!(after.fees.percent_bps, 0);
        assert_eq!(after.settlement, before.settlement);
    }
}
