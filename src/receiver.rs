//! The receiver kit: a small web server for the developers of merchants, which shows what arrives,
//! checks signatures, tells duplicates and gaps, and fails as it is told to.
//!
//! It knows of the platform only what `docs/callbacks.md` tells, so it is a reference receiver too.

mod faults;
mod history;
mod notification;
mod report;
mod signature;

pub use faults::Faults;
pub use signature::{EndpointKey, InvalidKey, Keys};

use crate::{
    clock::SystemClock,
    terminal::{Failure, print, say},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use history::History;
use notification::Notification;
use purser_actors::ports::Clock;
use report::{Report, Tally};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, signal::unix::SignalKind, time::timeout};

/// Largest notification that is taken; the platform sends far smaller ones.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Answers under way have so long to leave when the kit is stopped.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// What the kit does.
#[derive(Debug)]
pub struct Settings {
    /// Where it listens.
    pub address: SocketAddr,
    /// What signatures are checked with.
    pub keys: Keys,
    /// How it fails.
    pub faults: Faults,
    /// Whether every notification is printed as one line of JSON.
    pub json: bool,
    /// Whether bodies are left out.
    pub quiet: bool,
}

struct Kit {
    settings: Settings,
    clock: SystemClock,
    seen: Mutex<(History, Tally)>,
}

/// Receives until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`Failure`] when the address cannot be listened on.
pub async fn run(settings: Settings) -> Result<(), Failure> {
    let address = settings.address;
    let cannot = |error| Failure::cannot_begin(format!("cannot listen on {address}: {error}"));
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate()).map_err(cannot)?;
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let url = format!("http://{}/", listener.local_addr().map_err(cannot)?);
    let kit = Arc::new(Kit { settings, clock: SystemClock::new(), seen: Mutex::default() });
    print(format!("receiving on {url}"))?;
    if !kit.settings.keys.is_any() {
        say("Signatures are not checked: give --secure-key or --secret.");
    }
    let router = Router::new()
        .fallback(receive)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Arc::clone(&kit));
    let server = tokio::spawn(axum::serve(listener, router).into_future());
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    server.abort();
    let _ = timeout(STOP_WITHIN, server).await;
    say(&kit.seen().1.text());
    Ok(())
}

impl Kit {
    fn seen(&self) -> MutexGuard<'_, (History, Tally)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges a request and remembers it; what is printed and what is answered.
    fn judge(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Report {
        let notification = Notification::of(headers, body);
        let now = self.clock.now();
        let signature = self.settings.keys.check(headers, body, now);
        let mut seen = self.seen();
        let (history, tally) = &mut *seen;
        let attempt = history.attempt(&notification.id);
        let status = if signature.is_wrong() {
            StatusCode::UNAUTHORIZED
        } else {
            self.settings.faults.status(attempt)
        };
        let place = history.record(path, &notification, status.is_success());
        let report =
            Report { at: now, path: path.to_owned(), notification, signature, place, status };
        tally.count(&report);
        report
    }
}

async fn receive(
    State(kit): State<Arc<Kit>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, "notifications come by POST\n").into_response();
    }
    let faults = &kit.settings.faults;
    let report = kit.judge(uri.path(), &headers, &body);
    let text = if kit.settings.json {
        report.json(&body)
    } else {
        report.text((!kit.settings.quiet).then_some(&body))
    };
    if print(text).is_err() {
        tracing::debug!("nobody reads what is printed");
    }
    if !report.status.is_success() && faults.hang {
        return std::future::pending().await;
    }
    tokio::time::sleep(faults.delay).await;
    let retry_after = faults.retry_after.filter(|_| !report.status.is_success());
    let mut response = report.status.into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
