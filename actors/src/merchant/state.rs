//! What a merchant remembers.

use purser_subjects::{
    EntityId, ErrorCode, Rejection,
    merchant::{MerchantEvent, MerchantProfile, MerchantStanding},
};
use serde::{Deserialize, Serialize};

/// State of a merchant. Stored states decode for ever (`tests/states.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantState {
    /// Everything about it; absent until it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<MerchantProfile>,
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
            (_, None) => {}
        }
    }

    /// The state before anything happened.
    pub fn initial(_id: &EntityId) -> Self {
        Self::default()
    }
}
