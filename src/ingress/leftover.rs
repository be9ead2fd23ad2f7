//! What is left of a body when its request has been answered.
//!
//! A request may be refused before its body is read: it is too long, or there is no place for it. Were the
//! connection closed while the client is still sending, the system would answer what arrives afterwards
//! with a reset, which overtakes the answer: the client would see a broken connection in place of the
//! refusal. So the rest is taken and thrown away before the answer leaves, within bounds.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::header::EXPECT,
    response::Response,
};
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// A body that is no longer arrives with its head, and the server takes it by itself.
const SMALL: u64 = 4 * 1024;
/// Most that is thrown away. What announces more is cut off at once: it would be in the end.
const MOST: u64 = 1024 * 1024;
/// Longest time that it may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Has a request answered, and takes what is left of its body.
pub(super) async fn take<A: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> A,
) -> Response {
    if request.body().size_hint().upper().is_some_and(|most| most <= SMALL) {
        return answer(request).await;
    }
    let (parts, body) = request.into_parts();
    let waits_to_be_asked = parts.headers.contains_key(EXPECT);
    let (lent, mut returned) = Lent::of(body);
    let response = answer(Request::from_parts(parts, Body::new(lent))).await;
    if let Ok(rest) = returned.try_recv()
        // Reading is what asks for it.
        && (rest.is_begun || !waits_to_be_asked)
        && rest.body.size_hint().lower() <= MOST
    {
        // A client that is slower loses its answer.
        let _ = timeout(PATIENCE, throw_away(rest.body)).await;
    }
    response
}

async fn throw_away(body: Body) {
    let mut taken = 0;
    let mut pieces = body.into_data_stream();
    while taken <= MOST
        && let Some(Ok(piece)) = pieces.next().await
    {
        taken += piece.len() as u64;
    }
}

/// A body that was not read to its end.
struct Rest {
    body: Body,
    /// Whether any of it was asked for.
    is_begun: bool,
}

/// A body that comes back when whoever got it lets go of it before its end.
struct Lent {
    rest: Option<Rest>,
    back: Option<oneshot::Sender<Rest>>,
}

impl Lent {
    fn of(body: Body) -> (Self, oneshot::Receiver<Rest>) {
        let (back, returned) = oneshot::channel();
        let rest = Some(Rest { body, is_begun: false });
        (Self { rest, back: Some(back) }, returned)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Some(rest) = &mut this.rest else { return Poll::Ready(None) };
        rest.is_begun = true;
        let polled = Pin::new(&mut rest.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            this.rest = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(|rest| rest.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), |rest| rest.body.size_hint())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(rest), Some(back)) = (self.rest.take(), self.back.take())
            && !rest.body.is_end_stream()
        {
            // Nobody waits for it where the client is gone.
            let _ = back.send(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        body::to_bytes,
        http::StatusCode,
        middleware::{self, Next},
        routing::post,
    };
    use futures_util::stream;
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };
    use tower::ServiceExt;

    async fn guarded(request: Request, next: Next) -> Response {
        take(request, |request| next.run(request)).await
    }

    /// A body of pieces of 1 KiB, one every so often, and how many were taken.
    fn pieces(count: u64, every: Duration) -> (Body, Arc<AtomicU64>) {
        let taken = Arc::<AtomicU64>::default();
        let count_them = taken.clone();
        let pieces = stream::iter(0..count).then(move |_| {
            let taken = count_them.clone();
            async move {
                tokio::time::sleep(every).await;
                taken.fetch_add(1, Ordering::Relaxed);
                Ok::<_, std::io::Error>(vec![b' '; 1024])
            }
        });
        (Body::from_stream(pieces), taken)
    }

    /// How a handler that reads so much answers `request`.
    async fn answered(request: Request, reads: usize) -> StatusCode {
        let handler = move |request: Request| async move {
            match to_bytes(request.into_body(), reads).await {
                Ok(_) => StatusCode::OK,
                Err(_) => StatusCode::PAYLOAD_TOO_LARGE,
            }
        };
        let routes = Router::new().route("/", post(handler)).layer(middleware::from_fn(guarded));
        routes.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn the_rest_of_a_refused_body_is_taken() {
        let (body, taken) = pieces(200, Duration::ZERO);
        let request = Request::post("/").body(body).unwrap();
        assert_eq!(answered(request, 4 * 1024).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(taken.load(Ordering::Relaxed), 200);
    }

    #[tokio::test]
    async fn a_body_without_end_is_given_up() {
        let (body, taken) = pieces(1_000_000, Duration::ZERO);
        let request = Request::post("/").body(body).unwrap();
        assert_eq!(answered(request, 4 * 1024).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert!((1_024..1_100).contains(&taken.load(Ordering::Relaxed)), "{taken:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up() {
        let (body, taken) = pieces(100, Duration::from_millis(900));
        let request = Request::post("/").body(body).unwrap();
        assert_eq!(answered(request, 10).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(taken.load(Ordering::Relaxed), 3, "one was read, two were thrown away");
    }

    #[tokio::test]
    async fn a_body_that_was_read_is_as_it_was() {
        let (body, taken) = pieces(64, Duration::ZERO);
        let request = Request::post("/").body(body).unwrap();
        assert_eq!(answered(request, 64 * 1024).await, StatusCode::OK);
        assert_eq!(taken.load(Ordering::Relaxed), 64);
    }

    #[tokio::test]
    async fn nobody_is_asked_for_a_body_that_is_refused_unseen() {
        let (body, taken) = pieces(200, Duration::ZERO);
        let request = Request::post("/").header(EXPECT, "100-continue").body(body).unwrap();
        let handler = async |_: Request| StatusCode::SERVICE_UNAVAILABLE;
        let routes = Router::new().route("/", post(handler)).layer(middleware::from_fn(guarded));
        let answer = routes.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(taken.load(Ordering::Relaxed), 0);
    }
}
