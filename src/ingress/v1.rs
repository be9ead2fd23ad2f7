//! Purser's own interface for merchants, below [`PREFIX`]: callback endpoints and deliveries.
//! `docs/callbacks.md` is its manual, `/docs` its reference.
//!
//! It translates and nothing else: what may happen to an endpoint is decided by the core.

mod body;
mod caller;
mod codes;
mod deliveries;
pub(crate) mod documents;
mod endpoints;
mod idempotency;
mod params;
mod refusal;
mod requests;

pub use documents::openapi;

use super::{
    IngressState,
    guard::{Dialect, Guard},
    login_limit::LoginLimit,
};
use crate::{
    callbacks::Callbacks, merchants::MerchantDirectory, messenger::guard::Guard as Addresses,
    telemetry::CorrelationId, vault::Vault,
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use purser_actors::{Client, ports::Clock};
use refusal::Refusal;
use std::{sync::Arc, time::Duration};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Where the interface's paths begin.
pub const PREFIX: &str = "/v1";

/// How long the core is waited for; shorter than the limit of the whole request, so that the answer
/// says what is known.
const ASK_TIMEOUT: Duration = Duration::from_secs(30);
/// Answers carry the request's id, so that a merchant can name it when asking about it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// What the handlers share.
struct Api {
    client: Client,
    merchants: MerchantDirectory,
    callbacks: Callbacks,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    addresses: Arc<Addresses>,
    failures: LoginLimit,
}

/// The interface's routes, with their full paths.
pub(super) fn router(state: &IngressState, guard: Guard) -> Router {
    let client = state.client.named("api");
    let merchants =
        MerchantDirectory::new(client.clone(), state.store.clone(), state.vault.clone());
    let callbacks = Callbacks::new(client.clone(), state.store.clone(), state.vault.clone());
    let api = Arc::new(Api {
        client,
        merchants,
        callbacks,
        vault: state.vault.clone(),
        clock: state.clock.clone(),
        addresses: state.addresses.clone(),
        failures: LoginLimit::default(),
    });
    let (routes, _) = routes().split_for_parts();
    let routes = routes
        .route("/openapi.json", axum::routing::get(documents::json))
        .fallback(no_path)
        .method_not_allowed_fallback(|| async { Refusal::new(codes::METHOD) })
        .with_state(api);
    // A nested router does not see the prefix with nothing but a slash behind it.
    let routes = Router::new()
        .nest(PREFIX, routes)
        .route(&format!("{PREFIX}/"), any(no_path))
        .route("/docs", axum::routing::get(documents::page));
    guard.around(routes, DIALECT).layer(middleware::from_fn(write))
}

/// Every documented route; the document is made from the same list.
fn routes() -> OpenApiRouter<Arc<Api>> {
    endpoints::routes().merge(deliveries::routes())
}

async fn no_path() -> Refusal {
    Refusal::new(codes::NO_PATH)
}

const DIALECT: Dialect = Dialect {
    name: "api",
    overloaded: || Refusal::new(codes::OVERLOADED).into_response(),
    timed_out: || Refusal::new(codes::TIMED_OUT).into_response(),
    panicked: || Refusal::new(codes::INTERNAL).into_response(),
};

/// Names the request, and writes refusals with that name.
async fn write(mut request: Request, next: Next) -> Response {
    let known = request.extensions().get::<CorrelationId>().copied();
    let id = known.unwrap_or_else(|| CorrelationId(Uuid::now_v7()));
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let (parts, _) = response.into_parts();
        response = Response::from_parts(parts, refusal.body(id.0).into());
    }
    if let Ok(value) = HeaderValue::from_str(&id.0.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
