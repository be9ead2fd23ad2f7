//! As many connections to one server as there are calls under way, but for a bound.

use super::connection::{Answer, Connection};
use crate::bench::harness::Fault;
use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};

/// Longer than any wait of the server.
const ANSWER: Duration = Duration::from_secs(65);

/// Connections at most; calls past them wait for one. A server bounds its connections too, and those past its bound
/// would wait where nobody tells them.
const MOST: usize = 4_096;

/// Connections to one server.
pub(super) struct Pool {
    target: SocketAddr,
    permits: Semaphore,
    /// Those that nobody uses now.
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(target: SocketAddr) -> Self {
        Self { target, permits: Semaphore::new(MOST), idle: Mutex::default() }
    }

    /// Sends a whole request, and waits for its answer.
    pub(super) async fn ask(&self, request: &[u8]) -> Result<Answer, Fault> {
        let answer = timeout(ANSWER, self.send(request)).await;
        answer.map_err(|_| Fault::unknown("no answer in time"))?
    }

    async fn send(&self, request: &[u8]) -> Result<Answer, Fault> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(idle) => idle,
            None => Connection::open(self.target)
                .await
                .map_err(|error| Fault::refused(format!("no connection: {}", error.kind())))?,
        };
        let answer = connection.ask(request).await;
        let answer = answer.map_err(|error: io::Error| {
            Fault::unknown(format!("connection lost: {}", error.kind()))
        })?;
        self.idle().push(connection);
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
