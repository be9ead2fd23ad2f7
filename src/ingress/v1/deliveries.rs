//! `/v1/deliveries`: what was sent, and how it was answered.

use super::{
    Api,
    body::Optional,
    caller::Caller,
    codes,
    idempotency::Idempotency,
    params::{Id, Params},
    refusal::{ErrorBody, Refusal},
    requests::Nothing,
};
use crate::callbacks::{
    DeliveryFilter,
    views::{DeliveryDetail, DeliveryPage, Queued},
};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

const TAG: &str = "Deliveries";
const FILTERS: [&str; 8] =
    ["endpoint", "payment", "status", "event", "from", "to", "limit", "cursor"];

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(resend))
}

fn delivery(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id).map_err(|_| Refusal::new(codes::NOT_FOUND))
}

/// List deliveries
///
/// Newest first. Every filter that is given must hold.
#[utoipa::path(
    get, path = "/deliveries", tag = TAG,
    params(
        ("endpoint" = Option<String>, Query, description = "To this endpoint."),
        ("payment" = Option<String>, Query, description = "About this payment, by its id."),
        ("status" = Option<String>, Query, description = "`pending` (held ones too), `delivered` or `failed`."),
        ("event" = Option<String>, Query, description = "Telling this, such as `payment.succeeded`."),
        ("from" = Option<String>, Query, description = "Caused at this time or later."),
        ("to" = Option<String>, Query, description = "Caused at this time or before."),
        ("limit" = Option<u32>, Query, description = "Deliveries on a page, 1 to 200; 50 if absent."),
        ("cursor" = Option<String>, Query, description = "The end of the page before.")
    ),
    responses(
        (status = 200, description = "A page.", body = DeliveryPage),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 422, description = "A parameter is not as its rule says.", body = ErrorBody),
    ),
)]
async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<DeliveryPage>, Refusal> {
    let params = Params::of(query.as_deref(), &FILTERS)?;
    let limit = params.limit()?;
    let text = |name: &str| params.text(name).map(str::to_owned);
    let filter = DeliveryFilter {
        endpoint: text("endpoint"),
        payment: text("payment"),
        status: text("status"),
        event: text("event"),
        from: text("from"),
        to: text("to"),
        cursor: text("cursor"),
        merchant: None,
    };
    let query = filter.query(limit);
    let mut query = query.map_err(|fault| Refusal::invalid(fault.name, fault.rule))?;
    query.merchant = Some(caller.merchant);
    Ok(Json(api.callbacks.deliveries(&query).await?))
}

/// Read a delivery with its attempts
#[utoipa::path(
    get, path = "/deliveries/{id}", tag = TAG,
    params(("id" = String, Path, description = "The delivery's id.")),
    responses(
        (status = 200, description = "The delivery.", body = DeliveryDetail),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such delivery.", body = ErrorBody),
    ),
)]
async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<DeliveryDetail>, Refusal> {
    Ok(Json(api.callbacks.delivery(delivery(&id)?, Some(&caller.merchant)).await?))
}

/// Send a notification again
///
/// Whatever became of it; one that waits is sent at once. It keeps its id.
#[utoipa::path(
    post, path = "/deliveries/{id}/resend", tag = TAG,
    params(
        ("id" = String, Path, description = "The delivery's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 202, description = "Queued.", body = Queued),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such delivery.", body = ErrorBody),
        (status = 409, description = "Its endpoint is removed.", body = ErrorBody),
    ),
)]
async fn resend(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(Nothing {}): Optional<Nothing>,
) -> Result<(StatusCode, Json<Queued>), Refusal> {
    let id = delivery(&id)?;
    // The endpoint is the same for many deliveries, so the key counts for each.
    let options = idempotency.options(&api, &format!("resend:{id}"), b"");
    let queued = api.callbacks.resend(id, Some(&caller.merchant), options).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued { delivery: queued.delivery })))
}
