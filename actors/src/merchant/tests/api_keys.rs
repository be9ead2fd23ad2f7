//! Keys are issued, told apart and revoked.

use super::{create, nothing};
use crate::{
    entity::given::{Given, NOW, reply},
    merchant::{API_KEY_SCHEME, Merchant},
};
use purser_subjects::{
    ErrorCode,
    merchant::{
        ApiKey, ApiKeyList, ApiKeyOwner, CheckApiKey, Environment, IssueApiKey, ListApiKeys,
        MerchantStatus, RevokeApiKey, Suspend,
    },
};

fn issue(key: &str) -> IssueApiKey {
    let digest = format!("{:0>64}", key.len());
    IssueApiKey { key: key.to_owned(), digest, hint: "Zq8w".into(), label: "till".into() }
}

fn shop() -> Given<Merchant> {
    nothing().and(create("Shop"))
}

fn check(key: &str) -> CheckApiKey {
    CheckApiKey { digest: issue(key).digest }
}

#[test]
fn an_issued_key_is_found_by_its_digest_and_names_its_owner() {
    let mut merchant = shop();
    let effects = merchant.when(issue("one")).unwrap();
    let [credential] = &effects.credentials[..] else { panic!("one log-in name") };
    assert_eq!((&*credential.scheme, &credential.name), (API_KEY_SCHEME, &issue("one").digest));
    let key: ApiKey = reply(&effects);
    assert_eq!((&*key.key, key.created_at), ("one", NOW));
    let owner: ApiKeyOwner = reply(&merchant.when(check("one")).unwrap());
    assert_eq!((&*owner.key, owner.environment), ("one", Environment::Sandbox));
    assert_eq!(merchant.refused(check("second")), ErrorCode::Forbidden);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn a_revoked_key_is_refused_and_the_others_stay() {
    let mut merchant = shop().and(issue("one")).and(issue("three"));
    merchant.when(RevokeApiKey { key: "one".into() }).unwrap();
    assert_eq!(merchant.refused(check("one")), ErrorCode::Forbidden);
    let left: ApiKeyList = reply(&merchant.when(ListApiKeys {}).unwrap());
    assert_eq!(left.keys.iter().map(|key| &*key.key).collect::<Vec<_>>(), ["three"]);
    assert_eq!(merchant.refused(RevokeApiKey { key: "one".into() }), ErrorCode::NotFound);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn a_suspended_merchant_still_has_its_keys() {
    let mut merchant = shop().and(issue("one")).and(Suspend {});
    let owner: ApiKeyOwner = reply(&merchant.when(check("one")).unwrap());
    assert_eq!(owner.status, MerchantStatus::Suspended);
}

#[test]
fn keys_are_bounded_in_number_and_shape() {
    let mut merchant = shop();
    for number in 0..16 {
        let digest = format!("{number:064x}");
        merchant.when(IssueApiKey { digest, ..issue(&format!("key-{number}")) }).unwrap();
    }
    assert_eq!(merchant.refused(issue("seventeenth")), ErrorCode::TooMany);
    assert_eq!(shop().and(issue("one")).refused(issue("one")), ErrorCode::AlreadyExists);
    for bad in [
        IssueApiKey { key: String::new(), ..issue("a") },
        IssueApiKey { key: "a b".into(), ..issue("a") },
        IssueApiKey { key: "k".repeat(33), ..issue("a") },
        IssueApiKey { digest: "a".repeat(63), ..issue("a") },
        IssueApiKey { digest: "A".repeat(64), ..issue("a") },
        IssueApiKey { hint: "12345".into(), ..issue("a") },
        IssueApiKey { label: "a\nb".into(), ..issue("a") },
        IssueApiKey { label: "ä".repeat(101), ..issue("a") },
    ] {
        assert_eq!(shop().refused(bad.clone()), ErrorCode::InvalidField, "{bad:?}");
    }
    assert_eq!(nothing().refused(issue("one")), ErrorCode::NotFound);
    assert_eq!(nothing().refused(check("one")), ErrorCode::NotFound);
}
