//! `/v1/callback-endpoints`: where events are sent to.

use super::{
    Api,
    body::{Body, Optional},
    caller::Caller,
    codes,
    idempotency::Idempotency,
    params::{Id, Params},
    refusal::{ErrorBody, Refusal},
    requests::{EndpointChange, NewEndpoint, Nothing, ReplayRequest, Rotation},
};
use crate::{
    callbacks::{
        SecretSource,
        views::{Endpoint, EndpointPage, EndpointWithSecret, Queued},
    },
    messenger::guard::Refused,
};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderName, StatusCode, header},
};
use purser_subjects::{
    Ask, EndpointId, MerchantId,
    callback::{
        DisableEndpoint, EnableEndpoint, EndpointView, RemoveEndpoint, RotateSecret, TestEndpoint,
    },
};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

const TAG: &str = "Callback endpoints";
/// The answer holds a secret, so nothing on the way may keep it.
const NO_STORE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

type WithSecret = (StatusCode, [(HeaderName, &'static str); 1], Json<EndpointWithSecret>);

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(read, change, remove))
        .routes(routes!(rotate_secret))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .routes(routes!(test))
        .routes(routes!(replay))
}

/// Another merchant's endpoint, and a text that is no id, look like an endpoint that is not there.
fn endpoint(id: &str) -> Result<EndpointId, Refusal> {
    id.parse().map_err(|_| Refusal::new(codes::NOT_FOUND))
}

/// Asks an endpoint of the caller for something that answers with the endpoint.
async fn ask<A: Ask<Reply = EndpointView>>(
    api: &Api,
    id: &str,
    idempotency: &Idempotency,
    said: &[u8],
    command: A,
) -> Result<Json<Endpoint>, Refusal> {
    let options = idempotency.options(api, A::VERB, said);
    let view = api.callbacks.ask(&endpoint(id)?, command, options).await?;
    Ok(Json(view.into()))
}

/// Whether notifications may go there; a name is looked up at every attempt, an address is vetted now.
async fn vet(api: &Api, url: &str, merchant: &MerchantId) -> Result<(), Refusal> {
    let vetted = api.addresses.check(url, merchant).await;
    vetted.map(|_| ()).map_err(|Refused(why)| Refusal::invalid("url", why))
}

/// Register an endpoint
///
/// Events that happen from now on are sent there, signed as Standard Webhooks 1.0. The answer shows the
/// secret, once; only a repetition with the same `Idempotency-Key` shows it again.
#[utoipa::path(
    post, path = "/callback-endpoints", tag = TAG, request_body = NewEndpoint,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")),
    responses(
        (status = 201, description = "Registered.", body = EndpointWithSecret),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request.", body = ErrorBody),
        (status = 422, description = "A field is not as its rule says, or there are 100 endpoints already (`too_many`).", body = ErrorBody),
    ),
)]
async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Body(new): Body<NewEndpoint>,
) -> Result<WithSecret, Refusal> {
    new.check()?;
    vet(&api, new.url(), &caller.merchant).await?;
    let said = serde_json::to_vec(&new).unwrap_or_default();
    let key = idempotency.key.as_deref();
    let id = api.callbacks.new_endpoint_id(&caller.merchant, key);
    let name = key.map(|key| format!("register:{key}"));
    let source = name.as_deref().map_or(SecretSource::Random, SecretSource::Request);
    let secret = api.callbacks.new_secret(&id, source, new.asymmetric);
    let register = new.register(caller.merchant, secret.sealed);
    let options = idempotency.options(&api, "register", &said);
    let view = api.callbacks.ask(&id, register, options).await.map_err(Refusal::from)?;
    let created = EndpointWithSecret {
        endpoint: view.into(),
        secret: secret.text.to_string(),
        public_key: secret.public_key,
    };
    Ok((StatusCode::CREATED, [NO_STORE], Json(created)))
}

