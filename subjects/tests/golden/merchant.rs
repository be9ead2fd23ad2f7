//! Stored messages of merchants.

use super::{
    case::{Case, Cases},
    samples::{
        credential, digest, merchant, merchant_terms, terms_of_a_connector, terms_of_an_issuer,
        text, time,
    },
};
use purser_subjects::merchant::{
    AccessToken, AccessTokenIssued, AccessTokenOwner, AccessTokensEnded, AccessTokensRevoked,
    ApiKey, ApiKeyIssued, ApiKeyList, ApiKeyOwner, ApiKeyRevoked, CheckAccessToken, CheckApiKey,
    ClaimRequestId, CreateMerchant, CredentialSet, Environment, IssueAccessToken, IssueApiKey,
    ListApiKeys, MerchantCommand, MerchantCreated, MerchantEvent, MerchantProfile,
    MerchantStanding, MerchantStatus, MerchantStatusChanged, MerchantTerms, ReadProfile,
    ReadStanding, Reinstate, RequestIdClaimed, RevokeAccessTokens, RevokeApiKey, SetCredential,
    SetTerms, Suspend, TermsSet,
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

fn key() -> ApiKey {
    ApiKey {
        key: text("k3xv9m2p"),
        digest: "a5".repeat(32),
        hint: text("Zq8w"),
        label: text("back office"),
        created_at: time(1),
    }
}

fn token() -> AccessToken {
    AccessToken { digest: digest(0x1a), client: text("client-1"), expires_at: time(15) }
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
    let with_acquirer = MerchantStanding { terms: terms_of_a_connector(), ..standing.clone() };
    let owner = ApiKeyOwner {
        key: key().key,
        environment: Environment::Live,
        status: MerchantStatus::Active,
    };
    Cases::<MerchantCommand, MerchantEvent>::new()
        .verb(create, profile(MerchantStatus::Active))
        .command("plain", plain)
        .command("acquirer", SetTerms { terms: terms_of_a_connector() })
        .verb(SetTerms { terms: merchant_terms() }, profile(MerchantStatus::Active))
        .verb(Suspend {}, profile(MerchantStatus::Suspended))
        .verb(Reinstate {}, profile(MerchantStatus::Active))
        .verb(ReadProfile {}, profile(MerchantStatus::Active))
        .verb(ReadStanding {}, standing.clone())
        .reply::<ReadStanding>("acquirer", with_acquirer)
        .verb(
            IssueApiKey {
                key: key().key,
                digest: key().digest,
                hint: key().hint,
                label: key().label,
            },
            key(),
        )
        .verb(RevokeApiKey { key: key().key }, key())
        .verb(ListApiKeys {}, ApiKeyList { keys: vec![key()] })
        .verb(CheckApiKey { digest: key().digest }, owner)
        .command("issuer", SetTerms { terms: terms_of_an_issuer() })
        .verb(SetCredential { credential: credential() }, profile(MerchantStatus::Active))
        .verb(
            IssueAccessToken { digest: digest(0x1a), client: token().client, valid_secs: 900 },
            token(),
        )
        .verb(
            CheckAccessToken { digest: digest(0x1a) },
            AccessTokenOwner {
                client: token().client,
                expires_at: time(15),
                environment: Environment::Live,
                status: MerchantStatus::Active,
            },
        )
        .verb(RevokeAccessTokens { client: Some(token().client) }, AccessTokensRevoked { count: 2 })
        .command("all", RevokeAccessTokens { client: None })
        .verb(
            ClaimRequestId {
                scope: text("client:54:20240712"),
                id: text("6f1d2c3b4a5968778695a4b3c2d1e0f1"),
                used_for: text("order-1"),
            },
            RequestIdClaimed { used_for: text("order-1") },
        )
        .event("", CredentialSet { credential: credential() })
        .event("", AccessTokenIssued { issued: token(), at: time(0) })
        .event("", AccessTokensEnded { client: Some(token().client), at: time(2) })
        .event("all", AccessTokensEnded { client: None, at: time(2) })
        .event("", ApiKeyIssued { issued: key() })
        .event("", ApiKeyRevoked { key: key().key, at: time(2) })
        .event("", created)
        .event("", TermsSet { terms: merchant_terms() })
        .event("", MerchantStatusChanged { status: MerchantStatus::Suspended })
        .into_list()
}
