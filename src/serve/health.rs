//! Whether the node lives, and whether it may be sent requests.

use crate::platform::Supervisor;
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use purser_actors::ports::Store;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

/// A store that takes longer is not fit to serve.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// Read to see whether the store answers; whether it is there does not matter.
const PROBE: &str = "readiness";

/// Whether the node may be sent requests: from its start until it begins to stop, while it is a member
/// and its store answers.
#[derive(Clone)]
pub(super) struct Readiness {
    stopping: Arc<AtomicBool>,
    store: Arc<dyn Store>,
    supervisor: Supervisor,
}

impl Readiness {
    pub(super) fn new(store: Arc<dyn Store>, supervisor: Supervisor) -> Self {
        Self { stopping: Arc::new(AtomicBool::new(false)), store, supervisor }
    }

    /// The node begins to stop.
    pub(super) fn end(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    async fn state(&self) -> Result<(), &'static str> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err("stopping");
        }
        if !self.supervisor.has_valid_lease() {
            return Err("the lease has run out");
        }
        match timeout(STORE_TIMEOUT, self.store.setting(PROBE)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the store failed");
                Err("the store failed")
            }
            Err(_) => Err("the store does not answer"),
        }
    }
}

pub(super) fn router(readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(async || Json(json!({ "status": "live" }))))
        .route("/health/ready", get(ready))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, Json<Value>) {
    match readiness.state().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": why })))
        }
    }
}
