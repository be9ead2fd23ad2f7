//! Ids, times and amounts of the stored messages. They never change either.

use purser_subjects::{
    AccountId, BindingId, Currency, EntityId, MerchantId, Money, Sealed, Timestamp,
    account::{AccountTerms, Side},
    merchant::{Credential, FeeSchedule, MerchantTerms, SettlementTerms},
    transaction::{CardSummary, NotifyTarget},
};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn uuid(number: u8) -> Uuid {
    Uuid::from_u128(0x0190_a5d4_7c00_7000_8000_0000_0000_0000 + u128::from(number))
}

/// 2024-07-12T08:00:00.123Z and so many minutes.
pub(super) fn time(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_720_771_200_123 + minutes * 60_000)
}

pub(super) fn entity(id: &str) -> EntityId {
    id.parse().unwrap()
}

pub(super) fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

pub(super) fn merchant() -> MerchantId {
    "10001".parse().unwrap()
}

pub(super) fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}

pub(super) fn text(text: &str) -> String {
    text.to_owned()
}

pub(super) fn account_terms() -> AccountTerms {
    AccountTerms {
        currency: currency("EUR"),
        side: Side::Credit,
        floor: Some(-5_000),
        ceiling: Some(1_000_000_000_000_000),
    }
}

pub(super) fn merchant_terms() -> MerchantTerms {
    MerchantTerms {
        fees: FeeSchedule {
            percent_bps: 290,
            fixed: vec![eur(30), Money::new(40, currency("JPY"))],
            min: vec![eur(50)],
            max: vec![Money::new(9_000_000, currency("KWD"))],
        },
        settlement: SettlementTerms {
            delay_days: 2,
            hour_utc: 6,
            reserve_bps: 1_000,
            reserve_days: 180,
        },
        multiple_refunds: true,
        acquirer: None,
        issuer: None,
    }
}

pub(super) fn terms_of_a_connector() -> MerchantTerms {
    let acquirer = Some("nats:bank-1".parse().unwrap());
    MerchantTerms { acquirer, ..merchant_terms() }
}

pub(super) fn terms_of_an_issuer() -> MerchantTerms {
    MerchantTerms { issuer: Some("nats:bank-2".parse().unwrap()), ..terms_of_a_connector() }
}

pub(super) fn sealed(byte: u8) -> Sealed {
    Sealed::from_ciphertext(vec![byte; 40])
}

pub(super) fn credential() -> Credential {
    Credential {
        scheme: text("gateway"),
        name: text("shop"),
        secret: sealed(0xa5),
        attributes: BTreeMap::from([(text("partner_id"), text("7")), (text("note"), text("é"))]),
    }
}

pub(super) fn card() -> CardSummary {
    CardSummary {
        brand: text("VISA"),
        bin: text("411111"),
        last4: text("1111"),
        expiry_month: 12,
        expiry_year: 2030,
        holder: text("Ada Lovelace"),
    }
}

pub(super) fn details() -> BTreeMap<String, String> {
    BTreeMap::from([(text("descriptor"), text("Shop")), (text("empty"), text(""))])
}

pub(super) fn notify() -> NotifyTarget {
    NotifyTarget { url: text("https://shop.example/notify?order=1"), format: text("gateway") }
}

pub(super) fn binding() -> BindingId {
    "5f1c0de2a9b84e3f8d7c6b5a49382716".parse().unwrap()
}

/// A digest of this byte.
pub(super) fn digest(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}
