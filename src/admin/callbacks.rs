//! Endpoints and deliveries of all merchants, for the operator.

use super::{client::AdminClient, operations::Operations, router::Refused};
use crate::callbacks::{
    DeliveryFilter, SecretSource,
    views::{DeliveryDetail, DeliveryPage, Endpoint, EndpointPage, EndpointWithSecret, Queued},
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderName, header},
    routing::{get, post},
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, EndpointId, ErrorCode, MerchantId, Rejection,
    callback::{
        DisableEndpoint, EnableEndpoint, EndpointView, ReplayDeliveries, RotateSecret, TestEndpoint,
    },
};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Endpoints and deliveries on a page.
const PAGE: u32 = 100;

/// Which endpoints are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EndpointFilter {
    /// Whose; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// The end of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<EndpointId>,
}

/// How a secret is rotated.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct SecretRotation {
    /// Seconds for which the old one signs along; a day if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_s: Option<u32>,
}

impl Operations {
    async fn endpoint_page(&self, filter: &EndpointFilter) -> Result<EndpointPage, Rejection> {
        let (merchant, after) = (filter.merchant.as_ref(), filter.cursor.as_ref());
        self.callbacks().endpoints(merchant, after, PAGE, AskOptions::default()).await
    }

    async fn delivery_page(&self, filter: &DeliveryFilter) -> Result<DeliveryPage, Rejection> {
        let query = filter.query(PAGE).map_err(|fault| {
            let message = format!("{}: {}", fault.name, fault.rule);
            Rejection::new(ErrorCode::InvalidField, message)
        })?;
        self.callbacks().deliveries(&query).await
    }

    async fn rotate(
        &self,
        id: &EndpointId,
        rotation: SecretRotation,
    ) -> Result<EndpointWithSecret, Rejection> {
        let options = AskOptions::default;
        let now = self.callbacks().endpoint(id, None, options()).await?;
        let asymmetric = now.secrets.first().is_some_and(|secret| secret.public_key.is_some());
        let secret = self.callbacks().new_secret(id, SecretSource::Random, asymmetric);
        let overlap_s = rotation.overlap_s;
        let command = RotateSecret { merchant: None, secret: secret.sealed, overlap_s };
        let view = self.callbacks().ask(id, command, options()).await?;
        let (text, public_key) = (secret.text.to_string(), secret.public_key);
        Ok(EndpointWithSecret { endpoint: view.into(), secret: text, public_key })
    }

    async fn steer<A: Ask<Reply = EndpointView>>(
        &self,
        id: &EndpointId,
        command: A,
    ) -> Result<Json<Endpoint>, Refused> {
        let view = self.callbacks().ask(id, command, AskOptions::default()).await?;
        Ok(Json(view.into()))
    }
}

impl AdminClient {
    /// A page of endpoints.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn endpoints(&self, filter: &EndpointFilter) -> Result<EndpointPage, Rejection> {
        self.call(Method::GET, &with_query("callbacks/endpoints", filter), None::<&()>).await
    }

    /// An endpoint.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn endpoint(&self, id: &EndpointId) -> Result<Endpoint, Rejection> {
        self.call(Method::GET, &format!("callbacks/endpoints/{id}"), None::<&()>).await
    }

    /// A page of deliveries.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<DeliveryPage, Rejection> {
        self.call(Method::GET, &with_query("callbacks/deliveries", filter), None::<&()>).await
    }

    /// A delivery with its attempts.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn delivery(&self, id: Uuid) -> Result<DeliveryDetail, Rejection> {
        self.call(Method::GET, &format!("callbacks/deliveries/{id}"), None::<&()>).await
    }

    /// Delivers one notification anew.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn resend(&self, id: Uuid) -> Result<Queued, Rejection> {
        self.call(Method::POST, &format!("callbacks/deliveries/{id}/resend"), None::<&()>).await
    }

    /// Sends a test notification.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn test_endpoint(&self, id: &EndpointId) -> Result<Queued, Rejection> {
        self.call(Method::POST, &format!("callbacks/endpoints/{id}/test"), None::<&()>).await
    }

    /// Lets deliveries go on.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn enable_endpoint(&self, id: &EndpointId) -> Result<Endpoint, Rejection> {
        self.call(Method::POST, &format!("callbacks/endpoints/{id}/enable"), None::<&()>).await
    }

    /// Holds deliveries back.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn disable_endpoint(&self, id: &EndpointId) -> Result<Endpoint, Rejection> {
        self.call(Method::POST, &format!("callbacks/endpoints/{id}/disable"), None::<&()>).await
    }

    /// Delivers anew what was given up or falls into a window of time.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn replay(
        &self,
        id: &EndpointId,
        replay: &ReplayDeliveries,
    ) -> Result<Endpoint, Rejection> {
        self.call(Method::POST, &format!("callbacks/endpoints/{id}/replay"), Some(replay)).await
    }

    /// Brings a new secret into force.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn rotate_secret(
        &self,
        id: &EndpointId,
        rotation: SecretRotation,
    ) -> Result<EndpointWithSecret, Rejection> {
        let path = format!("callbacks/endpoints/{id}/rotate-secret");
        self.call(Method::POST, &path, Some(&rotation)).await
    }
}

