//! The chart of accounts: which accounts exist without being opened, and their terms.

use crate::{AccountId, Currency, EntityId, MerchantId};
use serde::{Deserialize, Serialize};

/// On which side an account's balance normally stands. Posted amounts are shown positive there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Assets and expenses: what others owe.
    Debit,
    /// Liabilities and income: what is owed to others, such as customers' money.
    Credit,
}

impl Side {
    /// A balance given as credits less debits, turned positive on this side.
    pub const fn normal(self, credits_less_debits: i64) -> i64 {
        match self {
            Self::Debit => credits_less_debits.saturating_neg(),
            Self::Credit => credits_less_debits,
        }
    }
}

/// What is fixed about an account when it is opened, and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTerms {
    /// Currency of every posting.
    pub currency: Currency,
    /// Normal side.
    pub side: Side,
    /// Least that posted minus held may be, in minor units (negative: an overdraft). An account with a
    /// floor is guarded: only its own actor debits it. Without one, any transaction may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// Most that may be posted, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<i64>,
}

/// What one of a merchant's own system accounts is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What the acquirer owes for this merchant's captures.
    Clearing,
    /// Captured, less fees, and not settled yet. Unguarded: every payment takes out no more than it put in.
    Pending,
    /// Settled; the merchant's own money. Guarded with floor zero.
    Available,
    /// Fees earned from this merchant.
    Fees,
    /// Withheld at settlement and released later.
    Reserve,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] =
        [Self::Clearing, Self::Pending, Self::Available, Self::Fees, Self::Reserve];

    /// The last part of the account's id.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Fees => "fees",
            Self::Reserve => "reserve",
        }
    }

    const fn side(self) -> Side {
        match self {
            Self::Clearing => Side::Debit,
            Self::Pending | Self::Available | Self::Fees | Self::Reserve => Side::Credit,
        }
    }

    const fn floor(self) -> Option<i64> {
        match self {
            Self::Available => Some(0),
            Self::Clearing | Self::Pending | Self::Fees | Self::Reserve => None,
        }
    }
}

/// An account that every merchant has in every currency, from its first posting on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemAccount {
    /// Whose account.
    pub merchant: MerchantId,
    /// In which currency.
    pub currency: Currency,
    /// What for.
    pub role: Role,
}

impl SystemAccount {
    /// The account's id, `<merchant>-<currency>-<role>`.
    ///
    /// # Panics
    /// When the merchant's id is longer than 50 characters, which no created merchant's is.
    pub fn id(&self) -> AccountId {
        let text = format!("{}-{}-{}", self.merchant, self.currency, self.role.token());
        let id: EntityId = text.parse().expect("a merchant's id leaves room for currency and role");
        id.into()
    }

    /// The system account that `id` names, if it names one.
    pub fn parse(id: &AccountId) -> Option<Self> {
        let mut parts = id.as_str().rsplitn(3, '-');
        let (role, currency, merchant) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            role: Role::ALL.into_iter().find(|r| r.token() == role)?,
            currency: currency.parse().ok()?,
            merchant: merchant.parse().ok()?,
        })
    }

    /// The terms that the account has before its limits are changed.
    pub fn terms(&self) -> AccountTerms {
        AccountTerms {
            currency: self.currency,
            side: self.role.side(),
            floor: self.role.floor(),
            ceiling: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// System accounts are opened by no event: their ids and terms are derived anew each time, so a change
    /// here would change books that were written before.
    #[test]
    fn the_chart_never_changes() {
        let chart = Role::ALL.map(|role| {
            let merchant = "10001".parse().unwrap();
            let account = SystemAccount { merchant, currency: "EUR".parse().unwrap(), role };
            let AccountTerms { side, floor, ceiling, .. } = account.terms();
            assert_eq!(ceiling, None);
            (account.id().to_string(), side, floor)
        });
        let of = |id: &str, side, floor| (format!("10001-EUR-{id}"), side, floor);
        assert_eq!(
            chart,
            [
                of("clearing", Side::Debit, None),
                of("pending", Side::Credit, None),
                of("available", Side::Credit, Some(0)),
                of("fees", Side::Credit, None),
                of("reserve", Side::Credit, None),
            ]
        );
    }

    #[test]
    fn system_accounts_read_back_from_their_ids() {
        for role in Role::ALL {
            let merchant: MerchantId = "10001".parse().unwrap();
            let account = SystemAccount { merchant, currency: "EUR".parse().unwrap(), role };
            assert_eq!(SystemAccount::parse(&account.id()), Some(account));
        }
        for other in ["alice", "10001-EUR-other", "10001-XXX-fees", "EUR-fees"] {
            assert_eq!(SystemAccount::parse(&other.parse().unwrap()), None, "{other}");
        }
    }
}
