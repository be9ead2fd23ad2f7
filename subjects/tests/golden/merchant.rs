//! Stored messages of merchants.

use super::{
    case::{Case, Cases},
    samples::{credential, merchant, merchant_terms, text, time},
};
use purser_subjects::merchant::{
    CreateMerchant, Environment, MerchantCommand, MerchantCreated, MerchantEvent, MerchantProfile,
    MerchantStanding, MerchantStatus, MerchantStatusChanged, MerchantTerms, ReadProfile,
    ReadStanding, Reinstate, SetTerms, Suspend, TermsSet,
};

fn profile(status: MerchantStatus) -> MerchantProfile {
    MerchantProfile {
        merchant: merchant(),
        name: text("Shop"),
        environment: Environment::Live,
        status,
        credentials: vec![credential()],
        terms: merchant_terms(),
        created_at: time(0),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let create = CreateMerchant {
        name: text("Shop"),
        environment: Environment::Live,
        credentials: vec![credential()],
        terms: merchant_terms(),
    };
    let plain = CreateMerchant {
        environment: Environment::Sandbox,
        credentials: Vec::new(),
        terms: MerchantTerms::default(),
        ..create.clone()
    };
    let created = MerchantCreated {
        merchant: merchant(),
        name: text("Shop"),
        environment: Environment::Live,
        credentials: vec![credential()],
        terms: merchant_terms(),
        at: time(0),
    };
    let standing = MerchantStanding {
        environment: Environment::Live,
        status: MerchantStatus::Active,
        terms: merchant_terms(),
    };
    Cases::<MerchantCommand, MerchantEvent>::new()
        .verb(create, profile(MerchantStatus::Active))
        .command("plain", plain)
        .verb(SetTerms { terms: merchant_terms() }, profile(MerchantStatus::Active))
        .verb(Suspend {}, profile(MerchantStatus::Suspended))
        .verb(Reinstate {}, profile(MerchantStatus::Active))
        .verb(ReadProfile {}, profile(MerchantStatus::Active))
        .verb(ReadStanding {}, standing)
        .event("", created)
        .event("", TermsSet { terms: merchant_terms() })
        .event("", MerchantStatusChanged { status: MerchantStatus::Suspended })
        .into_list()
}
