//! What stands before every dialect: a bound on concurrent requests, on time and on size, a net for
//! panics, metrics, and patience with clients that are still sending what was refused.

use super::leftover;
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
};
use futures_util::FutureExt;
use metrics::{counter, histogram};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

/// Largest body of a request.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest time of a page that belongs to no dialect.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);
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

    /// Puts the guard around the routes of a dialect: as one layer, since the router copies what is behind
    /// a layer for every request.
    pub(crate) fn around(self, routes: Router, dialect: Dialect) -> Router {
        routes.layer(middleware::from_fn(move |request: Request, next: Next| {
            let guard = self.clone();
            async move {
                // Outside of places and times: what is left of a body takes nobody's place.
                leftover::take(request, |request| guard.measure(dialect, request, next)).await
            }
        }))
    }

    async fn measure(self, dialect: Dialect, request: Request, next: Next) -> Response {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or_else(|| NO_ROUTE.to_owned(), |route| route.as_str().to_owned());
        let began = Instant::now();
        let response = self.admit(dialect, request, next).await;
        let seconds = began.elapsed().as_secs_f64();
        let status = response.status().as_str().to_owned();
        counter!("purser_http_requests_total",
            "dialect" => dialect.name, "route" => route.clone(), "status" => status)
        .increment(1);
        histogram!("purser_http_request_seconds", "dialect" => dialect.name, "route" => route)
            .record(seconds);
        response
    }

    async fn admit(&self, dialect: Dialect, mut request: Request, next: Next) -> Response {
        let Ok(_place) = self.places.try_acquire() else { return (dialect.overloaded)() };
        DefaultBodyLimit::max(MAX_BODY_BYTES).apply(&mut request);
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
        match timeout(self.time_limit, handled).await {
            Ok(Ok(response)) => response,
            // The panic was told where it happened.
            Ok(Err(_)) => (dialect.panicked)(),
            Err(_) => (dialect.timed_out)(),
        }
    }
}

/// A net below pages that belong to no dialect, which answer at once or not at all.
pub(crate) fn net(routes: Router) -> Router {
    let late = StatusCode::SERVICE_UNAVAILABLE;
    routes.layer(TimeoutLayer::with_status_code(late, PAGE_TIMEOUT)).layer(CatchPanicLayer::new())
}
