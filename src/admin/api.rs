//! What goes over the control socket, as JSON.

use super::{SnapAccess, TermsChange};
use purser_subjects::{
    EntityId, EntityKind, MerchantId, Timestamp,
    merchant::{Environment, MerchantProfile, MerchantStatus, MerchantTerms},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A merchant to create.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMerchant {
    /// Name for people.
    pub name: String,
    /// Whose money it is.
    pub environment: Environment,
    /// Terms other than the default ones.
    #[serde(default)]
    pub terms: TermsChange,
}

/// Everything that a merchant's client needs: the shape of sandbox.json and of
/// `purser merchant create --json`. Later interfaces add sections of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MerchantAccess {
    /// Where the platform is, without a trailing slash.
    pub base_url: String,
    /// For the card gateway.
    pub gateway: GatewayCredentials,
    /// For Purser's own interface; absent where no key is known, since keys are kept nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiAccess>,
    /// For SNAP; absent for a merchant that is older than the interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snap: Option<SnapAccess>,
}

/// How a merchant proves who it is to Purser's own interface.
#[derive(Clone, Serialize, Deserialize)]
pub struct ApiAccess {
    /// What stands behind `Authorization: Bearer`.
    pub key: String,
}

impl fmt::Debug for ApiAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiAccess")
    }
}

/// How a merchant proves who it is to the card gateway.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayCredentials {
    /// `authentication.partnerId`
    pub partner_id: String,
    /// `merchant.username`
    pub username: String,
    /// `authentication.memberId`
    pub member_id: MerchantId,
    /// `authentication.sKey`, and the secret part of every checksum.
    pub secure_key: String,
}

impl fmt::Debug for GatewayCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayCredentials({})", self.member_id)
    }
}

/// A merchant without its credentials.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MerchantSummary {
    /// Its id.
    pub merchant: MerchantId,
    /// Its name.
    pub name: String,
    /// Whose money it is.
    pub environment: Environment,
    /// Whether it may do business.
    pub status: MerchantStatus,
    /// Its terms.
    pub terms: MerchantTerms,
    /// When it was created, in milliseconds since the Unix epoch.
    pub created_at: Timestamp,
}

impl From<MerchantProfile> for MerchantSummary {
    fn from(profile: MerchantProfile) -> Self {
        Self {
            merchant: profile.merchant,
            name: profile.name,
            environment: profile.environment,
            status: profile.status,
            terms: profile.terms,
            created_at: profile.created_at,
        }
    }
}

/// Merchants in the order of their ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MerchantPage {
    /// The merchants.
    pub merchants: Vec<MerchantSummary>,
    /// Ask again with this as `after`; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<MerchantId>,
}

/// An actor that failed too often and answers nobody until it is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedActor {
    /// Its kind.
    pub kind: EntityKind,
    /// Its id.
    pub id: EntityId,
}

/// Whether there was something to release.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Released {
    /// Whether the actor was quarantined.
    pub released: bool,
}
