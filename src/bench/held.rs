//! Endpoints that are disabled during a load: their notifications are stored with the payments, and
//! delivered when it is over.

use crate::terminal::{Failure, chain};
use purser_actors::{AskOptions, Client};
use purser_subjects::{
    Ask, EndpointId, MerchantId,
    callback::{DisableEndpoint, EnableEndpoint},
};

/// The endpoints, and who steers them.
pub(super) struct Held {
    client: Client,
    endpoints: Vec<EndpointId>,
}

impl Held {
    /// The endpoints of `merchant` at these URLs, each of which has had a notification.
    pub(super) fn new(client: Client, merchant: &MerchantId, urls: &[String]) -> Self {
        let endpoints = urls.iter().map(|url| EndpointId::derive(merchant, url)).collect();
        Self { client, endpoints }
    }

    /// Lets notifications wait.
    ///
    /// # Errors
    /// [`Failure`] when an endpoint cannot be disabled.
    pub(super) async fn hold(&self) -> Result<(), Failure> {
        self.steer(DisableEndpoint::default()).await
    }

    /// Lets what waits go.
    ///
    /// # Errors
    /// [`Failure`] when an endpoint cannot be enabled.
    pub(super) async fn release(&self) -> Result<(), Failure> {
        self.steer(EnableEndpoint::default()).await
    }

    async fn steer<A: Ask + Clone>(&self, command: A) -> Result<(), Failure> {
        for endpoint in &self.endpoints {
            let options = AskOptions::default();
            let steered = self.client.ask(endpoint.entity_id(), command.clone(), options).await;
            steered.map_err(|error| Failure::failed(format!("an endpoint: {}", chain(&error))))?;
        }
        Ok(())
    }
}