fn with_query(path: &str, filter: &impl Serialize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(filter) {
        for (name, value) in fields {
            query.append_pair(&name, value.as_str().unwrap_or_default());
        }
    }
    format!("{path}?{}", query.finish())
}

/// The operations on endpoints and deliveries over HTTP.
pub(super) fn router() -> Router<Operations> {
    Router::new()
        .route("/callbacks/endpoints", get(endpoints))
        .route("/callbacks/endpoints/{id}", get(endpoint))
        .route("/callbacks/endpoints/{id}/rotate-secret", post(rotate_secret))
        .route("/callbacks/endpoints/{id}/enable", post(enable))
        .route("/callbacks/endpoints/{id}/disable", post(disable))
        .route("/callbacks/endpoints/{id}/test", post(test))
        .route("/callbacks/endpoints/{id}/replay", post(replay))
        .route("/callbacks/deliveries", get(deliveries))
        .route("/callbacks/deliveries/{id}", get(delivery))
        .route("/callbacks/deliveries/{id}/resend", post(resend))
}

async fn endpoints(
    State(admin): State<Operations>,
    Query(filter): Query<EndpointFilter>,
) -> Result<Json<EndpointPage>, Refused> {
    Ok(Json(admin.endpoint_page(&filter).await?))
}

async fn endpoint(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
) -> Result<Json<Endpoint>, Refused> {
    let view = admin.callbacks().endpoint(&id, None, AskOptions::default()).await?;
    Ok(Json(view.into()))
}

/// The answer holds a secret, so nothing on the way may keep it.
async fn rotate_secret(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
    Json(rotation): Json<SecretRotation>,
) -> Result<([(HeaderName, &'static str); 1], Json<EndpointWithSecret>), Refused> {
    let rotated = admin.rotate(&id, rotation).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(rotated)))
}

async fn enable(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
) -> Result<Json<Endpoint>, Refused> {
    admin.steer(&id, EnableEndpoint { merchant: None }).await
}

async fn disable(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
) -> Result<Json<Endpoint>, Refused> {
    admin.steer(&id, DisableEndpoint { merchant: None }).await
}

async fn test(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
) -> Result<Json<Queued>, Refused> {
    let command = TestEndpoint { merchant: None };
    let queued = admin.callbacks().ask(&id, command, AskOptions::default()).await?;
    Ok(Json(Queued { delivery: queued.delivery }))
}

async fn replay(
    State(admin): State<Operations>,
    Path(id): Path<EndpointId>,
    Json(replay): Json<ReplayDeliveries>,
) -> Result<Json<Endpoint>, Refused> {
    admin.steer(&id, ReplayDeliveries { merchant: None, ..replay }).await
}

async fn deliveries(
    State(admin): State<Operations>,
    Query(filter): Query<DeliveryFilter>,
) -> Result<Json<DeliveryPage>, Refused> {
    Ok(Json(admin.delivery_page(&filter).await?))
}

async fn delivery(
    State(admin): State<Operations>,
    Path(id): Path<Uuid>,
) -> Result<Json<DeliveryDetail>, Refused> {
    Ok(Json(admin.callbacks().delivery(id, None).await?))
}

async fn resend(
    State(admin): State<Operations>,
    Path(id): Path<Uuid>,
) -> Result<Json<Queued>, Refused> {
    let queued = admin.callbacks().resend(id, None, AskOptions::default()).await?;
    Ok(Json(Queued { delivery: queued.delivery }))
}
