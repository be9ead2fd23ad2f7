//! API keys of merchants, made and revoked by the operator.

use super::{client::AdminClient, operations::Operations, router::Refused};
use crate::api_key;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    routing::{delete, get},
};
use purser_subjects::{
    MerchantId, Rejection, Timestamp,
    merchant::{ApiKey, Environment, IssueApiKey, ListApiKeys, ReadProfile, RevokeApiKey},
};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A key to make.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewApiKey {
    /// What it is for; may be empty.
    #[serde(default)]
    pub label: String,
}

/// A key that was just made. Its text is shown here and never again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    /// The key.
    pub key: String,
    /// What may be told of it.
    #[serde(flatten)]
    pub summary: ApiKeySummary,
}

impl fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreatedApiKey({})", self.summary.name)
    }
}

/// What may be told of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeySummary {
    /// Its name, by which it is revoked.
    pub name: String,
    /// What it is for.
    pub label: String,
    /// Its last characters.
    pub hint: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: Timestamp,
}

impl From<ApiKey> for ApiKeySummary {
    fn from(key: ApiKey) -> Self {
        Self { name: key.key, label: key.label, hint: key.hint, created_at: key.created_at }
    }
}

impl Operations {
    /// Makes a key for a merchant.
    ///
    /// # Errors
    /// `not_found`, `invalid_field` for the label, or `too_many`.
    pub async fn create_api_key(
        &self,
        merchant: &MerchantId,
        new: NewApiKey,
    ) -> Result<CreatedApiKey, Rejection> {
        let environment = self.ask(merchant, ReadProfile {}).await?.environment;
        self.issue_api_key(merchant, environment, new.label).await
    }

    pub(super) async fn issue_api_key(
        &self,
        merchant: &MerchantId,
        environment: Environment,
        label: String,
    ) -> Result<CreatedApiKey, Rejection> {
        let key = api_key::random(environment);
        let issue = IssueApiKey {
            key: api_key::random_name(),
            digest: api_key::digest(&key),
            hint: api_key::hint(&key).to_owned(),
            label,
        };
        let summary = self.ask(merchant, issue).await?.into();
        Ok(CreatedApiKey { key: key.to_string(), summary })
    }

    /// The valid keys of a merchant, oldest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn api_keys(&self, merchant: &MerchantId) -> Result<Vec<ApiKeySummary>, Rejection> {
        let keys = self.ask(merchant, ListApiKeys {}).await?.keys;
        Ok(keys.into_iter().map(ApiKeySummary::from).collect())
    }

    /// Whether `key` is a valid key of the merchant.
    ///
    /// # Errors
    /// `not_found` when there is no such merchant.
    pub async fn has_api_key(&self, merchant: &MerchantId, key: &str) -> Result<bool, Rejection> {
        let digest = api_key::digest(key);
        let keys = self.ask(merchant, ListApiKeys {}).await?.keys;
        Ok(keys.iter().any(|had| had.digest == digest))
    }

    /// Ends a key at once.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn revoke_api_key(
        &self,
        merchant: &MerchantId,
        name: &str,
    ) -> Result<ApiKeySummary, Rejection> {
        let revoke = RevokeApiKey { key: name.to_owned() };
        self.ask(merchant, revoke).await.map(ApiKeySummary::from)
    }
}

impl AdminClient {
    /// Makes a key for a merchant.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn create_api_key(
        &self,
        merchant: &MerchantId,
        new: &NewApiKey,
    ) -> Result<CreatedApiKey, Rejection> {
        self.call(Method::POST, &format!("merchants/{merchant}/api-keys"), Some(new)).await
    }

    /// The valid keys of a merchant.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn api_keys(&self, merchant: &MerchantId) -> Result<Vec<ApiKeySummary>, Rejection> {
        self.call(Method::GET, &format!("merchants/{merchant}/api-keys"), None::<&()>).await
    }

    /// Ends a key at once.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn revoke_api_key(
        &self,
        merchant: &MerchantId,
        name: &purser_subjects::EntityId,
    ) -> Result<ApiKeySummary, Rejection> {
        let path = format!("merchants/{merchant}/api-keys/{name}");
        self.call(Method::DELETE, &path, None::<&()>).await
    }
}

/// The operations on keys over HTTP.
pub(super) fn router() -> Router<Operations> {
    Router::new()
        .route("/merchants/{id}/api-keys", get(list).post(create))
        .route("/merchants/{id}/api-keys/{key}", delete(revoke))
}

async fn list(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
) -> Result<Json<Vec<ApiKeySummary>>, Refused> {
    Ok(Json(admin.api_keys(&id).await?))
}

/// The answer holds a secret, so nothing on the way may keep it.
async fn create(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
    Json(new): Json<NewApiKey>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<CreatedApiKey>), Refused> {
    let created = admin.create_api_key(&id, new).await?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(created)))
}

async fn revoke(
    State(admin): State<Operations>,
    Path((id, key)): Path<(MerchantId, String)>,
) -> Result<Json<ApiKeySummary>, Refused> {
    Ok(Json(admin.revoke_api_key(&id, &key).await?))
}
