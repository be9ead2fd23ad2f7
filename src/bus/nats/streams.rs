//! The streams and the consumer that JetStream keeps for this deployment.

use super::{
    error::NatsError,
    settings::{NatsSettings, StreamSettings},
};
use crate::terminal::chain;
use async_nats::{
    Client,
    jetstream::{
        Context, ContextBuilder, ErrorCode,
        consumer::{AckPolicy, pull},
        context::GetStreamErrorKind,
        stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
    },
};
use purser_subjects::{Subject, SubjectKind, SubjectPrefix};
use std::time::Duration;

/// Repeats with one id within this time are dropped.
const REPEATS: Duration = Duration::from_secs(120);

/// A command whose taker said nothing for so long is delivered again.
pub(super) const ACK_WAIT: Duration = Duration::from_secs(30);

/// The durable consumer that all nodes take commands from.
pub(super) const CONSUMER: &str = "purser";

/// One request to JetStream.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is kept, one stream each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commands,
    Events,
    Dead,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Commands, Self::Events, Self::Dead];

    /// `PURSER_CMD` and so on; another prefix stands in capitals, with its dots as underscores.
    pub(super) fn stream(self, prefix: &SubjectPrefix) -> String {
        let suffix = match self {
            Self::Commands => "CMD",
            Self::Events => "EVT",
            Self::Dead => "DEAD",
        };
        format!("{}_{suffix}", prefix.as_str().to_ascii_uppercase().replace('.', "_"))
    }

    fn pattern(self, prefix: &SubjectPrefix) -> String {
        let kind = match self {
            Self::Commands => SubjectKind::Command,
            Self::Events => SubjectKind::Event,
            Self::Dead => SubjectKind::Dead,
        };
        let pattern = Subject::pattern(kind);
        prefix.outward(&pattern).unwrap_or(pattern)
    }

    fn config(self, prefix: &SubjectPrefix, settings: &StreamSettings) -> Config {
        let (age, bytes, retention, discard, what) = match self {
            // A command that was accepted must not vanish: it goes only when it is done or buried, and
            // new ones are refused while there is no room.
            Self::Commands => (
                Duration::ZERO,
                settings.commands_bytes,
                RetentionPolicy::WorkQueue,
                DiscardPolicy::New,
                "Commands that must happen",
            ),
            Self::Events => (
                settings.events_age,
                settings.events_bytes,
                RetentionPolicy::Limits,
                DiscardPolicy::Old,
                "What happened",
            ),
            Self::Dead => (
                settings.dead_age,
                settings.dead_bytes,
                RetentionPolicy::Limits,
                DiscardPolicy::Old,
                "Commands that were refused for good",
            ),
        };
        Config {
            name: self.stream(prefix),
            subjects: vec![self.pattern(prefix)],
            description: Some(what.to_owned()),
            storage: StorageType::File,
            num_replicas: settings.replicas,
            retention,
            discard,
            max_age: age,
            max_bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            duplicate_window: REPEATS,
            ..Config::default()
        }
    }
}

/// Whether messages on `subject`, as it is within the process, are kept in a stream.
pub(super) fn keeps(subject: &str) -> bool {
    use SubjectKind::{Command, Dead, Event};
    matches!(Subject::kind_of(subject), Some(Command | Event | Dead))
}

fn consumer(settings: &StreamSettings) -> pull::Config {
    pull::Config {
        name: Some(CONSUMER.to_owned()),
        durable_name: Some(CONSUMER.to_owned()),
        description: Some("Takes commands to their entities".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        // How often a command is tried is decided by its taker.
        max_deliver: -1,
        max_ack_pending: settings.commands_at_work.into(),
        ..pull::Config::default()
    }
}

/// Creates what is missing and changes what differs; or, where the settings say so, only checks that it
/// is there.
pub(super) async fn ensure(client: &Client, settings: &NatsSettings) -> Result<(), NatsError> {
    let jetstream = ContextBuilder::new().timeout(TIMEOUT).build(client.clone());
    for kind in Kind::ALL {
        let wanted = kind.config(&settings.prefix, &settings.streams);
        let name = wanted.name.clone();
        ensure_stream(&jetstream, wanted, settings.streams.manage)
            .await
            .map_err(|why| NatsError::Stream { stream: name, why })?;
    }
    let stream = Kind::Commands.stream(&settings.prefix);
    let made = if settings.streams.manage {
        jetstream.create_consumer_on_stream(consumer(&settings.streams), &stream).await.map(drop)
    } else {
        let got = jetstream.get_consumer_from_stream::<pull::Config, _, _>(CONSUMER, &stream);
        got.await.map(drop)
    };
    made.map_err(|error| {
        let why = format!("consumer {CONSUMER}: {}", chain(&error));
        NatsError::Stream { stream, why }
    })
}

async fn ensure_stream(jetstream: &Context, wanted: Config, manage: bool) -> Result<(), String> {
    let there = match jetstream.get_stream(&wanted.name).await {
        Ok(stream) => Some(stream.cached_info().config.clone()),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(told)
                if told.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                None
            }
            _ => return Err(format!("{}; is JetStream on?", chain(&error))),
        },
    };
    let Some(there) = there else {
        if !manage {
            return Err("it is not there, and nats.manage_streams is off".to_owned());
        }
        return match jetstream.create_stream(wanted).await {
            Ok(_) => Ok(()),
            Err(error) => Err(chain(&error)),
        };
    };
    if there.subjects != wanted.subjects {
        return Err(format!(
            "it holds {:?}, so it belongs to another deployment; choose another prefix",
            there.subjects
        ));
    }
    if (there.retention, there.storage) != (wanted.retention, wanted.storage) {
        return Err("its retention or storage is another, which cannot be changed".to_owned());
    }
    if manage && differs(&there, &wanted) {
        tracing::info!(stream = wanted.name, "changing the limits of a stream");
        jetstream.update_stream(&wanted).await.map_err(|error| chain(&error))?;
    }
    Ok(())
}

fn differs(there: &Config, wanted: &Config) -> bool {
    let settings = |config: &Config| {
        (
            config.max_age,
            config.max_bytes,
            config.num_replicas,
            config.discard,
            config.duplicate_window,
        )
    };
    settings(there) != settings(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_carry_the_prefix_of_their_deployment() {
        let usual = SubjectPrefix::default();
        assert_eq!(
            Kind::ALL.map(|kind| kind.stream(&usual)),
            ["PURSER_CMD", "PURSER_EVT", "PURSER_DEAD"]
        );
        let other = "acme.bank-1".parse().unwrap();
        assert_eq!(Kind::Events.stream(&other), "ACME_BANK-1_EVT");
        assert_eq!(Kind::Events.pattern(&other), "acme.bank-1.evt.>");
    }

    #[test]
    fn a_command_never_grows_too_old() {
        let config = Kind::Commands.config(&SubjectPrefix::default(), &StreamSettings::default());
        assert_eq!((config.max_age, config.discard), (Duration::ZERO, DiscardPolicy::New));
    }
}
