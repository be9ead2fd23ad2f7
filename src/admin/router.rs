//! The operations over HTTP, for the control socket only.

use super::{
    api::{MerchantAccess, MerchantPage, MerchantSummary, NewMerchant, QuarantinedActor, Released},
    api_keys, callbacks, mails,
    operations::Operations,
    snap,
    terms::TermsChange,
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use purser_subjects::{EntityId, EntityKey, EntityKind, ErrorCode, MerchantId, Rejection};
use serde::Deserialize;

/// A refusal as an HTTP answer: its code as status, itself as body.
pub(super) struct Refused(Rejection);

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::AlreadyExists | ErrorCode::StateConflict => StatusCode::CONFLICT,
            code if code.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, Json(self.0)).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refused>;

#[derive(Deserialize)]
struct PageQuery {
    after: Option<MerchantId>,
}

/// The operations of `admin`.
pub fn router(admin: Operations) -> Router {
    Router::new()
        .route("/merchants", get(list).post(create))
        .route("/merchants/{id}/suspend", post(suspend))
        .route("/merchants/{id}/reinstate", post(reinstate))
        .route("/merchants/{id}/terms", put(set_terms))
        .route("/actors/quarantined", get(quarantined))
        .route("/actors/{kind}/{id}/release", post(release))
        .merge(api_keys::router())
        .merge(snap::router())
        .merge(callbacks::router())
        .merge(mails::router())
        .with_state(admin)
}

async fn list(
    State(admin): State<Operations>,
    Query(page): Query<PageQuery>,
) -> Answer<MerchantPage> {
    Ok(Json(admin.list(page.after.as_ref()).await?))
}

/// The answer holds a secret, so nothing on the way may keep it.
async fn create(
    State(admin): State<Operations>,
    Json(new): Json<NewMerchant>,
) -> Result<(StatusCode, [(header::HeaderName, &'static str); 1], Json<MerchantAccess>), Refused> {
    let created = admin.create(new).await?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(created)))
}

async fn suspend(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
) -> Answer<MerchantSummary> {
    Ok(Json(admin.suspend(&id).await?))
}

async fn reinstate(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
) -> Answer<MerchantSummary> {
    Ok(Json(admin.reinstate(&id).await?))
}

async fn set_terms(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
    Json(change): Json<TermsChange>,
) -> Answer<MerchantSummary> {
    Ok(Json(admin.set_terms(&id, change).await?))
}

async fn quarantined(State(admin): State<Operations>) -> Json<Vec<QuarantinedActor>> {
    Json(admin.quarantined())
}

async fn release(
    State(admin): State<Operations>,
    Path((kind, id)): Path<(EntityKind, EntityId)>,
) -> Json<Released> {
    Json(admin.release(&EntityKey::new(kind, id)))
}
