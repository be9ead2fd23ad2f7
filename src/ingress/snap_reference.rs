//! What everybody may read of SNAP: the key by which merchants verify notifications, and the interface's
//! description, for programs and for people.

use super::{
    IngressState, snap,
    v1::documents::{POLICY, page},
};
use crate::messenger::SnapKey;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::sync::{Arc, LazyLock};
use utoipa::openapi::OpenApi;

/// Where the public key is.
pub const PUBLIC_KEY: &str = "/snap/public-key.pem";
/// Where the description for programs is.
const DOCUMENT_PATH: &str = "/snap/openapi.json";
/// Where the page for people is.
const PAGE_PATH: &str = "/docs/snap";
/// What the page says besides the document.
const NOTE: &str = "<p>The document for programs is <a href=\"/snap/openapi.json\">/snap/openapi.json</a>. \
     Notifications are signed with the key of <a href=\"/snap/public-key.pem\">/snap/public-key.pem</a>.</p>";

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(snap::openapi);
static PAGE: LazyLock<String> = LazyLock::new(|| page::render(&DOCUMENT, NOTE));

/// The routes.
pub(super) fn router(state: &IngressState) -> Router {
    let key = Arc::new(SnapKey::new(Arc::clone(&state.store), Arc::clone(&state.vault)));
    Router::new()
        .route(PUBLIC_KEY, get(public_key))
        .with_state(key)
        .route(DOCUMENT_PATH, get(async || Json(&*DOCUMENT)))
        .route(PAGE_PATH, get(show))
}

async fn public_key(State(key): State<Arc<SnapKey>>) -> Response {
    match key.public_pem().await {
        Ok(pem) => ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response(),
        Err(error) => {
            tracing::error!(%error, "the public key of SNAP");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response()
        }
    }
}

async fn show() -> ([(HeaderName, &'static str); 2], Html<&'static str>) {
    let headers =
        [(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, Html(&PAGE))
}
