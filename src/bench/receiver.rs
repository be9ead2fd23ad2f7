//! Every merchant's web server: takes notifications, counts each once, and notes how late it came.

use super::harness::Distribution;
use crate::{callbacks::time, clock::SystemClock, terminal::Failure};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use purser_actors::ports::Clock;
use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    task::AbortHandle,
    time::{Instant, sleep},
};

/// How often it is looked whether all have come.
const LOOK: Duration = Duration::from_millis(20);

/// A server that answers every notification with 204; it ends when dropped.
pub(super) struct Receiver {
    address: SocketAddr,
    arrivals: Arc<Mutex<Arrivals>>,
    serving: AbortHandle,
}

#[derive(Default)]
struct Arrivals {
    /// Ids of notifications.
    known: HashSet<u128>,
    repeats: u64,
    /// Notifications of the loads before this one.
    before: u64,
    /// From what caused them to their arrival, where they tell when that was.
    late: Distribution,
}

impl Receiver {
    pub(super) async fn start() -> Result<Self, Failure> {
        let cannot = |error| Failure::cannot_begin(format!("a receiver of notifications: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let arrivals = Arc::<Mutex<Arrivals>>::default();
        let router = Router::new().fallback(take).with_state(arrivals.clone());
        let serving = tokio::spawn(async move {
            // Ends only with this task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, arrivals, serving: serving.abort_handle() })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Different notifications so far.
    pub(super) fn count(&self) -> u64 {
        lock(&self.arrivals).known.len() as u64
    }

    /// Those of the loads before.
    pub(super) fn before_load(&self) -> u64 {
        lock(&self.arrivals).before
    }

    /// Whatever came so far is of a load that is over.
    pub(super) fn close_load(&self) {
        let mut arrivals = lock(&self.arrivals);
        arrivals.before = arrivals.known.len() as u64;
    }

    /// Notifications that came more than once.
    pub(super) fn repeats(&self) -> u64 {
        lock(&self.arrivals).repeats
    }

    /// How late they came, from here on; what came before is forgotten, but not that it came.
    pub(super) fn take_late(&self) -> Distribution {
        std::mem::take(&mut lock(&self.arrivals).late)
    }

    /// Waits until there are so many, but not when nothing comes for `patience`; how many there are.
    pub(super) async fn wait_for(&self, count: u64, patience: Duration) -> u64 {
        let (mut seen, mut last) = (self.count(), Instant::now());
        while seen < count && last.elapsed() < patience {
            sleep(LOOK).await;
            let now = self.count();
            if now > seen {
                (seen, last) = (now, Instant::now());
            }
        }
        seen
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(arrivals): State<Arc<Mutex<Arrivals>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let now = SystemClock::new().now();
    let id = headers.get("purser-delivery").and_then(|id| id.to_str().ok());
    let Some(id) = id.and_then(|id| id.parse::<uuid::Uuid>().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    let late = caused_at(&body).map(|caused| now.as_millis().saturating_sub(caused));
    let mut arrivals = lock(&arrivals);
    if !arrivals.known.insert(id.as_u128()) {
        arrivals.repeats += 1;
    } else if let Some(ms) = late.and_then(|ms| u64::try_from(ms).ok()) {
        arrivals.late.note(Duration::from_millis(ms));
    }
    StatusCode::NO_CONTENT
}

fn lock(arrivals: &Mutex<Arrivals>) -> MutexGuard<'_, Arrivals> {
    arrivals.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When the event was decided on, in milliseconds, as notices of Standard Webhooks tell it. The commit
/// came after.
fn caused_at(body: &[u8]) -> Option<i64> {
    let (_, rest) = str::from_utf8(body).ok()?.split_once("\"timestamp\":\"")?;
    time::read(rest.split('"').next()?).map(|at| at.as_millis())
}
