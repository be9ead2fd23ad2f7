//! What is told of a request: a span with its correlation id, and for the node's own pages the same
//! count and measurement that the interfaces take of theirs.

use super::Stopwatch;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

/// Answers carry it, so that a merchant can name a request when asking about it.
const CORRELATION_HEADER: HeaderName = HeaderName::from_static("x-correlation-id");
/// Stands for every path that no route matches, so that strangers cannot make up label values.
const NO_ROUTE: &str = "none";
/// Stands in the place of an interface's name.
const OWN_PAGES: &str = "node";

/// Names everything that one outside request causes; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

/// Middleware that gives a request its correlation id and its span.
pub async fn trace(mut request: Request, next: Next) -> Response {
    let correlation = Uuid::now_v7();
    request.extensions_mut().insert(CorrelationId(correlation));
    let span = tracing::info_span!("request", %correlation, route = route(&request));
    let stopwatch = Stopwatch::start();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let ms = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(status, ms, "answered"));
    if let Ok(value) = HeaderValue::from_str(&correlation.to_string()) {
        response.headers_mut().insert(CORRELATION_HEADER, value);
    }
    response
}

/// Middleware that counts and measures requests to the node's own pages.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = route(&request).to_owned();
    let stopwatch = Stopwatch::start();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    metrics::histogram!(super::metrics::HTTP_SECONDS, "dialect" => OWN_PAGES, "route" => route.clone())
        .record(stopwatch.elapsed());
    metrics::counter!(
        super::metrics::HTTP_REQUESTS,
        "dialect" => OWN_PAGES, "route" => route, "status" => status,
    )
    .increment(1);
    response
}

fn route(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str)
}
