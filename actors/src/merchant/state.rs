//! What a merchant remembers.

use purser_subjects::{
    EntityId, ErrorCode, Rejection,
    merchant::{AccessToken, ApiKey, Credential, MerchantEvent, MerchantProfile, MerchantStanding},
};
use serde::{Deserialize, Serialize};

/// Access tokens that are remembered: with one more the oldest goes.
const MAX_ACCESS_TOKENS: usize = 256;

/// State of a merchant. Stored states decode for ever (`tests/states.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantState {
    /// Everything about it; absent until it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<MerchantProfile>,
    /// Valid keys for Purser's own HTTP interface, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
    /// Access tokens, oldest first; those that have run out go with the next one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_tokens: Vec<AccessToken>,
}

impl MerchantState {
    /// The profile of a created merchant.
    ///
    /// # Errors
    /// `not_found`.
    pub fn profile(&self) -> Result<&MerchantProfile, Rejection> {
        let missing = || Rejection::new(ErrorCode::NotFound, "there is no such merchant");
        self.profile.as_ref().ok_or_else(missing)
    }

    /// What a payment must know.
    ///
    /// # Errors
    /// `not_found`.
    pub fn standing(&self) -> Result<MerchantStanding, Rejection> {
        self.profile().map(|profile| MerchantStanding {
            environment: profile.environment,
            status: profile.status,
            terms: profile.terms.clone(),
        })
    }

    /// Makes the state one event older.
    pub fn apply(&mut self, event: &MerchantEvent) {
        match (event, &mut self.profile) {
            (MerchantEvent::MerchantCreated(created), profile) => {
                *profile = Some(MerchantProfile {
                    merchant: created.merchant.clone(),
                    name: created.name.clone(),
                    environment: created.environment,
                    status: Default::default(),
                    credentials: created.credentials.clone(),
                    terms: created.terms.clone(),
                    created_at: created.at,
                });
            }
            (MerchantEvent::TermsSet(set), Some(profile)) => profile.terms = set.terms.clone(),
            (MerchantEvent::MerchantStatusChanged(changed), Some(profile)) => {
                profile.status = changed.status;
            }
            (MerchantEvent::ApiKeyIssued(key), Some(_)) => self.api_keys.push(key.issued.clone()),
            (MerchantEvent::ApiKeyRevoked(gone), Some(_)) => {
                self.api_keys.retain(|had| had.key != gone.key);
            }
            (MerchantEvent::CredentialSet(set), Some(profile)) => {
                let new = &set.credential;
                let is_it =
                    |had: &&mut Credential| had.scheme == new.scheme && had.name == new.name;
                match profile.credentials.iter_mut().find(is_it) {
                    Some(had) => had.clone_from(new),
                    None => profile.credentials.push(new.clone()),
                }
            }
            (MerchantEvent::AccessTokenIssued(issued), Some(_)) => {
                self.access_tokens.retain(|had| issued.at < had.expires_at);
                if self.access_tokens.len() >= MAX_ACCESS_TOKENS {
                    self.access_tokens.remove(0);
                }
                self.access_tokens.push(issued.issued.clone());
            }
            (MerchantEvent::AccessTokensEnded(ended), Some(_)) => {
                let stays =
                    |had: &AccessToken| ended.client.as_ref().is_some_and(|of| *of != had.client);
                self.access_tokens.retain(stays);
            }
            (_, None) => {}
        }
    }

    /// The state before anything happened.
    pub fn initial(_id: &EntityId) -> Self {
        Self::default()
    }
}
