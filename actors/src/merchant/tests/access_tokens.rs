//! Tokens are issued, expire and are ended; ids of requests are claimed.

use super::{create, credential, nothing};
use crate::{
    entity::given::{Given, NOW, reply},
    merchant::Merchant,
    ports::AnswerKey,
};
use purser_subjects::{
    EntityKey, EntityKind, ErrorCode,
    merchant::{
        AccessToken, AccessTokenOwner, AccessTokensRevoked, CheckAccessToken, ClaimRequestId,
        Environment, IssueAccessToken, MerchantProfile, ReadProfile, RequestIdClaimed,
        RevokeAccessTokens, SetCredential,
    },
};
use std::time::Duration;

fn shop() -> Given<Merchant> {
    nothing().and(create("Shop"))
}

fn issue(number: u32) -> IssueAccessToken {
    IssueAccessToken {
        digest: format!("{number:064x}"),
        client: "shop".to_owned(),
        valid_secs: 900,
    }
}

fn check(number: u32) -> CheckAccessToken {
    CheckAccessToken { digest: issue(number).digest }
}

#[test]
fn a_token_is_valid_until_its_time_is_over() {
    let mut merchant = shop();
    let token: AccessToken = reply(&merchant.when(issue(1)).unwrap());
    assert_eq!(token.expires_at, NOW.plus(Duration::from_secs(900)));
    let owner: AccessTokenOwner = reply(&merchant.when(check(1)).unwrap());
    assert_eq!((&*owner.client, owner.environment), ("shop", Environment::Sandbox));
    merchant.now = NOW.plus(Duration::from_millis(899_999));
    merchant.when(check(1)).unwrap();
    merchant.now = NOW.plus(Duration::from_secs(900));
    assert_eq!(merchant.refused(check(1)), ErrorCode::TokenExpired);
    assert_eq!(merchant.refused(check(2)), ErrorCode::NotFound);
    // The next one sweeps it out.
    merchant.when(issue(2)).unwrap();
    assert_eq!(merchant.refused(check(1)), ErrorCode::NotFound);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn the_oldest_goes_when_there_are_too_many() {
    let mut merchant = shop();
    for number in 0..300 {
        merchant.when(issue(number)).unwrap();
    }
    assert_eq!(merchant.state.access_tokens.len(), 256);
    assert_eq!(merchant.refused(check(43)), ErrorCode::NotFound);
    merchant.when(check(44)).unwrap();
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn tokens_are_ended_for_one_client_or_all() {
    let other = credential("till");
    let mut merchant = shop().and(SetCredential { credential: other });
    merchant.when(issue(1)).unwrap();
    merchant.when(IssueAccessToken { client: "till".into(), ..issue(2) }).unwrap();
    let revoke = RevokeAccessTokens { client: Some("till".into()) };
    let ended: AccessTokensRevoked = reply(&merchant.when(revoke.clone()).unwrap());
    assert_eq!(ended.count, 1);
    assert_eq!(merchant.refused(check(2)), ErrorCode::NotFound);
    merchant.when(check(1)).unwrap();
    assert!(merchant.when(revoke).unwrap().events.is_empty());
    let ended: AccessTokensRevoked = reply(&merchant.when(RevokeAccessTokens::default()).unwrap());
    assert_eq!(ended.count, 1);
    assert_eq!(merchant.refused(check(1)), ErrorCode::NotFound);
    assert_eq!(merchant.replayed(), merchant.state);
}

#[test]
fn tokens_of_nobody_and_nonsense_are_refused() {
    for bad in [
        IssueAccessToken { digest: "x".into(), ..issue(1) },
        IssueAccessToken { client: String::new(), ..issue(1) },
        IssueAccessToken { client: "c".repeat(65), ..issue(1) },
        IssueAccessToken { valid_secs: 0, ..issue(1) },
        IssueAccessToken { valid_secs: 86_401, ..issue(1) },
    ] {
        assert_eq!(shop().refused(bad.clone()), ErrorCode::InvalidField, "{bad:?}");
    }
    assert_eq!(shop().and(issue(1)).refused(issue(1)), ErrorCode::AlreadyExists);
    assert_eq!(nothing().refused(issue(1)), ErrorCode::NotFound);
    assert_eq!(nothing().refused(check(1)), ErrorCode::NotFound);
}

#[test]
fn a_claim_is_its_stored_answer_and_nothing_else() {
    let claim = ClaimRequestId { scope: "s".into(), id: "1".into(), used_for: "a".into() };
    let mut merchant = shop();
    assert_eq!(merchant.refused(claim.clone()), ErrorCode::InvalidField, "without a key");
    let key = EntityKey::new(EntityKind::Merchant, "10001".parse().unwrap());
    merchant.operation = Some(AnswerKey::of(&key, &claim.key()).operation());
    let effects = merchant.when(claim.clone()).unwrap();
    assert!(effects.events.is_empty());
    assert_eq!(reply::<RequestIdClaimed, _>(&effects).used_for, "a");
    let long = ClaimRequestId { used_for: "a".repeat(256), ..claim };
    assert_eq!(merchant.refused(long), ErrorCode::InvalidField);
}

#[test]
fn a_credential_is_added_or_replaced() {
    let mut merchant = shop();
    let effects = merchant.when(SetCredential { credential: credential("till") }).unwrap();
    assert_eq!(effects.credentials.len(), 1, "a new name is taken");
    let mut changed = credential("shop");
    changed.attributes.insert("path".into(), "with_query".into());
    let effects = merchant.when(SetCredential { credential: changed.clone() }).unwrap();
    assert!(effects.credentials.is_empty(), "the name is the merchant's already");
    let profile: MerchantProfile = reply(&merchant.when(ReadProfile {}).unwrap());
    assert_eq!(profile.credentials, [changed, credential("till")]);
    for number in 2..16 {
        merchant.when(SetCredential { credential: credential(&number.to_string()) }).unwrap();
    }
    let more = SetCredential { credential: credential("seventeenth") };
    assert_eq!(merchant.refused(more.clone()), ErrorCode::TooMany);
    assert_eq!(nothing().refused(more), ErrorCode::NotFound);
    assert_eq!(merchant.replayed(), merchant.state);
}