/// List endpoints
///
/// In the order of ids; also those whose URL came with a payment.
#[utoipa::path(
    get, path = "/callback-endpoints", tag = TAG,
    params(
        ("limit" = Option<u32>, Query, description = "Endpoints on a page, 1 to 200; 50 if absent."),
        ("cursor" = Option<String>, Query, description = "The end of the page before.")
    ),
    responses(
        (status = 200, description = "A page.", body = EndpointPage),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 422, description = "A parameter is not as its rule says.", body = ErrorBody),
    ),
)]
async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    RawQuery(query): RawQuery,
) -> Result<Json<EndpointPage>, Refusal> {
    let params = Params::of(query.as_deref(), &["limit", "cursor"])?;
    let (limit, after) = (params.limit()?, params.cursor(|id| id.parse::<EndpointId>().ok())?);
    let options = idempotency.reading();
    let merchant = Some(&caller.merchant);
    Ok(Json(api.callbacks.endpoints(merchant, after.as_ref(), limit, options).await?))
}

/// Read an endpoint
#[utoipa::path(
    get, path = "/callback-endpoints/{id}", tag = TAG,
    params(("id" = String, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The endpoint.", body = Endpoint),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
    ),
)]
async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
) -> Result<Json<Endpoint>, Refusal> {
    let (id, options) = (endpoint(&id)?, idempotency.reading());
    let view = api.callbacks.endpoint(&id, Some(&caller.merchant), options).await?;
    Ok(Json(view.into()))
}

/// Change an endpoint
///
/// What is absent stays. An empty list or text, or a zero, brings the usual setting back. Deliveries that
/// wait go to a new URL too.
#[utoipa::path(
    patch, path = "/callback-endpoints/{id}", tag = TAG, request_body = EndpointChange,
    params(("id" = String, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The endpoint as it is now.", body = Endpoint),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
        (status = 409, description = "The endpoint came with a payment.", body = ErrorBody),
        (status = 422, description = "A field is not as its rule says.", body = ErrorBody),
    ),
)]
async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Body(change): Body<EndpointChange>,
) -> Result<Json<Endpoint>, Refusal> {
    change.check()?;
    if let Some(url) = change.url() {
        vet(&api, url, &caller.merchant).await?;
    }
    let command = change.command(caller.merchant);
    let view = api.callbacks.ask(&endpoint(&id)?, command, idempotency.reading()).await?;
    Ok(Json(view.into()))
}

/// Remove an endpoint
///
/// Nothing is sent there any more, for good. Its deliveries can still be read.
#[utoipa::path(
    delete, path = "/callback-endpoints/{id}", tag = TAG,
    params(("id" = String, Path, description = "The endpoint's id.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
    ),
)]
async fn remove(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
) -> Result<StatusCode, Refusal> {
    let id = endpoint(&id)?;
    // An endpoint that is removed looks like one that never was.
    api.callbacks.endpoint(&id, Some(&caller.merchant), idempotency.reading()).await?;
    let command = RemoveEndpoint { merchant: Some(caller.merchant) };
    api.callbacks.ask(&id, command, idempotency.reading()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotate an endpoint's secret
///
/// Notifications carry a signature of the new secret and, for a day or as long as is asked for, one of
/// the old too. The answer shows the new secret, once.
#[utoipa::path(
    post, path = "/callback-endpoints/{id}/rotate-secret", tag = TAG, request_body = Rotation,
    params(
        ("id" = String, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 200, description = "The endpoint and its new secret.", body = EndpointWithSecret),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
        (status = 409, description = "The endpoint came with a payment and has no secret.", body = ErrorBody),
        (status = 422, description = "A field is not as its rule says.", body = ErrorBody),
    ),
)]
async fn rotate_secret(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(rotation): Optional<Rotation>,
) -> Result<WithSecret, Refusal> {
    rotation.check()?;
    let id = endpoint(&id)?;
    let now = api.callbacks.endpoint(&id, Some(&caller.merchant), idempotency.reading()).await?;
    let had = now.secrets.first().is_some_and(|secret| secret.public_key.is_some());
    let name = idempotency.key.as_ref().map(|key| format!("rotate:{key}"));
    let source = name.as_deref().map_or(SecretSource::Random, SecretSource::Request);
    let secret = api.callbacks.new_secret(&id, source, rotation.asymmetric.unwrap_or(had));
    let said = serde_json::to_vec(&rotation).unwrap_or_default();
    let command = RotateSecret {
        merchant: Some(caller.merchant),
        secret: secret.sealed,
        overlap_s: rotation.overlap_seconds,
    };
    let options = idempotency.options(&api, "rotate-secret", &said);
    let view = api.callbacks.ask(&id, command, options).await?;
    let rotated = EndpointWithSecret {
        endpoint: view.into(),
        secret: secret.text.to_string(),
        public_key: secret.public_key,
    };
    Ok((StatusCode::OK, [NO_STORE], Json(rotated)))
}

