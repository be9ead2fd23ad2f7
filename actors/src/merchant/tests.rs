//! Given a merchant, when a command, then effects.

mod access_tokens;
mod api_keys;

use super::Merchant;
use crate::entity::given::{Given, NOW, reply};
use purser_subjects::{
    ErrorCode, Money, Sealed,
    merchant::{
        CreateMerchant, Credential, Environment, FeeSchedule, MerchantProfile, MerchantStanding,
        MerchantStatus, MerchantTerms, ReadProfile, ReadStanding, Reinstate, SetTerms,
        SettlementTerms, Suspend,
    },
};
use std::collections::BTreeMap;

fn credential(name: &str) -> Credential {
    let secret = Sealed::from_ciphertext(vec![7; 40]);
    let (scheme, name) = ("gateway".to_owned(), name.to_owned());
    Credential { scheme, name, secret, attributes: BTreeMap::new() }
}

fn create(name: &str) -> CreateMerchant {
    CreateMerchant {
        name: name.to_owned(),
        environment: Environment::Sandbox,
        credentials: vec![credential("shop")],
        terms: MerchantTerms::default(),
    }
}

fn nothing() -> Given<Merchant> {
    Given::nothing("10001")
}

/// Terms that no merchant can have.
fn nonsense() -> Vec<MerchantTerms> {
    let eur = |minor| Money::new(minor, "EUR".parse().unwrap());
    let fees = |fees| MerchantTerms { fees, ..MerchantTerms::default() };
    let settlement = |settlement| MerchantTerms { settlement, ..MerchantTerms::default() };
    vec![
        fees(FeeSchedule { percent_bps: 10_001, ..FeeSchedule::default() }),
        fees(FeeSchedule { fixed: vec![eur(-1)], ..FeeSchedule::default() }),
        fees(FeeSchedule { fixed: vec![eur(1), eur(2)], ..FeeSchedule::default() }),
        fees(FeeSchedule { min: vec![eur(2)], max: vec![eur(1)], ..FeeSchedule::default() }),
        settlement(SettlementTerms { delay_days: 366, ..SettlementTerms::default() }),
        settlement(SettlementTerms { hour_utc: 24, ..SettlementTerms::default() }),
        settlement(SettlementTerms { reserve_bps: 10_001, ..SettlementTerms::default() }),
        settlement(SettlementTerms { reserve_days: 731, ..SettlementTerms::default() }),
    ]
}

#[test]
fn a_created_merchant_takes_its_log_in_names() {
    let mut merchant = nothing();
    let effects = merchant.when(create("  Corner shop ")).unwrap();
    let names: Vec<_> = effects.credentials.iter().map(|c| (&*c.scheme, &*c.name)).collect();
    assert_eq!(names, [("gateway", "shop")]);
    let profile: MerchantProfile = reply(&effects);
    assert_eq!((&*profile.name, profile.created_at), ("Corner shop", NOW));
    assert_eq!(merchant.refused(create("Again")), ErrorCode::AlreadyExists);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn what_cannot_be_a_merchant_is_refused() {
    for name in ["", "   ", "a\u{7}b", &"ä".repeat(101)] {
        assert_eq!(nothing().refused(create(name)), ErrorCode::InvalidField, "{name:?}");
    }
    nothing().when(create(&"ä".repeat(100))).unwrap();
    let many = |count: usize| CreateMerchant {
        credentials: (0..count).map(|n| credential(&n.to_string())).collect(),
        ..create("Shop")
    };
    assert_eq!(nothing().refused(many(17)), ErrorCode::TooMany);
    nothing().when(many(16)).unwrap();
    let mut long = Given::<Merchant>::nothing(&"m".repeat(41));
    assert_eq!(long.refused(create("Shop")), ErrorCode::InvalidField);
}

#[test]
fn nonsense_is_no_terms_neither_at_first_nor_later() {
    for terms in nonsense() {
        let with = CreateMerchant { terms: terms.clone(), ..create("Shop") };
        assert_eq!(nothing().refused(with), ErrorCode::InvalidField, "{terms:?}");
        let mut merchant = nothing().and(create("Shop"));
        assert_eq!(merchant.refused(SetTerms { terms }), ErrorCode::InvalidField);
    }
}

#[test]
fn new_terms_are_what_payments_are_told() {
    let terms = MerchantTerms { multiple_refunds: true, ..MerchantTerms::default() };
    let mut merchant = nothing().and(create("Shop")).and(SetTerms { terms: terms.clone() });
    let standing: MerchantStanding = reply(&merchant.when(ReadStanding {}).unwrap());
    assert_eq!((standing.terms, standing.environment), (terms, Environment::Sandbox));
}

#[test]
fn only_a_live_merchant_has_an_acquirer_of_its_own() {
    let acquirer = Some("nats:bank".parse().unwrap());
    let terms = MerchantTerms { acquirer, ..MerchantTerms::default() };
    let sandbox = CreateMerchant { terms: terms.clone(), ..create("Shop") };
    assert_eq!(nothing().refused(sandbox.clone()), ErrorCode::InvalidField);
    let mut merchant = nothing().and(create("Shop"));
    assert_eq!(merchant.refused(SetTerms { terms: terms.clone() }), ErrorCode::InvalidField);
    let mut live = nothing().and(CreateMerchant { environment: Environment::Live, ..sandbox });
    let standing: MerchantStanding = reply(&live.when(ReadStanding {}).unwrap());
    assert_eq!(standing.terms, terms);
    live.when(SetTerms { terms: MerchantTerms::default() }).unwrap();
    // Neither has a sandbox merchant an issuer.
    let terms = MerchantTerms { issuer: Some("nats:bank".parse().unwrap()), ..Default::default() };
    assert_eq!(merchant.refused(SetTerms { terms: terms.clone() }), ErrorCode::InvalidField);
    live.when(SetTerms { terms }).unwrap();
}

#[test]
fn a_suspension_is_repeated_without_an_event_and_ended() {
    let mut merchant = nothing().and(create("Shop")).and(Suspend {});
    assert!(merchant.when(Suspend {}).unwrap().events.is_empty());
    let standing: MerchantStanding = reply(&merchant.when(ReadStanding {}).unwrap());
    assert_eq!(standing.status, MerchantStatus::Suspended);
    let profile: MerchantProfile = reply(&merchant.when(Reinstate {}).unwrap());
    assert_eq!(profile.status, MerchantStatus::Active);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn nobody_is_told_of_a_merchant_that_is_not_there() {
    assert_eq!(nothing().refused(ReadProfile {}), ErrorCode::NotFound);
    assert_eq!(nothing().refused(ReadStanding {}), ErrorCode::NotFound);
    assert_eq!(nothing().refused(Suspend {}), ErrorCode::NotFound);
    let terms = MerchantTerms::default();
    assert_eq!(nothing().refused(SetTerms { terms }), ErrorCode::NotFound);
}
