//! `purser serve`: from configuration to a listening node, and back to a clean stop.

mod connections;
pub(crate) mod handles;
mod health;
mod http;
mod signals;

use crate::{
    admin::{self, ControlSocket, SocketError},
    config::Config,
    data_dir::DataDir,
    onboarding,
    platform::{self, Platform},
    telemetry::Metrics,
    terminal::{Failure, print},
};
use connections::Connections;
use health::Readiness;
use http::Figures;
use signals::Signals;
use std::time::Duration;
use tokio::{net::UnixListener, sync::watch, task::JoinHandle, time::timeout};

/// Requests under way when the node is told to stop have so long to finish. Together with
/// [`NODE_STOP`] it stays below the 10 seconds that a stop may take.
const DRAIN: Duration = Duration::from_secs(5);
/// What the actors took on has so long to be finished and committed.
const NODE_STOP: Duration = Duration::from_secs(4);

/// Runs the platform until it is told to stop.
///
/// # Errors
/// [`Failure`] when it cannot begin, or when the node could not go on.
pub async fn run(config: &Config) -> Result<(), Failure> {
    platform::check_bus(config)?;
    let mut signals =
        Signals::listen().map_err(|error| Failure::cannot_begin(error.to_string()))?;
    let metrics = Metrics::install().map_err(Failure::cannot_begin)?;
    let dir = DataDir::create(&config.data_dir).map_err(|error| {
        Failure::cannot_begin(format!("data folder {}: {error}", config.data_dir.display()))
    })?;
    let _lock = dir.lock().map_err(|error| Failure::cannot_begin(error.to_string()))?;
    let listener = listen(&config.listen).await?;
    let platform = tokio::select! {
        started = Platform::start(config, &dir) => started?,
        signal = signals.next() => {
            tracing::info!(signal, "stopped before the start was complete");
            return Ok(());
        }
    };
    let outcome = serve(config, &platform, &dir, listener, metrics, signals).await;
    platform.stop(NODE_STOP).await;
    tracing::info!("stopped");
    outcome
}

/// Bound before the node starts, so that a taken port is told at once and nothing is half begun.
pub(crate) async fn listen(address: &str) -> Result<Connections, Failure> {
    let listening = Connections::bind(address).await;
    listening.map_err(|error| Failure::cannot_begin(format!("cannot listen on {address}: {error}")))
}

/// Serves until a signal comes or the node fails, then lets the requests under way finish.
async fn serve(
    config: &Config,
    platform: &Platform,
    dir: &DataDir,
    listener: Connections,
    metrics: Metrics,
    mut signals: Signals,
) -> Result<(), Failure> {
    let address = listener.address();
    let operations = platform.operations(&onboarding::base_url(address));
    let now = platform.clock().now();
    // Without actors of its own the node may be the first one, and nobody could create a merchant.
    if config.roles.actors {
        onboarding::welcome(&operations, &**platform.store(), dir, now).await?;
    }
    let (socket, control) =
        control(dir).map_err(|error| Failure::cannot_begin(error.to_string()))?;

    let readiness = Readiness::new(platform.store().clone(), platform.supervisor());
    let ingress = if config.roles.ingress { platform.ingress() } else { axum::Router::new() };
    let router = around(platform, &metrics, ingress, readiness.clone());
    let (stop, stopping) = watch::channel(());
    let upkeep = tokio::spawn(metrics.upkeep());
    let servers = [
        spawn(axum::serve(listener, router).with_graceful_shutdown(told(stopping.clone()))),
        spawn(
            axum::serve(control, admin::router(operations)).with_graceful_shutdown(told(stopping)),
        ),
    ];
    print(format!("listening on http://{address}"))?;

    let failed = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping; a second signal ends the process at once");
            false
        }
        () = platform.failed() => true,
    };
    tokio::spawn(signals.exit_at_next());
    readiness.end();
    drop(stop);
    drain(servers).await;
    upkeep.abort();
    // A file left behind is replaced by the next server.
    let _ = socket.remove();
    if failed {
        return Err(Failure::failed(
            "the node cannot go on: its journal has another writer, or the store is lost; see the \
             log. Nothing that was answered is lost; start it again",
        ));
    }
    Ok(())
}

/// Everything that answers over HTTP.
pub(crate) fn routes(platform: &Platform, metrics: &Metrics) -> axum::Router {
    let readiness = Readiness::new(platform.store().clone(), platform.supervisor());
    around(platform, metrics, platform.ingress(), readiness)
}

fn around(
    platform: &Platform,
    metrics: &Metrics,
    ingress: axum::Router,
    readiness: Readiness,
) -> axum::Router {
    let figures = Figures { metrics: metrics.clone(), supervisor: platform.supervisor() };
    http::router(ingress, readiness, figures)
}

fn control(dir: &DataDir) -> Result<(ControlSocket, UnixListener), SocketError> {
    let socket = ControlSocket::of(dir)?;
    let listener = socket.listen()?;
    Ok((socket, listener))
}

fn spawn(
    server: impl IntoFuture<Output = std::io::Result<()>, IntoFuture: Send> + Send + 'static,
) -> JoinHandle<()> {
    let server = server.into_future();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a listener ended");
        }
    })
}

/// Returns when the sender of `stopping` is gone.
async fn told(mut stopping: watch::Receiver<()>) {
    while stopping.changed().await.is_ok() {}
}

/// Waits for requests under way, and breaks off those that take too long.
async fn drain(servers: [JoinHandle<()>; 2]) {
    let aborts = servers.each_ref().map(JoinHandle::abort_handle);
    if timeout(DRAIN, futures_util::future::join_all(servers)).await.is_err() {
        tracing::warn!("some requests took too long to finish and were broken off");
        aborts.iter().for_each(tokio::task::AbortHandle::abort);
    }
}
