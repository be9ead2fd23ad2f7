//! What stands before every dialect: a bound on concurrent requests, on time and on size, a net for
//! panics, metrics, and patience with clients that are still sending what was refused.

use super::leftover;
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{self, Next},
    response::Response,
};
use metrics::{counter, histogram};
use std::{any::Any, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tower_http::catch_panic::CatchPanicLayer;

/// Largest body of a request.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// What the metrics call a path that no route has; the path itself would let anyone create series.
const NO_ROUTE: &str = "none";

/// How a dialect says that a request could not be handled.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// Its name in metrics.
    pub(crate) name: &'static str,
    pub(crate) overloaded: fn() -> Response,
    pub(crate) timed_out: fn() -> Response,
    pub(crate) panicked: fn() -> Response,
}

/// Places for requests at work, shared by all dialects, and how long one may be kept.
#[derive(Clone)]
pub(crate) struct Guard {
    places: Arc<Semaphore>,
    time_limit: Duration,
}

impl Guard {
    pub(crate) fn new(max_requests: usize, time_limit: Duration) -> Self {
        let places = Arc::new(Semaphore::new(max_requests.min(Semaphore::MAX_PERMITS)));
        Self { places, time_limit }
    }

    /// Puts the guard around the routes of a dialect.
    pub(crate) fn around(self, routes: Router, dialect: Dialect) -> Router {
        let panicked = move |_: Box<dyn Any + Send>| (dialect.panicked)();
        routes
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                let guard = self.clone();
                async move { guard.admit(dialect, request, next).await }
            }))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                measure(dialect.name, request, next)
            }))
            // Outside of places and times: what is left of a body takes nobody's place.
            .layer(middleware::from_fn(leftover::take))
    }

    async fn admit(&self, dialect: Dialect, request: Request, next: Next) -> Response {
        let Ok(_place) = self.places.try_acquire() else { return (dialect.overloaded)() };
        match timeout(self.time_limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => (dialect.timed_out)(),
        }
    }
}

async fn measure(dialect: &'static str, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| NO_ROUTE.to_owned(), |route| route.as_str().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let seconds = began.elapsed().as_secs_f64();
    let status = response.status().as_u16().to_string();
    counter!("purser_http_requests_total",
        "dialect" => dialect, "route" => route.clone(), "status" => status)
    .increment(1);
    histogram!("purser_http_request_seconds", "dialect" => dialect, "route" => route)
        .record(seconds);
    response
}
