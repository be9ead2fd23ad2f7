//! Opening the connection, and what is noted of its fate.

use super::{
    error::NatsError,
    replies::Replies,
    settings::{NatsLogin, NatsSettings},
};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout_at},
};

/// Requests, answers and acknowledgements that wait to be written. Past it their senders wait.
const UNWRITTEN: usize = 4_096;

/// Messages of one subscription that were read and not taken. More are in flight nowhere: requests are
/// bounded by [`super::requests::AT_ONCE`], and their answers with them.
const UNREAD: usize = 16_384;

/// A connection over which nothing arrives is given up after about twice this.
const PING: Duration = Duration::from_secs(5);

/// One try to connect.
const TRY: Duration = Duration::from_secs(3);

/// Pause between tries at the start.
const PAUSE: Duration = Duration::from_millis(200);

/// Longest pause between tries after the connection was lost.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the rest of the bus hears of the connection.
pub(super) struct Link {
    /// Told after each connection that was made.
    pub(super) connected: Notify,
    pub(super) replies: Replies,
}

impl Link {
    pub(super) fn new(inbox: String) -> Arc<Self> {
        Arc::new(Self { connected: Notify::new(), replies: Replies::new(inbox) })
    }

    fn note(&self, event: Event) {
        match event {
            Event::Connected => {
                metrics::counter!("purser_nats_connects_total").increment(1);
                self.connected.notify_one();
            }
            Event::Disconnected => {
                tracing::warn!("the connection to NATS was lost");
                // Their answers were sent to nobody; whether they were acted upon is not known.
                self.replies.give_up();
            }
            Event::SlowConsumer(subscription) => {
                tracing::warn!(subscription, "slow consumer loses messages");
                metrics::counter!("purser_bus_slow_consumer_dropped_total").increment(1);
            }
            Event::ServerError(error) => {
                tracing::warn!(%error, "the broker refuses something");
                metrics::counter!("purser_nats_server_errors_total").increment(1);
            }
            Event::ClientError(error) => tracing::debug!(%error, "no connection to NATS yet"),
            Event::LameDuckMode | Event::Draining | Event::Closed => {}
        }
    }
}

/// Connects within the time that `settings` allow.
pub(super) async fn connect(
    settings: &NatsSettings,
    link: &Arc<Link>,
) -> Result<Client, NatsError> {
    let give_up = Instant::now() + settings.patience;
    loop {
        let connecting = options(settings, link)?.connect(&settings.servers.addresses[..]);
        let why = match timeout_at(give_up, connecting).await {
            Ok(Ok(client)) => return Ok(client),
            Ok(Err(error)) => match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    return Err(NatsError::Login(settings.servers.to_string()));
                }
                _ => crate::terminal::chain(&error),
            },
            Err(_) => "no answer in time".to_owned(),
        };
        if Instant::now() + PAUSE >= give_up {
            return Err(NatsError::Unreachable { servers: settings.servers.to_string(), why });
        }
        sleep(PAUSE).await;
    }
}

fn options(settings: &NatsSettings, link: &Arc<Link>) -> Result<ConnectOptions, NatsError> {
    let noting: Weak<Link> = Arc::downgrade(link);
    let mut options = ConnectOptions::new()
        .name(format!("purser {}", settings.prefix))
        .connection_timeout(TRY)
        .ping_interval(PING)
        .client_capacity(UNWRITTEN)
        .subscription_capacity(UNREAD)
        .custom_inbox_prefix(inbox_prefix(settings))
        .reconnect_delay_callback(pause)
        .event_callback(move |event| {
            if let Some(link) = noting.upgrade() {
                link.note(event);
            }
            std::future::ready(())
        });
    if let Some(login) = settings.login.as_ref().or(settings.servers.login.as_ref()) {
        let unreadable = |error| NatsError::Credentials {
            file: match login {
                NatsLogin::Credentials(file) => file.clone(),
                NatsLogin::Password(..) | NatsLogin::Token(_) => Default::default(),
            },
            error,
        };
        options = login.apply(options).map_err(unreadable)?;
    }
    if settings.tls.is_set() || settings.servers.needs_tls {
        options = options.require_tls(true);
    }
    if let Some(file) = &settings.tls.authority {
        options = options.add_root_certificates(readable(file)?);
    }
    if let Some((certificate, key)) = &settings.tls.client {
        options = options.add_client_certificate(readable(certificate)?, readable(key)?);
    }
    Ok(options)
}

/// Told at the start by its name, where the library would only say that a try failed.
fn readable(file: &std::path::Path) -> Result<std::path::PathBuf, NatsError> {
    std::fs::File::open(file)
        .map(|_| file.to_owned())
        .map_err(|error| NatsError::Certificate { file: file.to_owned(), error })
}

/// Where answers to this deployment's nodes arrive. Others need no right to listen there.
pub(super) fn inbox_prefix(settings: &NatsSettings) -> String {
    format!("_INBOX_{}", settings.prefix.as_str().replace('.', "_"))
}

/// Pause before the `attempt`-th try to connect again: none before the first, then growing and jittered,
/// so that not all nodes come back in the same moment.
fn pause(attempt: usize) -> Duration {
    if attempt <= 1 {
        return Duration::ZERO;
    }
    let doubled = 25u64 << attempt.min(10);
    let pause = Duration::from_millis(doubled).min(LONGEST_PAUSE);
    pause.mul_f64(rand::random_range(0.5..1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_never_past_it() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(1), Duration::ZERO);
        assert!((50..100).contains(&pause(2).as_millis()), "{:?}", pause(2));
        for attempt in [10, 100, usize::MAX] {
            assert!((LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(&pause(attempt)));
        }
    }
}
