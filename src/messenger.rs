//! Sends notifications to merchants over HTTP, and hands e-mails to the mailer. What a notification looks like is a renderer's matter,
//! when it is sent and repeated the callback actor's, and where it may go the guard's.

mod answer;
mod attempt;
mod clients;
mod failure;
pub mod guard;
mod render;
pub mod sign;
mod snap;
mod standard;

pub use render::{Render, RenderError, Rendered};
pub use snap::{SnapKey, SnapKeyError, SnapNotification};
pub use standard::{SECRET_PURPOSE, StandardNotification};

use crate::mailer::SmtpMailer;
use async_trait::async_trait;
use attempt::{Due, Unsendable};
use clients::Clients;
use guard::Guard;
use purser_actors::ports::{
    Attempt, AttemptLog, AttemptOutcome, Clock, DueDelivery, MailOutcome, MailRow, Messenger,
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Limits of one attempt.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For name look-up, connection and TLS handshake.
    connect: Duration,
    /// Until the answer's status line and headers are there.
    headers: Duration,
    /// For everything together, reading the answer included.
    total: Duration,
    /// Bytes of the answer's body that are read before the connection is closed.
    read_bytes: usize,
    /// Bytes of it that are kept.
    kept_bytes: usize,
}

impl Limits {
    const DEFAULT: Self = Self {
        connect: Duration::from_secs(5),
        headers: Duration::from_secs(10),
        total: Duration::from_secs(15),
        read_bytes: 64 * 1024,
        kept_bytes: 16 * 1024,
    };
}

/// Delivers by HTTP POST. Follows no redirects and uses no proxy.
pub struct HttpMessenger {
    renderers: HashMap<&'static str, Arc<dyn Render>>,
    clients: Clients,
    clock: Arc<dyn Clock>,
    limits: Limits,
    mailer: Option<SmtpMailer>,
}

/// Why a messenger could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MessengerError {
    /// Two renderers have the same name.
    #[error("two renderers are called {0:?}")]
    DuplicateFormat(&'static str),
    /// The HTTP client could not be made.
    #[error("the HTTP client for notifications could not be made")]
    Client(#[source] reqwest::Error),
}

impl HttpMessenger {
    /// A messenger that knows the formats of `renderers` and goes where `guard` lets it. Call it once: it
    /// holds the connections.
    ///
    /// # Errors
    /// [`MessengerError`].
    pub fn new(
        clock: Arc<dyn Clock>,
        guard: Arc<Guard>,
        renderers: impl IntoIterator<Item = Arc<dyn Render>>,
    ) -> Result<Self, MessengerError> {
        Self::with_limits(clock, guard, renderers, Limits::DEFAULT)
    }

    fn with_limits(
        clock: Arc<dyn Clock>,
        guard: Arc<Guard>,
        renderers: impl IntoIterator<Item = Arc<dyn Render>>,
        limits: Limits,
    ) -> Result<Self, MessengerError> {
        let mut by_format = HashMap::new();
        for renderer in renderers {
            let format = renderer.format();
            if by_format.insert(format, renderer).is_some() {
                return Err(MessengerError::DuplicateFormat(format));
            }
        }
        let clients = Clients::new(guard, limits.connect).map_err(MessengerError::Client)?;
        Ok(Self { renderers: by_format, clients, clock, limits, mailer: None })
    }

    /// Sends e-mails too, if there is a mailer.
    #[must_use]
    pub fn with_mailer(mut self, mailer: Option<SmtpMailer>) -> Self {
        self.mailer = mailer;
        self
    }

    /// Notes in `log` what is sent, as soon as it is, and sets `outcome` as soon as it is certain: what the
    /// receiver sends after its status line and headers, or how slowly, does not change it.
    async fn attempt(
        &self,
        due: Due<'_>,
        log: &mut AttemptLog,
        outcome: &mut Option<AttemptOutcome>,
    ) -> Result<(), Unsendable> {
        let signed = due.sign(&self.renderers, log.at).await?;
        let reach = self.clients.reach(signed.merchant()).await?;
        (log.request_headers, log.request_body) = signed.shown();
        let sent = match signed.send(reach, self.limits).await {
            Ok(sent) => sent,
            Err(error) => {
                *outcome = Some(failed(error));
                return Ok(());
            }
        };
        *outcome = Some(sent.outcome(self.clock.now()));
        sent.read(self.limits, &mut log.answer).await;
        Ok(())
    }
}

#[async_trait]
impl Messenger for HttpMessenger {
    async fn deliver(&self, due: &DueDelivery) -> Attempt {
        let at = self.clock.now();
        let mut log = AttemptLog { at, ..AttemptLog::default() };
        let mut outcome = None;
        let total = self.limits.total;
        let attempt = self.attempt(Due::new(due), &mut log, &mut outcome);
        let ended = tokio::time::timeout(total, attempt).await;
        log.duration = self.clock.now().since(at);
        let outcome = match (ended, outcome) {
            (Ok(Err(Unsendable::Ours(error))), _) => return Attempt::NotMade { error },
            (Ok(Err(Unsendable::Theirs(error))), _) => failed(error),
            (_, Some(outcome)) => outcome,
            (_, None) => failed(format!("no answer within {}", failure::seconds(total))),
        };
        Attempt::Made { outcome, log }
    }

    fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }

    async fn mail(&self, mail: &MailRow) -> MailOutcome {
        match &self.mailer {
            Some(mailer) => mailer.send(mail).await,
            None => MailOutcome::Unreachable("there is no mail server".to_owned()),
        }
    }
}

fn failed(error: String) -> AttemptOutcome {
    AttemptOutcome::Failed { http_status: None, error, retry_after: None }
}

#[cfg(test)]
mod tests;
