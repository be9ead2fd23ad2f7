//! Everything that answers over HTTP, and what surrounds it.

use super::health::{self, Readiness};
use crate::{
    ingress::net,
    platform::Supervisor,
    telemetry::{self, Metrics},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    middleware,
    response::Html,
    routing::get,
};
use tower_http::limit::RequestBodyLimitLayer;

/// The node's own pages take no bodies. The interfaces have limits of their own, and tell them in their
/// own words.
const BODY_LIMIT_BYTES: usize = 4096;

const HOME: &str = include_str!("home.html");
/// The home page has its style inline and nothing else.
const HOME_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What /metrics shows.
#[derive(Clone)]
pub(super) struct Figures {
    pub(super) metrics: Metrics,
    pub(super) supervisor: Supervisor,
}

pub(super) fn router(ingress: Router, readiness: Readiness, figures: Figures) -> Router {
    let own = Router::new()
        .route("/", get(home))
        .route("/metrics", get(render).with_state(figures))
        .merge(health::router(readiness))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
        .layer(middleware::from_fn(telemetry::measure));
    net(own).merge(ingress).layer(middleware::from_fn(telemetry::trace))
}

async fn home() -> ([(HeaderName, &'static str); 2], Html<&'static str>) {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HOME_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(HOME))
}

async fn render(State(figures): State<Figures>) -> ([(HeaderName, &'static str); 1], String) {
    figures.supervisor.report_metrics();
    let text = figures.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
