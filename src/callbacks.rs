//! Endpoints and deliveries as merchants and operators see them. The interface for merchants and the
//! operators' verbs say the same things in the same words; they differ in whose objects may be seen.

mod deliveries;
mod endpoints;
mod secret;
pub mod time;
pub mod views;

pub use deliveries::{DeliveryFilter, InvalidFilter};
pub use secret::{NewSecret, SecretSource};

use crate::vault::Vault;
use purser_actors::{
    AskOptions, Client,
    ports::{Store, StoreError},
};
use purser_subjects::{Ask, EndpointId, ErrorCode, Rejection};
use std::{fmt, sync::Arc};

/// Asks endpoints and looks through what is stored of them.
#[derive(Clone)]
pub struct Callbacks {
    client: Client,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
}

impl Callbacks {
    /// The endpoints that `client` reaches and `store` knows of.
    pub fn new(client: Client, store: Arc<dyn Store>, vault: Arc<Vault>) -> Self {
        Self { client, store, vault }
    }

    /// Asks an endpoint.
    ///
    /// # Errors
    /// The endpoint's refusal.
    pub async fn ask<A: Ask>(
        &self,
        endpoint: &EndpointId,
        command: A,
        options: AskOptions,
    ) -> Result<A::Reply, Rejection> {
        self.client.ask(endpoint.entity_id(), command, options).await
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callbacks")
    }
}

fn unavailable(error: StoreError) -> Rejection {
    tracing::error!(%error, "the store does not answer");
    Rejection::new(ErrorCode::Unavailable, "the store does not answer").retry_after_ms(1000)
}
