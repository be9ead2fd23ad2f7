//! The streams as an operator's tools see them: how much went through them, and taking them away.

use super::{NatsBus, error::NatsError, streams::Kind};
use crate::terminal::chain;
use async_nats::jetstream::{self, stream::State};

/// What has gone through a deployment's streams since they were made, repeats left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamCounts {
    /// Durable commands that the broker took.
    pub commands: u64,
    /// Durable commands that wait.
    pub commands_waiting: u64,
    /// Events that the broker took.
    pub events: u64,
    /// Commands that were buried.
    pub dead: u64,
}

impl NatsBus {
    /// How much the broker has counted.
    ///
    /// # Errors
    /// [`NatsError`] when it does not answer.
    pub async fn stream_counts(&self) -> Result<StreamCounts, NatsError> {
        let commands = self.state(Kind::Commands).await?;
        Ok(StreamCounts {
            commands: commands.last_sequence,
            commands_waiting: commands.messages,
            events: self.state(Kind::Events).await?.last_sequence,
            dead: self.state(Kind::Dead).await?.last_sequence,
        })
    }

    /// Removes the deployment's streams, and whatever is in them.
    ///
    /// # Errors
    /// [`NatsError`] when one stays.
    pub async fn remove_streams(&self) -> Result<(), NatsError> {
        let jetstream = jetstream::new(self.client().clone());
        for kind in Kind::ALL {
            let stream = kind.stream(self.prefix());
            let removed = jetstream.delete_stream(&stream).await;
            removed.map_err(|error| NatsError::Stream { stream, why: chain(&error) })?;
        }
        Ok(())
    }

    async fn state(&self, kind: Kind) -> Result<State, NatsError> {
        let jetstream = jetstream::new(self.client().clone());
        let stream = kind.stream(self.prefix());
        match jetstream.get_stream(&stream).await {
            Ok(found) => Ok(found.cached_info().state.clone()),
            Err(error) => Err(NatsError::Stream { stream, why: chain(&error) }),
        }
    }
}
