//! Notifications to registered endpoints: Standard Webhooks 1.0.

mod body;

use super::{
    Render, RenderError, Rendered,
    sign::webhooks::{v1, v1a},
};
use crate::vault::Vault;
use async_trait::async_trait;
use purser_actors::ports::{Delivery, DueDelivery};
use purser_subjects::{Timestamp, callback::EndpointSecret};
use std::{fmt, sync::Arc};

/// Purpose under which the secrets of endpoints are sealed, each for its endpoint's id.
pub const SECRET_PURPOSE: &str = "endpoint-secret";

/// Renders and signs what registered endpoints are told.
pub struct StandardNotification {
    vault: Arc<Vault>,
}

impl StandardNotification {
    /// A renderer that opens secrets with `vault`.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self { vault }
    }

    /// The signatures with one secret.
    fn signatures(
        &self,
        secret: &EndpointSecret,
        delivery: &Delivery,
        timestamp_s: i64,
        body: &[u8],
    ) -> Result<Vec<String>, RenderError> {
        let endpoint = delivery.endpoint.as_str();
        let unavailable = || RenderError::new("a secret of the endpoint cannot be used");
        let open = |sealed| {
            let opened = self.vault.open(SECRET_PURPOSE, endpoint, sealed);
            opened.map_err(|error| unavailable().caused_by(error))
        };
        let id = delivery.id.to_string();
        let mut signatures = vec![v1(&open(&secret.hmac)?, &id, timestamp_s, body)];
        if let Some(key) = &secret.ed25519 {
            let signature = v1a(&open(&key.seed)?, &id, timestamp_s, body);
            signatures.push(signature.map_err(|error| unavailable().caused_by(error))?);
        }
        Ok(signatures)
    }
}

impl fmt::Debug for StandardNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardNotification")
    }
}

#[async_trait]
impl Render for StandardNotification {
    fn format(&self) -> &'static str {
        Delivery::STANDARD
    }

    async fn render(&self, due: &DueDelivery, at: Timestamp) -> Result<Rendered, RenderError> {
        let delivery = &due.delivery;
        if due.secrets.is_empty() {
            return Err(RenderError::new("the endpoint has no secret to sign with"));
        }
        let body = body::of(delivery)?;
        let timestamp_s = at.as_millis().div_euclid(1_000);
        let mut signatures = Vec::new();
        for secret in &due.secrets {
            signatures.extend(self.signatures(secret, delivery, timestamp_s, &body)?);
        }
        let header = |name: &str, value: String| (name.to_owned(), value);
        let headers = vec![
            header("content-type", "application/json; charset=utf-8".to_owned()),
            header("webhook-id", delivery.id.to_string()),
            header("webhook-timestamp", timestamp_s.to_string()),
            header("webhook-signature", signatures.join(" ")),
            header("webhook-sequence", delivery.sequence.to_string()),
        ];
        Ok(Rendered { headers, body })
    }
}

#[cfg(test)]
mod tests;