/// Enable an endpoint
///
/// What was kept while it was disabled is sent first.
#[utoipa::path(
    post, path = "/callback-endpoints/{id}/enable", tag = TAG,
    params(
        ("id" = String, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 200, description = "The endpoint as it is now.", body = Endpoint),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
    ),
)]
async fn enable(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(Nothing {}): Optional<Nothing>,
) -> Result<Json<Endpoint>, Refusal> {
    let command = EnableEndpoint { merchant: Some(caller.merchant) };
    ask(&api, &id, &idempotency, b"", command).await
}

/// Disable an endpoint
///
/// Events are kept and sent when it is enabled again, as long as deliveries are kept at all.
#[utoipa::path(
    post, path = "/callback-endpoints/{id}/disable", tag = TAG,
    params(
        ("id" = String, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 200, description = "The endpoint as it is now.", body = Endpoint),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
    ),
)]
async fn disable(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(Nothing {}): Optional<Nothing>,
) -> Result<Json<Endpoint>, Refusal> {
    let command = DisableEndpoint { merchant: Some(caller.merchant) };
    ask(&api, &id, &idempotency, b"", command).await
}

/// Send a test event
///
/// An `endpoint.test`, whatever the filter says.
#[utoipa::path(
    post, path = "/callback-endpoints/{id}/test", tag = TAG,
    params(
        ("id" = String, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 202, description = "Queued.", body = Queued),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
        (status = 409, description = "The endpoint came with a payment, or is disabled.", body = ErrorBody),
    ),
)]
async fn test(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(Nothing {}): Optional<Nothing>,
) -> Result<(StatusCode, Json<Queued>), Refusal> {
    let options = idempotency.options(&api, "test", b"");
    let command = TestEndpoint { merchant: Some(caller.merchant) };
    let queued = api.callbacks.ask(&endpoint(&id)?, command, options).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued { delivery: queued.delivery })))
}

/// Replay deliveries
///
/// Sends again what was given up, or all of a window of time. Deliveries that wait are left as they are;
/// each keeps its id.
#[utoipa::path(
    post, path = "/callback-endpoints/{id}/replay", tag = TAG, request_body = ReplayRequest,
    params(
        ("id" = String, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Repetitions with one key take effect once.")
    ),
    responses(
        (status = 202, description = "Begun; the endpoint tells how far it is.", body = Endpoint),
        (status = 401, description = "No valid key.", body = ErrorBody),
        (status = 404, description = "There is no such endpoint.", body = ErrorBody),
        (status = 409, description = "Another replay runs.", body = ErrorBody),
        (status = 422, description = "A field is not as its rule says.", body = ErrorBody),
    ),
)]
async fn replay(
    State(api): State<Arc<Api>>,
    caller: Caller,
    idempotency: Idempotency,
    Id(id): Id,
    Optional(request): Optional<ReplayRequest>,
) -> Result<(StatusCode, Json<Endpoint>), Refusal> {
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let command = request.command(caller.merchant, api.clock.now())?;
    let begun = ask(&api, &id, &idempotency, &said, command).await?;
    Ok((StatusCode::ACCEPTED, begun))
}
